/** What some commands need from outside of the document before they can be judged to the end. */
import type { Call } from '../../contracts/caller.ts';
import type { Command, EditCommand } from '../../contracts/documents/commands.ts';
import type { Result } from '../../contracts/failures.ts';
import { durably } from '../shared/activities.ts';
import { now } from '../shared/guarded.ts';
import { awaitsEntry, stageToEnter } from './approval.ts';
import type { Found } from './decide.ts';
import { notice } from './judge.ts';
import type { Ledger } from './ledger.ts';

type Looked = Exclude<Command, { kind: EditCommand['kind'] }>;

/** Whether the command is one of those. */
export function needsLookup(
  { state }: Ledger,
  command: Result<Command>,
): command is { ok: true; value: Looked } {
  if (!command.ok) return false;
  const { kind } = command.value;
  return kind === 'link' || kind === 'migrate' || awaitsEntry(state, kind);
}

/**
 * Looks it up. For `link` the link is noted too, in one transaction with the search for cycles; whoever does not go on
 * must {@link letGo}. Ordinary activities, so that nothing is noted for an update that is lost.
 */
export async function lookUp(
  ledger: Ledger,
  command: Looked,
  { actor }: Call,
): Promise<Result<Found>> {
  const { state } = ledger;
  // Entered, it may have begun anew meanwhile.
  while (awaitsEntry(ledger.state, command.kind)) await enterStage(ledger);
  if (command.kind === 'link') {
    const { definition, id: parent } = state;
    const types = Object.keys(definition.children);
    const found = await durably(
      'linkDocuments',
      'Look up the document and note the link',
      { parent, child: command.child, types, actor },
      { afterCommit: true },
    );
    return found.ok ? { ok: true, value: { child: found.value } } : found;
  }
  if (command.kind !== 'migrate') return { ok: true, value: {} };
  const type = state.definition.name;
  const found = await durably('findDefinition', 'Load the newest definition', { type });
  return found.ok ? { ok: true, value: { definition: found.value } } : found;
}

/** Looks up whom the stage is for and enters it; does nothing when none is to be entered. */
export async function enterStage(ledger: Ledger): Promise<void> {
  const request = stageToEnter(ledger.state, now());
  const { round = 0 } = ledger.state.approval ?? {};
  if (!request) return;
  const entry = await durably('enterStage', 'Look up whom to ask', request);
  notice(ledger, { kind: 'entered', stage: request.stage, round, entry });
}

/**
 * Runs what changes links in the database when it is its turn. A link that is noted while the same link is taken back
 * would be in the document and not in the database, and the child could be linked a second time.
 */
export async function inTurn<T>(ledger: Ledger, work: () => Promise<T>): Promise<T> {
  const mine = ledger.linking.then(work);
  ledger.linking = mine.then(
    () => undefined,
    () => undefined,
  );
  return mine;
}

/** Takes a link back that was noted for nothing. */
export async function letGo({ state }: Ledger, command: Looked): Promise<void> {
  if (command.kind !== 'link' || Object.hasOwn(state.children, command.child)) return;
  const link = { parent: state.id, child: command.child };
  await durably('unlinkDocuments', 'Take the link back', link, { afterCommit: true });
}
