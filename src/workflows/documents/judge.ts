/** From a message and its caller to what it leads to, on the document as it is. Never throws. */
import { SYSTEM, type Via, type Call } from '../../contracts/caller.ts';
import type { Command } from '../../contracts/documents/commands.ts';
import type { DocumentEvent } from '../../contracts/documents/events.ts';
import { ok, type Refusal, type Result } from '../../contracts/failures.ts';
import { hear, type Notice } from './system.ts';
import { actorOf, viaOf, type Caller } from '../shared/caller.ts';
import { guarded, now } from '../shared/guarded.ts';
import {
  keepOutcome,
  outcomeBefore,
  recordRefusal,
  type KeptOutcome,
} from '../shared/reception.ts';
import { refusedCommand } from '../shared/refusals.ts';
import { decide, type Found } from './decide.ts';
import { append, type Ledger } from './ledger.ts';
import { isOpen } from './requirements.ts';

/** One message: what it commands, if that can be made out, by whom, and how it arrived. */
export interface Message {
  /** The signal's name or the command's kind. */
  readonly name: string;
  readonly command: Result<Command>;
  readonly via: Via;
  readonly caller: Caller;
}

export interface Judged {
  readonly events: readonly DocumentEvent[];
  /** What the same command, by its idempotency key, led to before; then there are no events. */
  readonly before?: KeptOutcome;
}

/** What the message leads to; nothing has happened yet. */
export function judge(ledger: Ledger, message: Message, found?: Found): Result<Judged> {
  const { command } = message;
  if (!command.ok) return command;
  const before = outcomeBefore(ledger, message.caller);
  if (before && 'code' in before) return { ok: false, refusal: before };
  if (before) return { ok: true, value: { events: [], before } };
  const result = guarded(() => decide(ledger.state, command.value, callOf(message), found));
  return result.ok ? { ok: true, value: { events: result.value } } : result;
}

/** Takes what was judged into the document. */
export function accept(ledger: Ledger, { caller }: Message, { events, before }: Judged): void {
  append(ledger, events);
  const { idempotency, bulk } = caller.context ?? {};
  if (idempotency && !before) {
    const { version } = ledger.state;
    keepOutcome(ledger, { ...idempotency, version, changed: events.length > 0 });
  }
  if (bulk !== undefined) ledger.effects.push({ kind: 'bulk-outcome', job: bulk, outcome: 'done' });
}

/** Records a refusal of what nobody waits for. */
export function turnDown(ledger: Ledger, message: Message, refusal: Refusal): void {
  const { version } = ledger.state;
  recordRefusal(ledger, refusedCommand(message.name, version, callOf(message), refusal));
  const job = message.caller.context?.bulk;
  if (job !== undefined) ledger.effects.push({ kind: 'bulk-outcome', job, outcome: refusal.code });
}

export function callOf({ command, via, caller }: Message): Call {
  const claimed = command.ok ? command.value.actor : undefined;
  return { actor: actorOf(caller, claimed), at: now(), via: viaOf(caller, via) };
}

/** What one of our own workflows, or a clock, has to say. */
export function notice(ledger: Ledger, what: Notice): void {
  const actor = actorOf({ context: SYSTEM });
  const call = { actor, at: now(), via: SYSTEM.via };
  const heard = guarded(() => ok(hear(ledger.state, what, call)));
  append(ledger, heard.ok ? heard.value : []);
  // The document above has seen it open; it has closed since, and told nobody above.
  if (what.kind === 'attach' && !isOpen(ledger.state))
    ledger.effects.push({ kind: 'tell-parent', parent: what.parent, joining: false });
}
