/**
 * JSON Patch (RFC 6902) without changing what is patched. Not the package of that name: it follows `__proto__`, takes
 * `length` for a place in a list and throws at texts, all of which let people past a schema or stop a workflow.
 */
import type { PatchOperation } from '../../contracts/documents/commands.ts';
import type { Json, JsonObject } from '../../contracts/json.ts';
import { refuse, ok, type FieldError, type Result } from '../../contracts/failures.ts';
import { LIMITS } from '../../contracts/limits.ts';
import { isJsonObject, jsonSize, sameJson, unfitPlaces } from './json.ts';

const POINTER = /^(?:\/(?:[^~/]|~[01])*)*$/;
const INDEX = /^(?:0|[1-9]\d*)$/;

/** The data after all operations; when one of them fails, none has been. `most`: bytes that it may take meanwhile. */
export function applyJsonPatch(
  data: JsonObject,
  operations: readonly PatchOperation[],
  most: number,
): Result<JsonObject> {
  const failed = (errors: readonly FieldError[]) =>
    refuse('invalid-data', 'The patch cannot be applied; nothing of it was.', { errors });
  // The whole is a place like any other: it can be replaced and taken out.
  let holder: Json = { data };
  for (const [i, operation] of operations.entries()) {
    const next = after(holder, operation);
    if (typeof next === 'string') {
      const detail = `${operation.op} failed: ${next}`.slice(0, LIMITS.errorText);
      return failed([{ pointer: `/${i}`, detail }]);
    }
    holder = next;
    // Twenty copies of the whole into itself make a megabyte of a byte.
    if (operation.op === 'copy' && jsonSize(holder) > most + '{"data":}'.length) {
      return refuse('too-large', `The patch makes more than ${most} bytes.`);
    }
  }
  const patched = child(holder, 'data');
  if (!isJsonObject(patched))
    return failed([{ pointer: '', detail: 'would be no object any more' }]);
  // A patch can build what no body can be, such as a name `__proto__`.
  const unfit = unfitPlaces(patched);
  return unfit.length === 0 ? ok(patched) : failed(unfit);
}

/** The holder after one operation, else why not. Never tells what stands anywhere: reasons are kept in histories. */
function after(holder: Json, { op, path, from, value }: PatchOperation): Json | string {
  const wrong = [path, from ?? ''].find((pointer) => !POINTER.test(pointer));
  if (wrong !== undefined) return `${wrong} is no JSON Pointer`;
  const place = placeOf(path);
  const nothing = `there is no such place as ${path || 'the whole'}`;
  switch (op) {
    case 'test': {
      if (value === undefined) return 'it needs a value';
      return sameJson(at(holder, place), value)
        ? holder
        : `${path || 'the whole'} has another value`;
    }
    case 'remove':
      return changed(holder, place, removed) ?? nothing;
    case 'add':
    case 'replace': {
      if (value === undefined) return 'it needs a value';
      if (tooDeep(value, place)) return TOO_DEEP;
      return changed(holder, place, op === 'add' ? added(value) : replaced(value)) ?? nothing;
    }
    case 'copy':
    case 'move': {
      if (from === undefined) return 'it needs from';
      const source = placeOf(from);
      const found = at(holder, source);
      if (found === undefined) return `there is nothing at ${from || 'the whole'}`;
      if (op === 'move' && path.startsWith(`${from}/`)) return 'nothing can be moved into itself';
      if (tooDeep(found, place)) return TOO_DEEP;
      const rest = op === 'copy' ? holder : changed(holder, source, removed);
      return (rest === undefined ? rest : changed(rest, place, added(found))) ?? nothing;
    }
  }
}

const TOO_DEEP = `it would nest deeper than ${LIMITS.depth} levels`;

/** Names from the holder on. */
function placeOf(pointer: string): readonly string[] {
  const names = `/data${pointer}`.split('/').slice(1);
  return names.map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function child(parent: Json | undefined, name: string): Json | undefined {
  if (Array.isArray(parent)) return INDEX.test(name) ? (parent[Number(name)] as Json) : undefined;
  return isJsonObject(parent) && Object.hasOwn(parent, name) ? parent[name] : undefined;
}

function at(value: Json, place: readonly string[]): Json | undefined {
  return place.reduce<Json | undefined>(child, value);
}

/** What the parent of a place becomes; undefined when it has no such place. */
type Change = (parent: Json, name: string) => Json | undefined;

function changed(value: Json, place: readonly string[], change: Change): Json | undefined {
  const [name = '', ...rest] = place;
  if (rest.length === 0) return change(value, name);
  const below = child(value, name);
  const next = below === undefined ? undefined : changed(below, rest, change);
  return next === undefined ? undefined : replaced(next)(value, name);
}

const added =
  (value: Json): Change =>
  (parent, name) => {
    if (!Array.isArray(parent))
      return isJsonObject(parent) ? { ...parent, [name]: value } : undefined;
    if (name === '-') return [...parent, value];
    const fits = INDEX.test(name) && Number(name) <= parent.length;
    return fits ? parent.toSpliced(Number(name), 0, value) : undefined;
  };

const replaced =
  (value: Json): Change =>
  (parent, name) => {
    if (child(parent, name) === undefined) return undefined;
    return Array.isArray(parent)
      ? parent.with(Number(name), value)
      : { ...(parent as JsonObject), [name]: value };
  };

const removed: Change = (parent, name) => {
  if (child(parent, name) === undefined) return undefined;
  if (Array.isArray(parent)) return parent.toSpliced(Number(name), 1);
  return Object.fromEntries(Object.entries(parent as JsonObject).filter(([one]) => one !== name));
};

/** Whether the value would be nested too deep there; before anything recursive sees it. */
function tooDeep(value: Json, place: readonly string[]): boolean {
  return deeperThan(value, LIMITS.depth - place.length);
}

function deeperThan(value: Json, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels < 0 || Object.values(value).some((one) => deeperThan(one, levels - 1));
}
