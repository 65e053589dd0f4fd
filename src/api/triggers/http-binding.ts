/** CloudEvents 1.0 over HTTP: one event in the binary or the structured mode, or a batch of them. */
import { isUtf8 } from 'node:buffer';
import type { IncomingHttpHeaders } from 'node:http';
import { refuse, type Result } from '../../contracts/failures.ts';
import type { Json } from '../../contracts/json.ts';
import type { CloudEvent } from '../../contracts/triggers.ts';
import { escapePointer, isJsonObject } from '../../workflows/shared/json.ts';
import { orThrow } from '../documents/service.ts';
import { problem } from '../errors.ts';
import { UNREADABLE } from '../plugins/any-body.ts';
import { parseStrict } from '../plugins/json-body.ts';
import { checkedEvent } from './cloud-event.ts';

export const STRUCTURED = 'application/cloudevents+json';
export const BATCH = 'application/cloudevents-batch+json';

/** Events of one batch. */
export const MOST_EVENTS = 100;

type Content = Pick<CloudEvent, 'data' | 'isBase64'>;
const NO_CONTENT: Content = { data: undefined, isBase64: false };

/** What was sent: one event, or a batch, which may be empty. @throws Problem 400 or 415 */
export function eventsIn(
  headers: IncomingHttpHeaders,
  body: Buffer = Buffer.alloc(0),
): CloudEvent | readonly CloudEvent[] {
  const given = headers['content-type'];
  if (given === UNREADABLE)
    throw problem('unsupported-media-type', 'The header Content-Type holds no media type.');
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity')
    throw problem('unsupported-media-type', 'Send the body uncompressed.');
  const type = essence(given ?? '');
  if (!type.startsWith('application/cloudevents')) return binaryEvent(headers, given, body);
  if (type !== STRUCTURED && type !== BATCH)
    throw problem(
      'unsupported-media-type',
      `Of events in a body, ${STRUCTURED} and ${BATCH} can be read.`,
    );
  if (!isInUtf8(given ?? '')) throw problem('unsupported-media-type', 'Send the events in UTF-8.');
  const value = parseStrict(body);
  return type === STRUCTURED ? orThrow(structuredEvent(value)) : batch(value);
}

function batch(value: unknown): CloudEvent[] {
  if (!Array.isArray(value)) throw problem('invalid-request', 'A batch is a JSON array of events.');
  if (value.length > MOST_EVENTS)
    throw problem('too-large', `A batch has at most ${MOST_EVENTS} events; send several.`);
  return value.map((one, i) => orThrow(structuredEvent(one, `/${i}`)));
}

/** One event in the JSON format. `at`: where it stands, as a JSON Pointer. */
export function structuredEvent(value: unknown, at = ''): Result<CloudEvent> {
  const wrong = (pointer: string, detail: string): Result<never> =>
    refuse('invalid-request', 'This is no event of CloudEvents 1.0.', {
      errors: [{ pointer: `${at}${pointer}`, detail }],
    });
  if (!isJsonObject(value)) return wrong('', 'must be a JSON object');
  const { data, data_base64: base64, ...attributes } = value;
  if (data !== undefined && base64 !== undefined)
    return wrong('/data_base64', 'cannot stand beside data');
  let content: Content = data === undefined ? NO_CONTENT : { data, isBase64: false };
  if (base64 !== undefined) {
    if (!isBase64(base64)) return wrong('/data_base64', 'must be base64');
    const { datacontenttype: type } = attributes;
    content = contentOf(Buffer.from(base64, 'base64'), typeof type === 'string' ? type : undefined);
  }
  return checkedEvent(attributes, (name) => `${at}/${escapePointer(name)}`, content);
}

function binaryEvent(
  headers: IncomingHttpHeaders,
  contentType: string | undefined,
  body: Buffer,
): CloudEvent {
  const given = Object.entries(headers).filter(([name]) => name.startsWith('ce-'));
  if (given.length === 0)
    throw problem(
      'invalid-request',
      `This is no event: there are neither headers ce-id, ce-source, ce-specversion and ce-type nor Content-Type: ${STRUCTURED}.`,
    );
  const attributes = Object.fromEntries(
    given.map(([name, value]) => [name.slice('ce-'.length), decodedHeader(String(value))]),
  );
  const type = contentType === undefined ? {} : { datacontenttype: contentType };
  const content = body.length === 0 ? NO_CONTENT : contentOf(body, contentType);
  const place = (name: string): string =>
    name === 'datacontenttype' ? '/headers/content-type' : `/headers/ce-${escapePointer(name)}`;
  return orThrow(checkedEvent({ ...attributes, ...type }, place, content));
}

/**
 * The value that a header stands for: without the quotes around it and what they escape, then percent-decoded once, then
 * read as UTF-8, also where a sender left bytes as they were. A percent sign that begins no byte stays. What is not
 * UTF-8 is null characters, which no attribute may have.
 */
export function decodedHeader(value: string): string {
  const quoted = /^"((?:[^"\\]|\\.)*)"$/s.exec(value)?.[1];
  const plain = quoted === undefined ? value : quoted.replaceAll(/\\(.)/gs, '$1');
  const bytes = plain.replaceAll(/%([0-9a-f]{2})/gi, (_all, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  const buffer = Buffer.from(bytes, 'latin1');
  return isUtf8(buffer) ? buffer.toString('utf8') : '\0';
}

/** JSON as its value and a text as itself, by their type; of all else the bytes in base64. @throws Problem 400 */
export function contentOf(bytes: Buffer, type: string | undefined): Content {
  const name = essence(type ?? '');
  const isPlain = isInUtf8(type ?? '');
  if (isPlain && /[/+]json$/.test(name))
    return { data: parseStrict(bytes) as Json, isBase64: false };
  const isText = isPlain && /^text\/|[/+]xml$/.test(name) && isUtf8(bytes) && !bytes.includes(0);
  if (isText) return { data: bytes.toString('utf8'), isBase64: false };
  return { data: bytes.toString('base64'), isBase64: true };
}

function isBase64(value: unknown): value is string {
  return (
    typeof value === 'string' && value.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(value)
  );
}

/** Without its parameters, in small letters. */
function essence(type: string): string {
  return (type.split(';')[0] ?? '').trim().toLowerCase();
}

function isInUtf8(type: string): boolean {
  const charset = /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(type)?.[1]?.toLowerCase();
  return charset === undefined || charset === 'utf-8' || charset === 'us-ascii';
}
