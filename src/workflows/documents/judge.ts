/** From a message and its caller to what it leads to, on the document as it is. Never throws. */
import type { Command } from '../../contracts/documents/commands.ts';
import type { DocumentEvent } from '../../contracts/documents/events.ts';
import { ok, type Refusal, type Result } from '../../contracts/failures.ts';
import { hear, type Notice } from './system.ts';
import { guarded } from '../shared/guarded.ts';
import {
  callOf,
  judgeBy,
  keepResult,
  systemCall,
  type Judged as JudgedOf,
  type Message as MessageOf,
} from '../shared/judging.ts';
import { recordRefusal } from '../shared/reception.ts';
import { refusedCommand } from '../shared/refusals.ts';
import { decide, type Found } from './decide.ts';
import { append, type Ledger } from './ledger.ts';
import { isOpen } from './requirements.ts';

export type Message = MessageOf<Command>;
export type Judged = JudgedOf<DocumentEvent>;

/** What the message leads to; nothing has happened yet. */
export function judge(ledger: Ledger, message: Message, found?: Found): Result<Judged> {
  return judgeBy(ledger, message, (command, call) => decide(ledger.state, command, call, found));
}

/** Takes what was judged into the document. */
export function accept(ledger: Ledger, message: Message, judged: Judged): void {
  append(ledger, judged.events);
  keepResult(ledger, message, judged, ledger.state.version);
  const { bulk } = message.caller.context ?? {};
  if (bulk !== undefined) ledger.effects.push({ kind: 'bulk-outcome', job: bulk, outcome: 'done' });
}

/** Records a refusal of what nobody waits for. */
export function turnDown(ledger: Ledger, message: Message, refusal: Refusal): void {
  const { version } = ledger.state;
  recordRefusal(ledger, refusedCommand(message.name, version, callOf(message), refusal));
  const job = message.caller.context?.bulk;
  if (job !== undefined) ledger.effects.push({ kind: 'bulk-outcome', job, outcome: refusal.code });
}

/** What one of our own workflows, or a clock, has to say. */
export function notice(ledger: Ledger, what: Notice): void {
  const call = systemCall();
  const heard = guarded(() => ok(hear(ledger.state, what, call)));
  append(ledger, heard.ok ? heard.value : []);
  // The document above has seen it open; it has closed since, and told nobody above.
  if (what.kind === 'attach' && !isOpen(ledger.state))
    ledger.effects.push({ kind: 'tell-parent', parent: what.parent, joining: false });
}
