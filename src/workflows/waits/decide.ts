/** The rules of waits: what a command, or the clock, leads to. Pure; knows neither Temporal nor HTTP, reads no clock. */
import type { Call } from '../../contracts/caller.ts';
import { ok, refuse, type Refusal, type Result } from '../../contracts/failures.ts';
import type { Json } from '../../contracts/json.ts';
import { LIMITS } from '../../contracts/limits.ts';
import type { WaitCommand } from '../../contracts/waits/commands.ts';
import type { WaitEvent, WaitFact } from '../../contracts/waits/events.ts';
import type { WaitStatus } from '../../contracts/waits/types.ts';
import { jsonSize } from '../shared/json.ts';
import { reasonOf } from '../shared/reason.ts';
import { allowedToWait, isKeeper, mayReadWait } from './rights.ts';
import { isOpenRecord, neededOf, outstanding, waitEvents, type WaitRecord } from './state.ts';

/**
 * What the command leads to: events, or the refusal. Checked in this order: may this actor know of it (404), is it possible
 * now (409), may this actor (403), is it based on the current version (412), is there such an event (422), is there room
 * (413). A refused command changes nothing.
 *
 * Of an event that comes twice the first counts. The deadline is no matter of commands: whatever is judged before the clock
 * has struck has come in time.
 */
export function decideWait(
  record: WaitRecord,
  command: WaitCommand,
  call: Call,
): Result<readonly WaitEvent[]> {
  const blocked = barrier(record, command, call);
  if (blocked) return { ok: false, refusal: blocked };
  const facts = (...all: readonly WaitFact[]) => ok(waitEvents(record, call, all));
  switch (command.kind) {
    case 'event':
      return received(record, command, call);
    case 'stop': {
      const { data = null } = command;
      const room = roomFor(record, data);
      return room.ok
        ? facts({ kind: 'stopped', data }, { kind: 'closed', state: 'stopped' })
        : room;
    }
    case 'cancel':
      return facts({ kind: 'closed', state: 'cancelled', ...reasonOf(command) });
  }
}

/** Why the command is out of the question whatever it carries. */
function barrier(record: WaitRecord, command: WaitCommand, { actor }: Call): Refusal | undefined {
  const { name, key, state, version } = record;
  // Whoever may not read it must not learn that it is there.
  if (!mayReadWait(record, actor))
    return { code: 'not-found', detail: `There is no wait ${name}/${key}.` };
  if (!isOpenRecord(record))
    return wrongState(record, `The wait is ${state}; nothing in it can change any more.`);
  if (command.kind === 'cancel' && !isKeeper(record, actor))
    return { code: 'forbidden', detail: `cancel is for the owner, ${record.owner}.` };
  const { ifVersion = '*' } = command;
  if (ifVersion === '*' || ifVersion === version) return undefined;
  const detail = `The command is for version ${ifVersion}, but the wait is at version ${version}.`;
  return { code: 'version-mismatch', detail, version };

  function wrongState(wait: WaitRecord, detail: string): Refusal {
    return { code: 'wrong-state', detail, state, allowed: allowedToWait(wait, actor) };
  }
}

function received(
  record: WaitRecord,
  { event, data = null }: Extract<WaitCommand, { kind: 'event' }>,
  call: Call,
): Result<readonly WaitEvent[]> {
  const known = record.events.find((one) => one.toLowerCase() === event.toLowerCase());
  if (known === undefined)
    return refuse('unknown-event', `This wait is for ${record.events.join(', ')}.`);
  if (!outstanding(record).includes(known))
    return refuse('wrong-state', `The event ${known} has come already; the first one counts.`, {
      state: record.state,
      allowed: allowedToWait(record, call.actor),
    });
  const room = roomFor(record, data);
  if (!room.ok) return room;
  const isEnough = record.received.length + 1 >= neededOf(record);
  const facts: WaitFact[] = [
    { kind: 'received', event: known, data },
    ...(isEnough ? [{ kind: 'closed', state: 'completed' } as const] : []),
  ];
  return ok(waitEvents(record, call, facts));
}

/** All that a wait is sent is in its result, of which Temporal takes 2 MB. */
function roomFor({ data, received: before }: WaitRecord, more: Json): Result<void> {
  const taken = before.reduce((sum, one) => sum + jsonSize(one.data), jsonSize(data));
  const size = jsonSize(more);
  if (taken + size <= LIMITS.waitData) return ok(undefined);
  return refuse(
    'too-large',
    `The data takes ${size} bytes; of the ${LIMITS.waitData} that a wait may have in all, ${taken} are taken.`,
  );
}

/** What the clock and the engine tell a wait; nobody outside can. */
export type WaitNotice =
  /** A clock has struck. */
  | { readonly kind: 'tick' }
  /** The workflow was ended behind our back, or is to be. */
  | { readonly kind: 'ended'; readonly state: WaitStatus; readonly reason: string };

/** What follows from the notice; nothing, when it is late or early. */
export function hearWait(record: WaitRecord, notice: WaitNotice, call: Call): readonly WaitEvent[] {
  if (!isOpenRecord(record)) return [];
  if (notice.kind === 'ended') {
    const { state, reason } = notice;
    return waitEvents(record, call, [{ kind: 'closed', state, reason }]);
  }
  const { dueAt, onTimeout } = record;
  if (dueAt === undefined || call.at < dueAt) return [];
  const state = onTimeout === 'complete' ? 'completed' : 'expired';
  return waitEvents(record, call, [{ kind: 'closed', state, timedOut: true }]);
}
