/** What a running document answers to: its update, its signals, its queries. */
import {
  defineSignal,
  setDefaultSignalHandler,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { Via } from '../../contracts/caller.ts';
import type { Command, DocumentEvent } from '../../contracts/documents/types.ts';
import { refuse, type Result } from '../../contracts/failures.ts';
import { LIMITS } from '../../contracts/limits.ts';
import { actorOf, asCaller, viaOf, type Caller } from '../shared/caller.ts';
import { failureOf } from '../shared/failure.ts';
import { jsonSize } from '../shared/json.ts';
import { COMMAND, commandFromEvent, parseCommand } from './commands.ts';
import { append, recordRefusal, refusedOf, type Ledger } from './ledger.ts';
import {
  commandUpdate,
  documentQuery,
  historyQuery,
  statusQuery,
  type CommandResult,
} from './messages.ts';
import { actionName, allowedActions } from './permissions.ts';
import { refusedCommand } from './refusals.ts';
import { decide, type Call } from './state.ts';
import { statusOf, viewOf } from './view.ts';

/** A signal that came before the document could judge it. */
export interface HeldSignal {
  readonly name: string;
  readonly payload: unknown;
  readonly caller: Caller;
}

/** Registers every handler, and judges what came in before. */
export function serveMessages(ledger: Ledger, held: readonly HeldSignal[]): void {
  for (const { name, payload, caller } of held) receiveSignal(ledger, name, payload, caller);
  const { definition } = ledger.state;

  setHandler(commandUpdate, (raw, caller = {}) => carryOutCommand(ledger, raw, caller), {
    description:
      'Any command: {"kind": "fill", "section", "data"}, {"kind": "approve"}, ... Answers or refuses.',
    validator: (raw, caller = {}) => {
      const result = judge(
        ledger,
        guarded(() => parseCommand(raw)),
        'update',
        caller,
      );
      if (!result.ok) throw failureOf({ version: ledger.state.version, ...result.refusal });
    },
  });
  const offer = (name: string, description: string): void => {
    const signal = defineSignal<[payload: unknown, caller?: Caller]>(name);
    setHandler(signal, (payload, caller = {}) => receiveSignal(ledger, name, payload, caller), {
      description,
    });
  };
  for (const [name, section] of Object.entries(definition.sections))
    offer(name, `Fills ${section.title}.`);
  offer(definition.approval.event, 'Decides: true, false or {"approved": ..., "reason": ...}.');
  offer(COMMAND, 'Any command, like the update, but without an answer.');
  setDefaultSignalHandler((name, payload, caller) =>
    receiveSignal(ledger, name, payload, asCaller(caller)),
  );

  setHandler(statusQuery, () => statusOf(ledger.state, refusedOf(ledger)), {
    description: 'Where the document stands.',
  });
  setHandler(documentQuery, () => ledger.state, { description: 'The whole document.' });
  setHandler(
    historyQuery,
    () => ({ events: ledger.tail, refused: ledger.refused, refusedCount: ledger.refusedCount }),
    {
      description: 'Recent history entries and refused signals.',
    },
  );
}

/** Takes a command in; a refused one is recorded, because nobody waits for the answer. */
export function receive(ledger: Ledger, via: Via, command: Command, caller: Caller): void {
  settle(ledger, command.kind, via, { ok: true, value: command }, caller);
}

function receiveSignal(ledger: Ledger, name: string, payload: unknown, caller: Caller): void {
  const command = guarded(() => commandFromEvent(ledger.state.definition, name, payload));
  settle(ledger, name, 'signal', command, caller);
}

function settle(
  ledger: Ledger,
  name: string,
  via: Via,
  command: Result<Command>,
  caller: Caller,
): void {
  const result = judge(ledger, command, via, caller);
  if (result.ok) append(ledger, result.value);
  else
    recordRefusal(
      ledger,
      refusedCommand(name, ledger.state.version, callOf(command, via, caller), result.refusal),
    );
}

function carryOutCommand(ledger: Ledger, raw: unknown, caller: Caller): CommandResult {
  const command = guarded(() => parseCommand(raw));
  const result = judge(ledger, command, 'update', caller);
  // The validator has just said yes to the same state; a replay skips validators and must come to the same end.
  if (!result.ok) throw failureOf(result.refusal);
  append(ledger, result.value);
  ledger.updatedAt = workflowInfo().historyLength;
  const { state } = ledger;
  const { actor } = callOf(command, 'update', caller);
  const core: CommandResult = {
    changed: result.value.length > 0,
    state: state.state,
    version: state.version,
  };
  const allowed = allowedActions(state, actor).map(actionName);
  const full: CommandResult = { ...core, allowed, document: viewOf(state, { data: false }) };
  return jsonSize(full) <= LIMITS.updateResult ? full : core;
}

function judge(
  ledger: Ledger,
  command: Result<Command>,
  via: Via,
  caller: Caller,
): Result<readonly DocumentEvent[]> {
  if (!command.ok) return command;
  return guarded(() => decide(ledger.state, command.value, callOf(command, via, caller)));
}

/** A defect in a rule must cost one command, not the document: an exception would wedge the workflow for ever. */
export function guarded<T>(judge: () => Result<T>): Result<T> {
  try {
    return judge();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return refuse('internal', `The rules failed: ${reason.slice(0, 500)}`);
  }
}

function callOf(command: Result<Command>, via: Via, caller: Caller): Call {
  const claimed = command.ok ? command.value.actor : undefined;
  return { actor: actorOf(caller, claimed), at: now(), via: viaOf(caller, via) };
}

/** The workflow's clock: the same at every replay. */
export function now(): string {
  return new Date().toISOString();
}
