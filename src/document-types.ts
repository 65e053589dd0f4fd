/** Document types: read from the files of one directory at start, checked, and found by name. */
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import type { DocumentType, JsonSchema } from './contracts/documents/types.ts';
import { ok, refuse, type FieldError, type Result } from './contracts/failures.ts';
import { StartupError } from './startup-error.ts';
import { isJsonObject, schemaErrors } from './workflows/shared/json.ts';

export interface DocumentTypes {
  /** All of them, sorted by name. */
  readonly all: readonly DocumentType[];
  /** The one with this name, else `unknown-type` with the names there are. */
  find(name: string): Result<DocumentType>;
}

/**
 * Reads every `.yaml`, `.yml` and `.json` file of the directory, one type each.
 * @throws StartupError with file and reason, when one is not readable or not valid, or two have the same name.
 */
export async function loadDocumentTypes(directory: string): Promise<DocumentTypes> {
  const types = new Map<string, DocumentType>();
  for (const file of await typeFiles(directory)) {
    const type = await readType(join(directory, file));
    if (types.has(type.name))
      throw new StartupError(
        `${join(directory, file)}: the name ${type.name} is taken by another file`,
      );
    types.set(type.name, type);
  }
  return documentTypes([...types.values()]);
}

/** Document types that are there already, for tests and for callers who make them otherwise. */
export function documentTypes(types: readonly DocumentType[]): DocumentTypes {
  const all = types.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const byName = new Map(all.map((type) => [type.name, type]));
  return {
    all,
    find(name) {
      const type = byName.get(name);
      if (type) return ok(type);
      const known = all.map((one) => one.name).join(', ') || 'none';
      const detail = `There is no document type ${JSON.stringify(name)}; there are: ${known}.`;
      return refuse('unknown-type', detail, {
        errors: [{ pointer: '/type', detail: 'is not a document type' }],
      });
    },
  };
}

async function typeFiles(directory: string): Promise<string[]> {
  try {
    const files = await readdir(directory);
    return files.filter((file) => ['.yaml', '.yml', '.json'].includes(extname(file))).toSorted();
  } catch (error) {
    throw new StartupError(
      `DOCUMENT_TYPES_DIR ${directory} cannot be read: ${(error as Error).message}`,
    );
  }
}

async function readType(path: string): Promise<DocumentType> {
  let raw: unknown;
  try {
    raw = parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw new StartupError(`${path}: ${(error as Error).message.split('\n')[0]}`);
  }
  const result = parseDocumentType(raw);
  if (result.ok) return result.value;
  const [first] = result.refusal.errors ?? [];
  throw new StartupError(
    `${path}: ${first ? `${first.pointer || '/'} ${first.detail}` : result.refusal.detail}`,
  );
}

const who: JsonSchema = {
  type: 'array',
  minItems: 1,
  items: { type: 'string', pattern: '^(anyone|owner|user:.+|role:.+)$' },
};
const name: JsonSchema = { type: 'string', pattern: '^[A-Za-z][A-Za-z0-9_-]{0,63}$' };
const text: JsonSchema = { type: 'string', minLength: 1, maxLength: 200 };
const outcome: JsonSchema = {
  type: 'object',
  properties: { status: text, output: { type: 'string', maxLength: 200 } },
  additionalProperties: false,
};
const SHAPE: JsonSchema = {
  type: 'object',
  properties: {
    name,
    version: { type: 'integer', minimum: 1 },
    title: text,
    description: { type: 'string' },
    metadata: { type: 'object', properties: { type: { const: 'object' } }, required: ['type'] },
    sections: {
      type: 'object',
      minProperties: 1,
      propertyNames: name,
      additionalProperties: {
        type: 'object',
        properties: {
          title: text,
          description: { type: 'string' },
          schema: { type: 'object', properties: { type: { const: 'object' } }, required: ['type'] },
          required: { type: 'boolean' },
          fill: who,
          status: text,
        },
        required: ['title', 'schema'],
        additionalProperties: false,
      },
    },
    submit: { const: 'automatic' },
    editableInReview: { type: 'boolean' },
    cancel: who,
    approval: {
      type: 'object',
      properties: {
        event: name,
        stages: {
          type: 'array',
          minItems: 1,
          maxItems: 1,
          items: {
            type: 'object',
            properties: {
              name: text,
              approvers: who,
              quorum: { const: 1 },
              ownerMayDecide: { type: 'boolean' },
            },
            required: ['name', 'approvers'],
            additionalProperties: false,
          },
        },
      },
      required: ['stages'],
      additionalProperties: false,
    },
    texts: {
      type: 'object',
      properties: { open: text, inReview: text, approved: outcome, rejected: outcome },
      additionalProperties: false,
    },
  },
  required: ['name', 'version', 'title', 'sections', 'approval'],
  additionalProperties: false,
};

