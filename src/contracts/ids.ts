/**
 * Identifiers, as pairs of build and parse. No other module puts an id together from parts.
 *
 * A workflow id is the business key with its kind in front: `document:4711`. A colon, because Durable Functions
 * clients allow no slash in an instance id, and the workflow id *is* the instance id.
 */

/** The kinds of things that have a workflow of their own; the value of the search attribute `DossierKind`. */
export const KINDS = ['document', 'approval', 'order', 'wait'] as const;
export type Kind = (typeof KINDS)[number];

/** Workflow types of the service's own errands, of which nobody outside needs to know. */
export const ERRANDS = ['mail', 'webhook', 'reconcile'] as const;

/**
 * What an id that somebody chooses may look like: 1 to 128 of `A-Z a-z 0-9 . _ -`, not starting with a dot. Neither
 * `counts`, in whatever letters, because that is a route of its own, nor `__proto__`.
 */
export const ID_PATTERN =
  '^(?!([Cc][Oo][Uu][Nn][Tt][Ss]|__proto__)$)[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$';
const ID = new RegExp(ID_PATTERN);

/** What a sku may look like: 1 to 64 of `A-Z a-z 0-9 . _ -`, not only dots, which a URL would lose. */
export const SKU_PATTERN = '^(?!\\.+$)[A-Za-z0-9._-]{1,64}$';

/** True when `id` may be used as the id of a document (of anything of ours). */
export function isId(id: string): boolean {
  return ID.test(id);
}

/** `document`, `4711` -> `document:4711`. */
export function workflowIdOf(kind: Kind, id: string): string {
  return `${kind}:${id}`;
}

/** Whether the workflow id is one that only the service itself gives: of a kind, of a return, or of its own errands. */
export function isOurs(workflowId: string): boolean {
  return [...KINDS, RETURN, ...ERRANDS].some((prefix) => workflowId.startsWith(`${prefix}:`));
}

const RETURN = 'return';

/** Of the return of an order: `4711` -> `return:4711`. */
export function returnWorkflowId(orderId: string): string {
  return `${RETURN}:${orderId}`;
}

/** The id of the order that is returned by this workflow; undefined when it is no {@link returnWorkflowId}. */
export function orderOfReturn(workflowId: string): string | undefined {
  const prefix = `${RETURN}:`;
  return workflowId.startsWith(prefix) ? workflowId.slice(prefix.length) : undefined;
}

/**
 * The business id inside a workflow id.
 *
 * Somebody who starts a workflow by the CLI may choose any workflow id. One that has the form `{kind}:{id}` yields `id`;
 * any other is taken as it is, each character outside the id alphabet written as `~XX` per UTF-8 byte, so that it
 * fits into a URL. (No percent sign: the real Durable Functions clients put ids into URLs unescaped.)
 */
export function idFromWorkflowId(kind: Kind, workflowId: string): string {
  const rest = afterKind(kind, workflowId);
  return rest !== undefined && isId(rest) ? rest : escapeId(workflowId);
}

/**
 * The workflow ids that a business id may stand for, in the order in which to look: `{kind}:{id}`, then the verbatim
 * id that somebody chose outside of our routes. Creating checks both, so that they never name two things.
 */
export function workflowIdCandidates(kind: Kind, id: string): readonly string[] {
  if (kind !== 'wait') return [workflowIdOf(kind, id), unescapeId(id)];
  const { name, key } = waitKeyIn(id) ?? { name: id, key: id };
  return WAIT_TYPES.some((type) => type === name)
    ? [workflowIdOf(kind, id), key]
    : [workflowIdOf(kind, id)];
}

/** What a wait is found by: any two texts. */
export interface WaitKey {
  /** What is waited for, such as `shipment`. */
  readonly name: string;
  /** For what, such as `4711`. */
  readonly key: string;
}

/** Workflow types of waits; the name of one that somebody has started under a workflow id of another form. */
export const WAIT_TYPES = ['wait', 'Workflow'] as const;

/** `shipment`, `4711` -> `shipment:4711`, the id of whichever wait has that key; see {@link waitId}. */
export function waitAddress({ name, key }: WaitKey): string {
  return `${escapeId(name)}:${escapeId(key)}`;
}

/** The name and the key of the wait with this workflow id: those in it, else its type and the whole id. */
export function waitKeyOf(workflowId: string, workflowType: string): WaitKey {
  const rest = afterKind('wait', workflowId);
  const found = rest === undefined ? undefined : waitKeyIn(rest);
  return found ?? { name: workflowType, key: workflowId };
}

/**
 * The id of one wait among all that ever had its key, by the instant of its start (ISO 8601): such as
 * `shipment:4711@2026-01-05T08:00:00.000Z`. Those of one key sort by time.
 */
export function waitId(wait: WaitKey, startedAt: string): string {
  return `${waitAddress(wait)}@${startedAt}`;
}

/** Undefined when it is no {@link waitAddress}. */
function waitKeyIn(address: string): WaitKey | undefined {
  const [name = '', key = '', ...more] = address.split(':').map(unescapeId);
  if (name === '' || key === '' || more.length > 0) return undefined;
  return waitAddress({ name, key }) === address ? { name, key } : undefined;
}

function afterKind(kind: Kind, workflowId: string): string | undefined {
  const prefix = `${kind}:`;
  return workflowId.startsWith(prefix) ? workflowId.slice(prefix.length) : undefined;
}

/**
 * The workflow that mails one notification. `notification` is its number, which makes the id one in a database; the rest
 * keeps the databases of one namespace apart, and tells people what it is about.
 */
export function mailWorkflowId({
  kind,
  id,
  notification,
}: {
  readonly kind: string;
  readonly id: string;
  readonly notification: number;
}): string {
  return `mail:${kind}:${id.slice(0, 200)}:${notification}`;
}

function escapeId(text: string): string {
  let out = '';
  for (const char of text) {
    if (/[A-Za-z0-9_-]/.test(char) || (char === '.' && out !== '')) out += char;
    else for (const byte of new TextEncoder().encode(char)) out += `~${hex(byte)}`;
  }
  return out;
}

function unescapeId(id: string): string {
  if (!id.includes('~')) return id;
  const bytes: number[] = [];
  for (let i = 0; i < id.length; i += 1) {
    const escape = /^~([0-9A-F]{2})/.exec(id.slice(i, i + 3))?.[1];
    if (escape === undefined) bytes.push(...new TextEncoder().encode(id.charAt(i)));
    else {
      bytes.push(Number.parseInt(escape, 16));
      i += 2;
    }
  }
  return new TextDecoder().decode(new Uint8Array(bytes));
}

function hex(byte: number): string {
  return byte.toString(16).toUpperCase().padStart(2, '0');
}
