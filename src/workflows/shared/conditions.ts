/** Plain comparisons on whatever has fields. Pure. */
import type { Condition } from '../../contracts/conditions.ts';
import type { Json } from '../../contracts/json.ts';
import { isJsonObject, sameJson } from './json.ts';

/** Whether the condition holds; `fieldOf` yields the value at a path, undefined when it is not there. */
export function isTrue(condition: Condition, fieldOf: (path: string) => Json | undefined): boolean {
  if ('all' in condition) return condition.all.every((one) => isTrue(one, fieldOf));
  if ('any' in condition) return condition.any.some((one) => isTrue(one, fieldOf));
  if ('not' in condition) return !isTrue(condition.not, fieldOf);
  const value = fieldOf(condition.field);
  if ('present' in condition) return (value !== undefined) === condition.present;
  if ('equals' in condition) return sameJson(value, condition.equals);
  if ('oneOf' in condition) return condition.oneOf.some((one) => sameJson(value, one));
  if (typeof value !== 'number') return false;
  if ('above' in condition) return value > condition.above;
  if ('atLeast' in condition) return value >= condition.atLeast;
  if ('below' in condition) return value < condition.below;
  return value <= condition.atMost;
}

/** The fields that the condition compares as numbers, each once; but not those of which it asks whether they are there. */
export function numericFields(condition: Condition): string[] {
  const all = comparisons(condition);
  const optional = new Set(all.flatMap((one) => ('present' in one ? [one.field] : [])));
  const numeric = all.filter((one) => NUMERIC.some((operator) => operator in one));
  return [...new Set(numeric.map(({ field }) => field))].filter((field) => !optional.has(field));
}

const NUMERIC = ['above', 'atLeast', 'below', 'atMost'];

function comparisons(condition: Condition): Extract<Condition, { field: string }>[] {
  if ('all' in condition) return condition.all.flatMap(comparisons);
  if ('any' in condition) return condition.any.flatMap(comparisons);
  return 'not' in condition ? comparisons(condition.not) : [condition];
}

/** What stands below `value` along these names; undefined where nothing does. */
export function valueAt(value: Json | undefined, names: readonly string[]): Json | undefined {
  let at = value;
  for (const name of names) {
    at = isJsonObject(at) && Object.hasOwn(at, name) ? at[name] : undefined;
  }
  return at;
}
