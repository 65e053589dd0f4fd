/** Reads approvals: where they are, and who may read them. */
import type { WorkflowExecutionDescription } from '@temporalio/client';
import { idFromWorkflowId } from '../../contracts/ids.ts';
import type { Actor } from '../../contracts/caller.ts';
import type { Directory } from '../../contracts/people.ts';
import { findArchived } from '../../store/archive.ts';
import type { Database } from '../../store/database.ts';
import type { Temporal } from '../../temporal/client.ts';
import { listedOf, type Listed } from '../../temporal/visibility.ts';
import { approvalQuery, type ApprovalKept } from '../../workflows/approvals/messages.ts';
import { mayReadApproval, readableOf } from '../../workflows/approvals/record-rights.ts';
import {
  approvalFromMemo,
  approvalSummary,
  emptyApproval,
  type ApprovalSummary,
} from '../../workflows/approvals/record-view.ts';
import type { ApprovalRecord } from '../../workflows/approvals/record.ts';
import { ENGINE_ENDS } from '../documents/executions.ts';
import type { Request } from '../documents/service.ts';
import { answered, problem, type Problem } from '../errors.ts';
import { isStuck, Locator } from '../locator.ts';

export interface ApprovalDeps {
  readonly temporal: Temporal;
  readonly database: Database;
  readonly directory: Directory;
}

/** What a list shows of an approval, and who has to do with it. */
export type KnownApproval = ApprovalSummary & { readonly involved?: readonly string[] };

/** An approval that can still be read in full, or what is left of one that failed or was terminated. */
export type FoundApproval = ApprovalKept | { readonly summary: KnownApproval };

/** Reads single approvals, each with one call to Temporal, or from the archive once it is closed. */
export class ApprovalReader {
  readonly temporal: Temporal;
  readonly directory: Directory;
  readonly locator: Locator;
  readonly #database: Database;

  constructor({ temporal, database, directory }: ApprovalDeps) {
    this.temporal = temporal;
    this.directory = directory;
    this.#database = database;
    this.locator = new Locator(temporal, 'approval');
  }

  /** The approval, open or closed. @throws Problem `not-found`, also for those who may not read it */
  async read(id: string, { actor, signal }: Request): Promise<FoundApproval> {
    const found = await this.locator.read<FoundApproval>(id, signal, {
      archived: () => this.archived(id),
      asked: (workflowId) =>
        this.temporal.call({ signal }, (client) =>
          client.workflow.getHandle(workflowId).query(approvalQuery),
        ),
      described: (description) => ({ summary: summaryOfDescribed(description) }),
    });
    if (found && mayRead(found, actor)) return found;
    throw noApproval(id);
  }

  /** The finished approval. */
  async archived(id: string): Promise<FoundApproval | undefined> {
    const found = await answered(findArchived<ApprovalRecord>(this.#database, id, 'approval'));
    if (!found || found.deletedAt !== undefined) return undefined;
    const { state: record, summary, refused, refusedCount } = found;
    if (record) return { record, refused, refusedCount };
    return { summary: summary as unknown as KnownApproval };
  }

  /** Where it stands: one describe. `stuck`: its workflow task has failed again and again, which only a defect does. */
  async status(
    id: string,
    request: Request,
  ): Promise<{ readonly summary: ApprovalSummary; readonly stuck: boolean }> {
    const description = await this.locator.find(id, request.signal);
    const open = description?.status.name === 'RUNNING';
    const archived = open ? undefined : await this.archived(id);
    const found = archived ?? (description && { summary: summaryOfDescribed(description) });
    if (!found || !(await this.#known(found, id, request))) throw noApproval(id);
    return { summary: summaryOf(found), stuck: open && isStuck(description) };
  }

  /** By the memo, else by the approval: the memo is a moment behind, and has room for some people only. */
  async #known(found: FoundApproval, id: string, request: Request): Promise<boolean> {
    if (mayRead(found, request.actor)) return true;
    // Without a worker it stays unknown: an error would say that it is there.
    return this.read(id, request).then(
      () => true,
      () => false,
    );
  }

  /** Why a command to an approval that is closed, or never was, is refused. */
  async closed(id: string, { actor, signal }: Request): Promise<Problem> {
    const archived = await this.archived(id);
    const execution = archived ? undefined : await this.locator.find(id, signal);
    const found = archived ?? (execution && { summary: summaryOfDescribed(execution) });
    if (!found || !mayRead(found, actor)) return noApproval(id);
    const { state, version } = summaryOf(found);
    const detail = `The approval is ${state}; nothing in it can change any more.`;
    return problem('wrong-state', detail, { state, allowed: [], version });
  }

  /** Whether the id is in the archive already, whoever asks. */
  async wasUsed(id: string): Promise<boolean> {
    const found = await answered(findArchived<ApprovalRecord>(this.#database, id, 'approval'));
    return found !== undefined;
  }
}

/** What a list shows of it. */
export function summaryOf(found: FoundApproval): ApprovalSummary {
  return 'record' in found ? approvalSummary(found.record) : found.summary;
}

/** The same for one that visibility lists. Of an unusable start there is nothing but its id and the reason. */
export function approvalOfListed({
  workflowId,
  status,
  startedAt,
  closedAt,
  memo,
}: Listed): KnownApproval {
  const known =
    approvalFromMemo(memo) ?? emptyApproval(idFromWorkflowId('approval', workflowId), startedAt);
  const state = ENGINE_ENDS[status];
  const { customStatus = known.customStatus } = memo as { customStatus?: string };
  if (!state) return { ...known, customStatus };
  const ended = closedAt ? { closedAt, updatedAt: closedAt } : {};
  return { ...known, customStatus, state, waitingFor: [], ...ended };
}

function summaryOfDescribed(description: WorkflowExecutionDescription): KnownApproval {
  return approvalOfListed(listedOf(description));
}

/** Of an unusable start there is nothing but the reason, which its starter must find. */
function mayRead(found: FoundApproval, actor: Actor): boolean {
  if ('record' in found) return mayReadApproval(readableOf(found.record), actor);
  return found.summary.title === '' || mayReadApproval(found.summary, actor);
}

export function noApproval(id: string): Problem {
  return problem('not-found', `There is no approval ${id}.`);
}
