/** Whatever in a definition names fields: conditions and `searchable`. */
import type { Condition } from '../contracts/conditions.ts';
import type { DocumentType, JsonSchema } from '../contracts/documents/definition.ts';
import type { Json } from '../contracts/json.ts';
import type { FieldError } from '../contracts/failures.ts';
import { isJsonObject } from '../workflows/shared/json.ts';

/** Levels of conditions in conditions; a plain comparison is one. */
const MAX_DEPTH = 5;

/** Parameters of the lists of documents that mean something else already. */
const RESERVED_PARAMETERS = new Set(
  'type state owner assignee parent createdFrom createdTo dueFrom dueTo title limit cursor sort fields format code archived closed from'.split(
    ' ',
  ),
);
const PARAMETER = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;
const SCALARS = ['string', 'number', 'integer', 'boolean'];

type Field =
  { readonly schema: JsonSchema; readonly sensitive: boolean } | { readonly reason: string };

/** Follows `metadata.x` or `Section.x.y` through `properties`. */
function fieldAt(type: DocumentType, field: string): Field {
  const [head = '', ...path] = field.split('.');
  const section = Object.hasOwn(type.sections, head) ? type.sections[head] : undefined;
  let schema: Json | undefined = head === 'metadata' ? type.metadata : section?.schema;
  if (schema === undefined) {
    const known = ['metadata', ...Object.keys(type.sections)].join(', ');
    return { reason: `begins with ${JSON.stringify(head)}; it must begin with one of ${known}` };
  }
  if (path.length === 0) return { reason: `names no field; write ${head}.<field>` };
  let sensitive = false;
  let place = head;
  for (const part of path) {
    const properties: Json | undefined = isJsonObject(schema) ? schema['properties'] : undefined;
    if (!isJsonObject(properties) || !Object.hasOwn(properties, part)) {
      const there = isJsonObject(properties) ? Object.keys(properties).join(', ') : 'none';
      return {
        reason: `refers to ${JSON.stringify(part)}, which is not among the properties of ${place}: ${there}`,
      };
    }
    schema = properties[part];
    sensitive ||= isJsonObject(schema) && schema['sensitive'] === true;
    place += `.${part}`;
  }
  return { schema: isJsonObject(schema) ? schema : {}, sensitive };
}

/** Every wrong place in the conditions under which sections are required, and stages are there. */
export function conditionErrors(type: DocumentType): FieldError[] {
  const sections = Object.entries(type.sections).flatMap(([name, { required }]) =>
    typeof required === 'boolean'
      ? []
      : errorsIn(type, name, required, `/sections/${name}/required`, 1),
  );
  const stages = (type.approval?.stages ?? []).flatMap(({ when }, i) =>
    when ? errorsIn(type, undefined, when, `/approval/stages/${i}/when`, 1) : [],
  );
  return [...sections, ...stages];
}

/** `section`: whose condition it is; undefined for that of a stage. */
function errorsIn(
  type: DocumentType,
  section: string | undefined,
  condition: Condition,
  pointer: string,
  depth: number,
): FieldError[] {
  if (depth > MAX_DEPTH) {
    return [{ pointer, detail: `is nested deeper than ${MAX_DEPTH} levels of conditions` }];
  }
  const below = (one: Condition, at: string): FieldError[] =>
    errorsIn(type, section, one, `${pointer}/${at}`, depth + 1);
  if ('all' in condition) return condition.all.flatMap((one, i) => below(one, `all/${i}`));
  if ('any' in condition) return condition.any.flatMap((one, i) => below(one, `any/${i}`));
  if ('not' in condition) return below(condition.not, 'not');
  const at = `${pointer}/field`;
  if (section !== undefined && condition.field.split('.')[0] === section) {
    const detail = `refers to the section ${section} itself; a section is required by what stands elsewhere`;
    return [{ pointer: at, detail }];
  }
  const field = fieldAt(type, condition.field);
  if ('reason' in field) return [{ pointer: at, detail: field.reason }];
  if (!field.sensitive) return [];
  const seen = section === undefined ? 'the stages' : 'what is required';
  const detail = `is sensitive; whoever sees ${seen} could tell its value`;
  return [{ pointer: at, detail }];
}

/** Every wrong place in `searchable`. */
export function searchableErrors(type: DocumentType): FieldError[] {
  const names = type.searchable.map((path) => path.split('.').at(-1) ?? '');
  return type.searchable.flatMap((path, i) => {
    const detail = unsearchable(type, path, names.indexOf(names[i] ?? '') < i);
    return detail === undefined ? [] : { pointer: `/searchable/${i}`, detail };
  });
}

function unsearchable(type: DocumentType, path: string, again: boolean): string | undefined {
  const name = path.split('.').at(-1) ?? '';
  const field = fieldAt(type, path);
  if ('reason' in field) return field.reason;
  if (field.sensitive) return 'is sensitive; what can be searched stands readable in Temporal';
  if (!isScalar(field.schema)) {
    return `must be one value, with one type of ${SCALARS.join(', ')}, or an enum or const of such values; a $ref is not followed`;
  }
  if (!PARAMETER.test(name)) {
    return `ends with ${JSON.stringify(name)}, which cannot be a query parameter: 1 to 64 letters, digits and "_", beginning with a letter`;
  }
  if (RESERVED_PARAMETERS.has(name)) {
    return `ends with ${JSON.stringify(name)}, which already means something else as a query parameter; rename the field`;
  }
  if (again) return `ends with ${JSON.stringify(name)}, as another searchable field does`;
  return undefined;
}

function isScalar(schema: JsonSchema): boolean {
  const { type, enum: values } = schema;
  if (type !== undefined) return SCALARS.some((one) => one === type);
  const all = 'const' in schema ? [schema['const']] : values;
  return Array.isArray(all) && all.every((one) => SCALARS.includes(typeof one));
}
