/** From the input of a start, whatever it is, to an open document; and what happens to messages until then. */
import type { Call } from '../../contracts/caller.ts';
import { setHandler, workflowInfo } from '@temporalio/workflow';
import type { CreateRequest } from '../../contracts/documents/types.ts';
import type { Refusal } from '../../contracts/failures.ts';
import { durably } from '../shared/activities.ts';
import { actorOf, viaOf, type Caller } from '../shared/caller.ts';
import { rejectStart } from '../shared/failed-start.ts';
import { guarded, now } from '../shared/guarded.ts';
import { holdSignals, type HeldSignal } from '../shared/holding.ts';
import { decideCreate, parseCreateRequest, type Admitted } from './create.ts';
import { openLedger, type Ledger } from './ledger.ts';
import { commandUpdate, documentQuery, historyQuery, statusQuery } from './messages.ts';
import { replay } from './birth.ts';

/** What the gateway has looked up and decided for a start; see `CallContext.resolved`. */
export interface ResolvedStart extends Admitted {
  /** The instant that the gateway has already told its client as `createdAt`. */
  readonly at: string;
}

/** Whether the gateway has sent the definition along, so that nothing has to be waited for. */
export function isResolved({ context }: Caller): boolean {
  return context?.resolved !== undefined;
}

/**
 * Handlers for the time in which a document started by the CLI does not know its type yet: signals wait, commands are
 * refused as `starting`. Returns the list in which the signals wait.
 */
export function holdMessages(id: string): HeldSignal[] {
  const held = holdSignals(commandUpdate, 'The document is loading its type.');
  setHandler(statusQuery, () => ({
    id,
    type: '',
    state: 'starting' as const,
    version: 0,
    customStatus: 'Starting',
    refused: { count: 0 },
  }));
  setHandler(documentQuery, () => undefined);
  setHandler(historyQuery, () => undefined);
  return held;
}

const NO_CRON: Refusal = {
  code: 'invalid-request',
  detail: 'A document cannot be started on a cron schedule: each run would have the same id.',
};

/** The new document, or an `ApplicationFailure` that says what is wrong with the input. */
export async function beginDocument(id: string, input: unknown, caller: Caller): Promise<Ledger> {
  const resolved = caller.context?.resolved as ResolvedStart | undefined;
  const at = resolved?.at ?? now();
  const start = (type = '') => ({ kind: 'document', id, type, at }) as const;
  const request = guarded(() => parseCreateRequest(input));
  if (workflowInfo().cronSchedule !== undefined) throw await rejectStart(start(), NO_CRON);
  if (!request.ok) throw await rejectStart(start(), request.refusal);
  const call: Call = {
    actor: actorOf(caller, request.value.actor),
    at,
    via: viaOf(caller, 'start'),
  };
  const { definition, reused } = resolved ?? (await admit(id, request.value, call));
  const events = guarded(() => decideCreate(definition, request.value, call, reused));
  if (!events.ok) throw await rejectStart(start(request.value.type), events.refusal);
  return openLedger(replay(id, definition, events.value), events.value);
}

/** What the gateway does before a start that comes through it: the definition, the id, `from`, `parent`. */
async function admit(id: string, request: CreateRequest, { actor, at }: Call): Promise<Admitted> {
  const { type, from, parent, sections = {} } = request;
  // Of the sections only the names, which say what need not come from elsewhere.
  const given = Object.fromEntries(Object.keys(sections).map((name) => [name, {}]));
  const admitted = await durably('admitDocument', 'Load the document type', {
    id,
    actor,
    request: {
      type,
      sections: given,
      ...(from === undefined ? {} : { from }),
      ...(parent === undefined ? {} : { parent }),
    },
  });
  if (!admitted.ok)
    throw await rejectStart({ kind: 'document', id, type: '', at }, admitted.refusal);
  return admitted.value;
}
