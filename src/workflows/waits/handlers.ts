/** What a running wait answers to: its update, its signals, its queries; and what the clock tells it. */
import { setHandler } from '@temporalio/workflow';
import { ok } from '../../contracts/failures.ts';
import { asItStands } from '../durable/suspension.ts';
import { commandHandlers } from '../shared/commanded.ts';
import { guarded } from '../shared/guarded.ts';
import { systemCall } from '../shared/judging.ts';
import { refusedOf } from '../shared/reception.ts';
import { fitting, serveAnySignal, serveSignal } from '../shared/serving.ts';
import { parseWaitCommand, WAIT_COMMAND, waitCommandOf } from './commands.ts';
import { decideWait, hearWait, type WaitNotice } from './decide.ts';
import { take, type WaitLedger } from './ledger.ts';
import { waitQuery, waitStatusQuery, waitUpdate, type WaitResult } from './messages.ts';
import { allowedToWait } from './rights.ts';
import { waitSummary } from './view.ts';

/** Registers the handlers of the update, of the queries, and of every signal: what is no event of the wait is refused. */
export function serveWait(ledger: WaitLedger): void {
  const command = commandHandlers({
    reception: ledger,
    update: waitUpdate,
    description:
      'Any command: {"kind": "event", "event", "data"}, {"kind": "stop", "data"}, {"kind": "cancel", "reason"}. Answers or refuses.',
    parse: parseWaitCommand,
    commandOf: waitCommandOf,
    decide: (what, call) => decideWait(ledger.record, what, call),
    take: (events) => take(ledger, events),
    version: () => ledger.record.version,
    answer: (changed, { actor }): WaitResult => {
      const { record } = ledger;
      const { state, version } = record;
      const core: WaitResult = { changed, state, version };
      const allowed = allowedToWait(record, actor);
      return fitting(core, { ...core, allowed, wait: waitSummary(record) });
    },
  });
  const { receive } = command;
  // First, so that what came before there were handlers is judged in its order.
  serveAnySignal(receive);
  for (const name of ledger.record.events)
    serveSignal(name, 'What this waits for; with any data.', receive);
  serveSignal(WAIT_COMMAND, 'Any command, like the update, but without an answer.', receive);
  command.serveUpdate();
  setHandler(
    waitStatusQuery,
    () => ({ ...waitSummary(asItStands(ledger.record)), refused: refusedOf(ledger) }),
    { description: 'Where the wait stands.' },
  );
  setHandler(
    waitQuery,
    () => {
      const { record, refused, refusedCount } = ledger;
      return { record: asItStands(record), refused, refusedCount };
    },
    { description: 'The whole wait with all data that has come, and refused signals.' },
  );
}

/** What the clock or the engine has to say. */
export function hear(ledger: WaitLedger, notice: WaitNotice): void {
  const heard = guarded(() => ok(hearWait(ledger.record, notice, systemCall())));
  take(ledger, heard.ok ? heard.value : []);
}