/** The definition with every default filled in, or `invalid-data` with each wrong place. */
export function parseDocumentType(raw: unknown): Result<DocumentType> {
  const errors = schemaErrors(SHAPE, raw);
  if (!isJsonObject(raw) || errors.length > 0)
    return refuse('invalid-data', 'This is not a document type.', { errors });
  const type = withDefaults(raw as unknown as Draft);
  const clash = reservedNames(type);
  if (clash)
    return refuse('invalid-data', clash, { errors: [{ pointer: '/sections', detail: clash }] });
  const broken = brokenSchemas(type);
  if (broken.length > 0)
    return refuse('invalid-data', 'This is not a document type.', { errors: broken });
  return ok(type);
}

const compiler = new Ajv2020({ strict: false, validateFormats: false, addUsedSchema: false });

/** Schemas that the validator of the workflows would stumble over only when somebody sends data. */
function brokenSchemas({ metadata, sections }: DocumentType): FieldError[] {
  const schemas: [pointer: string, schema: JsonSchema][] = [
    ['/metadata', metadata],
    ...Object.entries(sections).map(([section, { schema }]): [string, JsonSchema] => [
      `/sections/${section}/schema`,
      schema,
    ]),
  ];
  return schemas.flatMap(([pointer, schema]) => {
    try {
      compiler.compile(schema);
      return [];
    } catch (error) {
      return { pointer, detail: (error as Error).message.split('\n')[0] ?? '' };
    }
  });
}

interface DraftTexts {
  readonly open?: string;
  readonly inReview?: string;
  readonly approved?: Partial<DocumentType['texts']['approved']>;
  readonly rejected?: Partial<DocumentType['texts']['rejected']>;
}

/** A definition as it stands in a file: checked against SHAPE, defaults missing. */
type Draft = Omit<Partial<DocumentType>, 'sections' | 'approval' | 'texts'> &
  Pick<DocumentType, 'name' | 'version' | 'title'> & {
    readonly sections: Readonly<
      Record<
        string,
        Partial<DocumentType['sections'][string]> & { title: string; schema: JsonSchema }
      >
    >;
    readonly approval: {
      readonly event?: string;
      readonly stages: readonly (Partial<DocumentType['approval']['stages'][number]> & {
        name: string;
        approvers: DocumentType['cancel'];
      })[];
    };
    readonly texts?: DraftTexts;
  };

function withDefaults(draft: Draft): DocumentType {
  const { texts } = draft;
  return {
    submit: 'automatic',
    editableInReview: false,
    cancel: ['owner'],
    ...draft,
    metadata: draft.metadata ?? { type: 'object' },
    sections: Object.fromEntries(
      Object.entries(draft.sections).map(([section, given]) => [
        section,
        { required: true, fill: ['anyone'], ...given },
      ]),
    ),
    approval: {
      event: draft.approval.event ?? 'Approval',
      stages: draft.approval.stages.map((stage) => ({
        quorum: 1,
        ownerMayDecide: false,
        ...stage,
      })),
    },
    texts: {
      open: texts?.open ?? 'Open',
      inReview: texts?.inReview ?? 'In review',
      approved: {
        status: 'Approved',
        output: 'Approved',
        ...texts?.approved,
      },
      rejected: {
        status: 'Rejected',
        output: 'Rejected',
        ...texts?.rejected,
      },
    },
  };
}

/** Sections and the approval event share their names with signals, so they must differ from each other and from ours. */
function reservedNames(type: DocumentType): string | undefined {
  const names = [...Object.keys(type.sections), type.approval.event];
  const inherited = names.find((one) => one in Object.prototype);
  if (inherited !== undefined) return `no section or event may be named "${inherited}"`;
  if (names.includes('command')) return 'no section or event may be named "command"';
  return new Set(names).size === names.length
    ? undefined
    : 'the approval event has the name of a section';
}
