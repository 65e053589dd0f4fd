/** A file as a message. Pure. */
import { createHash } from 'node:crypto';
import type { CloudEvent } from '../../contracts/triggers.ts';
import { isJsonObject } from '../../workflows/shared/json.ts';
import { orThrow } from '../documents/service.ts';
import { parseStrict } from '../plugins/json-body.ts';
import { checkedEvent } from './cloud-event.ts';
import { contentOf, structuredEvent } from './http-binding.ts';

export interface DroppedFile {
  readonly name: string;
  /** When it was last written. */
  readonly writtenAt: Date;
  readonly bytes: Buffer;
}

/** What the events of files that are none themselves say of themselves. */
export const FILE_EVENT = { type: 'dossier.file', source: '/trigger-folder' } as const;

/** By the end of the name; of all others the bytes are kept as they are. */
const TYPES: readonly (readonly [end: RegExp, type: string])[] = [
  [/\.json$/i, 'application/json'],
  [/\.xml$/i, 'application/xml'],
  [/\.(txt|text|csv|md|log|ya?ml)$/i, 'text/plain'],
];

/** Names of files that are still being written, or nobody's: hidden ones, and those of editors, copies and downloads. */
export function isUnfinished(name: string): boolean {
  return /^\.|~$|\.(tmp|temp|part|partial|crdownload|swp|filepart)$/i.test(name);
}

/**
 * JSON with `specversion` is an event in CloudEvents' JSON format. Any other file is the data of an event `dossier.file`,
 * of which the name is the subject; name, time and content make its id. @throws Problem 400
 */
export function eventOfFile({ name, writtenAt, bytes }: DroppedFile): CloudEvent {
  const type = TYPES.find(([end]) => end.test(name))?.[1];
  if (type === 'application/json') {
    const value = parseStrict(bytes);
    if (isJsonObject(value) && 'specversion' in value) return orThrow(structuredEvent(value));
  }
  const time = writtenAt.toISOString();
  const attributes = {
    ...FILE_EVENT,
    specversion: '1.0',
    id: `${name} ${time} ${markOf({ name, writtenAt, bytes })}`,
    subject: name,
    time,
    ...(type === undefined ? {} : { datacontenttype: type }),
  };
  return orThrow(checkedEvent(attributes, (place) => `/${place}`, contentOf(bytes, type)));
}

/** Tells the file from others of its name: 16 hexadecimal digits of name, time and content. */
export function markOf({ name, writtenAt, bytes }: DroppedFile): string {
  const hash = createHash('sha256').update(JSON.stringify([name, writtenAt.getTime()]));
  return hash.update(bytes).digest('hex').slice(0, 16);
}
