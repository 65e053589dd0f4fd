/** What a request's shape breaks, in our words. */
import type { FieldError } from '../contracts/failures.ts';
import { ALTERNATIVES, escapePointer } from '../workflows/shared/json.ts';

/** What Fastify's validator says of one place; with the schema there, because it is set to be verbose. */
export interface AjvError {
  readonly keyword: string;
  readonly schemaPath: string;
  readonly instancePath: string;
  readonly message?: string;
  readonly parentSchema?: Readonly<Record<string, unknown>>;
  readonly params: {
    readonly missingProperty?: string;
    readonly additionalProperty?: string;
    readonly allowedValues?: readonly unknown[];
  };
}

/** Each wrong place with its JSON Pointer; `where`: the part of the request, of which the body has no name in pointers. */
export function fieldErrors(errors: readonly AjvError[], where: string): FieldError[] {
  return outermost(errors).map((one) => toFieldError(one, where));
}

/** Of alternatives only that none of them fits, not why each does not. */
function outermost(errors: readonly AjvError[]): AjvError[] {
  const alternatives = errors.filter(({ keyword }) => ALTERNATIVES.has(keyword));
  return errors.filter(
    ({ schemaPath }) => !alternatives.some((one) => schemaPath.startsWith(`${one.schemaPath}/`)),
  );
}

function toFieldError(
  { keyword, instancePath, message, params, parentSchema }: AjvError,
  where: string,
): FieldError {
  const prefix = where === 'body' ? '' : `/${where}`;
  const name = params.missingProperty ?? params.additionalProperty;
  const pointer = `${prefix}${instancePath}${name === undefined ? '' : `/${escapePointer(name)}`}`;
  if (keyword === 'required') return { pointer, detail: 'is required' };
  if (keyword === 'type' && where === 'body' && instancePath === '') {
    return { pointer, detail: 'there must be a body, and it must be a JSON object' };
  }
  if (keyword === 'additionalProperties') return { pointer, detail: 'is not a known property' };
  const hint = parentSchema?.['x-expected'];
  if (typeof hint === 'string') return { pointer, detail: hint };
  if (keyword === 'enum')
    return { pointer, detail: `must be one of ${params.allowedValues?.join(', ')}` };
  return { pointer, detail: message ?? 'is wrong' };
}
