/** From what stands in a file to a definition: the shape is checked, defaults are filled in, then the meaning is checked. */
import {
  type ChildRule,
  type DocumentType,
  type JsonSchema,
  type Permissions,
  type Reminders,
  type SectionDefinition,
  type StatusTexts,
} from '../contracts/documents/definition.ts';
import { NO_DIRECTORY, type Directory } from '../contracts/people.ts';
import { refuse, ok, type FieldError, type Result } from '../contracts/failures.ts';
import { LIMITS } from '../contracts/limits.ts';
import { worded } from '../data-files/wording.ts';
import { isJsonObject, jsonSize, schemaErrors, unfitPlaces } from '../workflows/shared/json.ts';
import { WEBHOOK_OCCASIONS, type Webhook } from '../contracts/webhooks.ts';
import { completePolicy, type PolicyDraft } from '../workflows/approvals/policy.ts';
import { check } from './check.ts';
import { MAX_DEFINITION, SHAPE } from './shape.ts';
import { NAME_RULE } from '../contracts/shape-parts.ts';

/** Bytes that a section and a whole document may take, when a type does not say so itself. */
export type Limits = DocumentType['limits'];

/**
 * The definition with every default filled in, or `invalid-data` with each wrong place. Never throws for anything
 * that JSON or YAML can say, and keeps nothing of it. `limits` are the defaults of the settings; the default for a section
 * is never more than what the type allows for a document. `people` are those whom the approval can ask.
 */
export function parseDocumentType(
  raw: unknown,
  limits: Limits = { section: LIMITS.section, document: LIMITS.document },
  people: Directory = NO_DIRECTORY,
): Result<DocumentType> {
  const misshapen = shapeErrors(raw);
  if (misshapen.length > 0) return notAType(misshapen);
  // A copy, because YAML aliases share what they repeat, and the validator leaves marks on schemas.
  const draft = JSON.parse(JSON.stringify(raw)) as Draft;
  const type = withDefaults(draft, limits);
  const errors = check(type, people);
  return errors.length > 0 ? notAType(errors) : ok(type);
}

function notAType(errors: readonly FieldError[]): Result<DocumentType> {
  return refuse('invalid-data', 'This is not a document type.', { errors });
}

function shapeErrors(raw: unknown): readonly FieldError[] {
  const unfit = unfitPlaces(raw);
  if (unfit.length > 0) return unfit;
  const size = jsonSize(raw);
  if (size > MAX_DEFINITION) {
    const detail = `takes ${size} bytes of JSON; ${MAX_DEFINITION} are allowed, aliases written out`;
    return [{ pointer: '', detail }];
  }
  const errors = schemaErrors(SHAPE, raw);
  // Without any error, but not an object: impossible, and yet what follows relies on it.
  if (errors.length === 0 && !isJsonObject(raw)) return [{ pointer: '', detail: 'is no object' }];
  return worded(SHAPE, errors, NAME_RULE);
}

type Part<T> = { readonly [K in keyof T]?: T[K] };

/** A definition as it stands in a file: checked against SHAPE, defaults missing. */
type Draft = Part<
  Omit<
    DocumentType,
    'permissions' | 'children' | 'approval' | 'webhooks' | 'limits' | 'texts' | 'reminders'
  >
> &
  Pick<DocumentType, 'name' | 'version' | 'title'> & {
    readonly $schema?: string;
    readonly sections: Readonly<Record<string, DraftSection>>;
    readonly reminders?: DraftReminders;
    readonly permissions?: Part<Permissions>;
    readonly children?: Readonly<Record<string, Part<ChildRule>>>;
    readonly approval?: PolicyDraft;
    readonly webhooks?: readonly (Pick<Webhook, 'url'> & Part<Webhook>)[];
    readonly limits?: Part<Limits>;
    readonly texts?: Part<Omit<StatusTexts, 'approved' | 'rejected'>> & {
      readonly approved?: Part<StatusTexts['approved']>;
      readonly rejected?: Part<StatusTexts['rejected']>;
    };
  };

type DraftReminders = Part<Reminders> & Pick<Reminders, 'every'>;

type DraftSection = Part<Omit<SectionDefinition, 'reminders'>> & {
  readonly title: string;
  readonly schema: JsonSchema;
  readonly reminders?: DraftReminders;
};

function withDefaults(draft: Draft, limits: Limits): DocumentType {
  const { $schema: _, reminders, approval, ...given } = draft;
  return {
    searchable: [],
    titleSearchable: false,
    submit: 'manual',
    editableInReview: false,
    requireIfMatch: false,
    ...given,
    metadata: draft.metadata ?? { type: 'object' },
    sections: mapped(draft.sections, sectionOf),
    permissions: {
      create: ['anyone'],
      read: ['anyone'],
      edit: ['owner'],
      submit: ['owner'],
      cancel: ['owner'],
      sensitive: ['owner'],
      ...draft.permissions,
    },
    children: mapped(draft.children ?? {}, (child) => ({
      onCancel: 'keep',
      finishBeforeSubmit: false,
      max: 100,
      ...child,
    })),
    webhooks: (draft.webhooks ?? []).map((one) => ({ on: WEBHOOK_OCCASIONS, ...one })),
    limits: limitsOf(draft.limits ?? {}, limits),
    texts: textsOf(draft.texts ?? {}),
    ...(reminders ? { reminders: { max: 10, ...reminders } } : {}),
    ...(approval ? { approval: completePolicy(approval) } : {}),
  };
}

function sectionOf({ reminders, ...given }: DraftSection): SectionDefinition {
  return {
    required: true,
    dependsOn: [],
    fill: ['anyone'],
    ...given,
    ...(reminders ? { reminders: { max: 10, ...reminders } } : {}),
  };
}

function limitsOf(given: Part<Limits>, otherwise: Limits): Limits {
  const document = given.document ?? otherwise.document;
  return { document, section: given.section ?? Math.min(otherwise.section, document) };
}

function textsOf({ open, inReview, approved, rejected }: NonNullable<Draft['texts']>): StatusTexts {
  return {
    open: open ?? 'Open',
    inReview: inReview ?? 'In review',
    approved: { status: 'Approved', output: 'Approved', ...approved },
    rejected: { status: 'Rejected', output: 'Rejected', ...rejected },
  };
}

function mapped<T, U>(
  given: Readonly<Record<string, T>>,
  change: (value: T) => U,
): Record<string, U> {
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, change(value)]));
}
