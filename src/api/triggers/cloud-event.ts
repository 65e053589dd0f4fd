/** Attributes and data of an event under the rules of CloudEvents 1.0. Pure. */
import { createHash } from 'node:crypto';
import { ok, refuse, type FieldError, type Result } from '../../contracts/failures.ts';
import type { Json } from '../../contracts/json.ts';
import type { Attribute, CloudEvent } from '../../contracts/triggers.ts';
import { isJsonObject } from '../../workflows/shared/json.ts';

/** Attributes of one event, and characters of each. */
const MOST = 100;
const LONGEST = 2_048;

/** C0, DEL and C1, and what Unicode has set aside as no characters; lone surrogates are looked for apart. */
const UNFIT = /[\p{Cc}\p{Noncharacter_Code_Point}]/u;
const URI_REFERENCE = /^[\w\-.~:/?#[\]@!$&'()*+,;=%]+$/;
const URI = /^[a-z][a-z0-9+.-]*:/i;
const MEDIA_TYPE = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+\s*(;.*)?$/;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i;

type Check = readonly [is: (value: string) => boolean, otherwise: string];
const some: Check = [(value) => value !== '', 'must be a text that is not empty'];

/** The attributes that the specification names, and what it says of them. */
const CORE: Readonly<Record<string, Check>> = {
  specversion: [(value) => value === '1.0', 'must be 1.0'],
  id: some,
  source: [(value) => URI_REFERENCE.test(value), 'must be a URI or a part of one, such as /orders'],
  type: some,
  subject: some,
  time: [
    (value) => INSTANT.test(value) && !Number.isNaN(Date.parse(value)),
    'must be an instant such as 2026-01-31T08:00:00Z',
  ],
  datacontenttype: [(value) => MEDIA_TYPE.test(value), 'must be a media type'],
  dataschema: [(value) => URI.test(value) && URI_REFERENCE.test(value), 'must be a URI'],
};
const REQUIRED = ['specversion', 'id', 'source', 'type'];

/** `place`: where an attribute stands in what was sent, as a JSON Pointer. Attributes that are null are none. */
export function checkedEvent(
  given: Readonly<Record<string, unknown>>,
  place: (name: string) => string,
  content: Pick<CloudEvent, 'data' | 'isBase64'>,
): Result<CloudEvent> {
  const attributes = Object.entries(given).filter(([, value]) => value !== null);
  const errors: FieldError[] = REQUIRED.filter(
    (name) => !attributes.some(([one]) => one === name),
  ).map((name) => ({ pointer: place(name), detail: 'is required' }));
  if (attributes.length > MOST)
    errors.push({ pointer: place(''), detail: `has more than ${MOST} attributes` });
  else
    for (const [name, value] of attributes) {
      const detail = attributeError(name, value);
      if (detail !== undefined) errors.push({ pointer: place(name).slice(0, 200), detail });
    }
  if (errors.length > 0)
    return refuse('invalid-request', 'This is no event of CloudEvents 1.0.', { errors });
  const fit = Object.fromEntries(attributes) as CloudEvent['attributes'];
  return ok({ attributes: fit, ...content });
}

function attributeError(name: string, value: unknown): string | undefined {
  if (!/^[a-z0-9]{1,64}$/.test(name) || name === 'data')
    return 'is no name of an attribute: 1 to 64 small letters and digits, other than data';
  const [is, otherwise] = Object.hasOwn(CORE, name) ? (CORE[name] ?? some) : some;
  if (typeof value !== 'string') {
    if (Object.hasOwn(CORE, name)) return otherwise;
    const number = typeof value === 'number' && Number.isInteger(value) && (value | 0) === value;
    return number || typeof value === 'boolean'
      ? undefined
      : 'must be a text, a truth or a whole number of 32 bits';
  }
  if (value.length > LONGEST) return `must have at most ${LONGEST} characters`;
  if (UNFIT.test(value) || !value.isWellFormed())
    return 'has characters that no attribute may have';
  // An extension may be empty.
  return Object.hasOwn(CORE, name) && !is(value) ? otherwise : undefined;
}

/** What tells the message from all others: 64 hexadecimal digits of its source and its id. */
export function messageKey({ attributes: { source, id } }: CloudEvent): string {
  return sha256([source, id]);
}

/**
 * Of what the event says. Without what changes on its way although it is the same one: the time of sending, extensions
 * such as traces, how its content type is written, and the order of names.
 */
export function fingerprintOf({ attributes, data, isBase64 }: CloudEvent): string {
  const { type, subject, dataschema } = attributes as Readonly<
    Record<string, Attribute | undefined>
  >;
  const says = [type, subject, dataschema].map((one) => one ?? null);
  return sha256([...says, isBase64, data === undefined ? [] : [sorted(data)]]);
}

/** Unambiguous, and in an order of its own: objects have their own mind about names that are numbers. */
function sorted(value: Json): Json {
  if (Array.isArray(value)) return ['[', ...value.map(sorted)];
  if (!isJsonObject(value)) return value;
  const pairs = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return ['{', ...pairs.flatMap(([name, item]) => [name, sorted(item)])];
}

function sha256(value: Json): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}
