/** How refusals are kept. Pure; workflow and gateway both keep some. */
import type { RefusedCommand } from '../../contracts/documents/types.ts';
import type { Refusal } from '../../contracts/failures.ts';
import { LIMITS } from '../../contracts/limits.ts';
import type { Call } from './state.ts';

/** A refusal as the history keeps it: of what the sender chose freely, only a bounded name. */
export function refusedCommand(
  name: string,
  version: number,
  call: Call,
  refusal: Refusal,
): RefusedCommand {
  const { at, actor, via } = call;
  const { code, detail: reason, errors } = refusal;
  return {
    version,
    at,
    by: actor.id,
    via,
    code,
    command: name.slice(0, LIMITS.eventName).toWellFormed().replaceAll('\0', ''),
    reason: reason.slice(0, LIMITS.reason).toWellFormed(),
    ...(errors ? { errors: errors.slice(0, 20) } : {}),
  };
}
