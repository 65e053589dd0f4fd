/** How approvals come into being over HTTP. */
import {
  WorkflowExecutionAlreadyStartedError,
  type WorkflowExecutionDescription,
} from '@temporalio/client';
import type { ApprovalRequest } from '../../contracts/approvals/types.ts';
import type { Call } from '../../contracts/caller.ts';
import { workflowIdOf } from '../../contracts/ids.ts';
import { admitPolicy } from '../../people/admission.ts';
import type { ResolvedApproval } from '../../workflows/approvals/begin.ts';
import { recordHeadline, setRecordAttributes } from '../../workflows/approvals/record-console.ts';
import { stageToEnter } from '../../workflows/approvals/record-decide.ts';
import {
  decideRequest,
  parseApprovalRequest,
  withEntry,
} from '../../workflows/approvals/record-request.ts';
import { recordMemo } from '../../workflows/approvals/record-view.ts';
import { recordOf, type ApprovalRecord } from '../../workflows/approvals/record.ts';
import { callAtStart, isRepeated, newId } from '../created-before.ts';
import { orThrow, type Request } from '../documents/service.ts';
import { problem } from '../errors.ts';
import type { Idempotency } from '../idempotency.ts';
import type { ApprovalReader } from './service.ts';

export interface CreatedApproval {
  readonly record: ApprovalRecord;
  /** True when the same request, by its Idempotency-Key, had created it before. */
  readonly replayed: boolean;
}

export class ApprovalCreator {
  readonly #reader: ApprovalReader;

  constructor(reader: ApprovalReader) {
    this.#reader = reader;
  }

  /**
   * Checks here, looks up the first stage, starts, and answers the approval as it is then: needs no worker, and the
   * workflow comes to the same. Problems: those of `parseApprovalRequest` and `admitPolicy`, `already-exists`,
   * `idempotency-key-reused`.
   */
  async create(
    request: ApprovalRequest,
    caller: Request,
    idempotency?: Idempotency,
  ): Promise<CreatedApproval> {
    const id = request.id ?? newId(idempotency);
    if (request.id !== undefined) {
      const before = await this.#before(id, request, caller, idempotency);
      if (before) return before;
    }
    const { actor, context } = caller;
    const at = new Date().toISOString();
    const { record, resolved } = this.#decide(id, request, { actor, at, via: context.via });
    try {
      await this.#start(record, resolved, request, caller, idempotency);
      return { record, replayed: false };
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      const before = await this.#before(id, request, caller, idempotency);
      if (before) return before;
      throw error;
    }
  }

  #decide(id: string, request: ApprovalRequest, call: Call, known?: ResolvedApproval) {
    const events = decideRequest(orThrow(parseApprovalRequest(request)), call);
    const { policy, ...begun } = recordOf(id, events);
    const stage = stageToEnter({ policy, ...begun }, call.at);
    const asked = { policy, ...(stage ? { stage } : {}) };
    const admitted = known ?? orThrow(admitPolicy(asked, this.#reader.directory));
    const record = recordOf(id, withEntry(events, admitted, call));
    return { record, resolved: { ...admitted, at: call.at } };
  }

  async #start(
    record: ApprovalRecord,
    resolved: ResolvedApproval,
    request: ApprovalRequest,
    { context, signal }: Request,
    idempotency: Idempotency | undefined,
  ): Promise<void> {
    const { temporal } = this.#reader;
    await temporal.call({ caller: { ...context, resolved }, signal }, (client) =>
      client.workflow.start('approval', {
        workflowId: workflowIdOf('approval', record.id),
        taskQueue: temporal.taskQueue,
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
        args: [request],
        memo: { ...recordMemo(record), ...(idempotency ? { idempotency } : {}) },
        typedSearchAttributes: setRecordAttributes(record),
        staticSummary: recordHeadline(record),
      }),
    );
  }

  /** Ids are used once for ever. One that the same request has created is answered again, as it was then. */
  async #before(
    id: string,
    request: ApprovalRequest,
    caller: Request,
    idempotency: Idempotency | undefined,
  ): Promise<CreatedApproval | undefined> {
    const execution = await this.#reader.locator.find(id, caller.signal);
    if (execution && isRepeated(execution.memo, idempotency))
      return { record: await this.#asItWas(id, request, caller, execution), replayed: true };
    if (!execution && !(await this.#reader.wasUsed(id))) return undefined;
    throw problem('already-exists', `The id ${id} is or was in use.`);
  }

  /** The approval as the first answer told it: decided again on what was looked up for its start. */
  async #asItWas(
    id: string,
    request: ApprovalRequest,
    { actor, signal }: Request,
    execution: WorkflowExecutionDescription,
  ): Promise<ApprovalRecord> {
    const context = await callAtStart(this.#reader.temporal, execution, signal);
    const resolved = context?.resolved as ResolvedApproval | undefined;
    const at = resolved?.at ?? execution.startTime.toISOString();
    return this.#decide(id, request, { actor, at, via: 'http' }, resolved).record;
  }
}
