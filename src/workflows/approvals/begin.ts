/** From the input of a start, whatever it is, to an open approval; and what happens to messages until then. */
import { setHandler, workflowInfo } from '@temporalio/workflow';
import type { Call } from '../../contracts/caller.ts';
import { ok, type Refusal, type Result } from '../../contracts/failures.ts';
import { durably } from '../shared/activities.ts';
import { actorOf, viaOf, type Caller } from '../shared/caller.ts';
import { rejectStart } from '../shared/failed-start.ts';
import { guarded, now } from '../shared/guarded.ts';
import { holdSignals, type HeldSignal } from '../shared/holding.ts';
import { openApproval, type ApprovalLedger } from './ledger.ts';
import { approvalQuery, approvalStatusQuery, approvalUpdate } from './messages.ts';
import { stageToEnter } from './record-decide.ts';
import {
  decideRequest,
  parseApprovalRequest,
  withEntry,
  type AdmittedApproval,
} from './record-request.ts';
import { recordOf } from './record.ts';

/** What the gateway has looked up and decided for a start; see `CallContext.resolved`. */
export interface ResolvedApproval extends AdmittedApproval {
  /** The instant that the gateway has already told its client as `createdAt`. */
  readonly at: string;
}

/**
 * Handlers for the time in which an approval started by the CLI is being checked: signals wait, commands are refused as
 * `starting`. Returns the list in which the signals wait.
 */
export function holdMessages(id: string): HeldSignal[] {
  const held = holdSignals(approvalUpdate, 'The approval is being checked.');
  setHandler(approvalStatusQuery, () => ({
    id,
    state: 'starting' as const,
    customStatus: 'Starting',
    refused: { count: 0 },
  }));
  setHandler(approvalQuery, () => undefined);
  return held;
}

const NO_CRON: Refusal = {
  code: 'invalid-request',
  detail: 'An approval cannot be started on a cron schedule: each run would have the same id.',
};

/** The new approval, or an `ApplicationFailure` that says what is wrong with the input. */
export async function beginApproval(
  id: string,
  input: unknown,
  caller: Caller,
): Promise<ApprovalLedger> {
  const resolved = caller.context?.resolved as ResolvedApproval | undefined;
  const at = resolved?.at ?? now();
  const start = { kind: 'approval', id, type: '', at } as const;
  if (workflowInfo().cronSchedule !== undefined) throw await rejectStart(start, NO_CRON);
  const claimed = (input as { actor?: unknown } | null | undefined)?.actor;
  const actor = actorOf(caller, typeof claimed === 'string' ? claimed : undefined);
  const call: Call = { actor, at, via: viaOf(caller, 'start') };
  const asked = await askFor(id, input, call, { resolved, unique: true });
  if (!asked.ok) throw await rejectStart(start, asked.refusal);
  return asked.value;
}

/**
 * What the gateway does before a start that comes through it: checks, and looks up the first stage. `unique`: the id is
 * that of an approval of its own, which must not have been used.
 */
export async function askFor(
  id: string,
  input: unknown,
  call: Call,
  { resolved, unique = false }: { resolved?: AdmittedApproval | undefined; unique?: boolean } = {},
): Promise<Result<ApprovalLedger>> {
  const events = guarded(() => {
    const request = parseApprovalRequest(input);
    return request.ok ? ok(decideRequest(request.value, call)) : request;
  });
  if (!events.ok) return events;
  const record = recordOf(id, events.value);
  const stage = stageToEnter(record, call.at);
  const { policy } = record;
  const question = { policy, ...(unique ? { id } : {}), ...(stage ? { stage } : {}) };
  const admitted = resolved
    ? ok(resolved)
    : await durably('admitApproval', 'Check the policy, look up whom to ask', question);
  if (!admitted.ok) return admitted;
  const all = withEntry(events.value, admitted.value, call);
  return ok(openApproval(recordOf(id, all), all));
}
