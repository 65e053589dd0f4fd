/** How refusals are kept. Pure; workflow and gateway both keep some. */
import type { Call } from '../../contracts/caller.ts';
import type { HistoryEntry, RefusedCommand } from '../../contracts/documents/events.ts';
import type { FieldError, Refusal } from '../../contracts/failures.ts';
import { LIMITS } from '../../contracts/limits.ts';
import { jsonSize } from './json.ts';

/** A refusal as the history keeps it: of what the sender chose freely, only a bounded name. */
export function refusedCommand(
  name: string,
  version: number,
  call: Call,
  refusal: Refusal,
): RefusedCommand {
  const { at, actor, via } = call;
  const { code, detail: reason, errors } = refusal;
  const kept: RefusedCommand = {
    version,
    at,
    by: actor.id,
    via,
    code,
    command: storable(name, LIMITS.eventName),
    reason: storable(reason, 500),
  };
  const places: FieldError[] = [];
  let size = jsonSize(kept);
  for (const one of errors ?? []) {
    const place = {
      pointer: storable(one.pointer, LIMITS.errorText),
      detail: storable(one.detail, LIMITS.errorText),
    };
    size += jsonSize(place);
    if (size > LIMITS.refusal || places.length === 20) break;
    places.push(place);
  }
  return places.length === 0 ? kept : { ...kept, errors: places };
}

/** The beginning of a text, with nothing in it that the database refuses. */
function storable(text: string, length: number): string {
  return text.slice(0, length).toWellFormed().replaceAll('\0', '');
}

/** A line of a history that tells it. */
export function refusalEntry({ code, reason, errors, ...rest }: RefusedCommand): HistoryEntry {
  return { ...rest, accepted: false, code, reason, ...(errors ? { errors } : {}) };
}
