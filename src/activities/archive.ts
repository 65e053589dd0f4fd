/** Activities that keep in the database what must outlive the workflow. Each may run twice; the keys make it once. */
import type { Kind } from '../contracts/ids.ts';
import type { DocumentEvent, RefusedCommand } from '../contracts/documents/events.ts';
import { archive, archiveDocument, findArchived, WITHOUT_STATE } from '../store/archive.ts';
import { recordBulkOutcome } from '../store/bulk.ts';
import { recordDocumentEvents } from '../store/events.ts';
import type { NewNotification } from '../contracts/notifications.ts';
import { emptyApproval } from '../workflows/approvals/record-view.ts';
import { tell, type TellingDeps } from './notifications.ts';
import { archiveRecord } from '../workflows/documents/archive-record.ts';
import { emptySummary } from '../workflows/documents/memo.ts';
import { archivedSummary } from '../workflows/waits/archive-record.ts';
import { emptyWait } from '../workflows/waits/view.ts';
import type { DocumentState } from '../workflows/documents/state.ts';
import { orderRow } from '../workflows/orders/archive-record.ts';
import type { OrderKept } from '../workflows/orders/messages.ts';
import type { OrderState } from '../workflows/orders/state.ts';
import { emptyOrder } from '../workflows/orders/view.ts';

/** A finished document as its workflow hands it over. */
export interface FinishedDocument {
  readonly workflowId: string;
  readonly state: DocumentState;
  /** The events that are not in the database yet. */
  readonly events: readonly DocumentEvent[];
  readonly refused: readonly RefusedCommand[];
  readonly refusedCount: number;
  /** How it ended, for those concerned. */
  readonly notifications: readonly NewNotification[];
}

/** A finished order, with the id of its workflow. */
export type FinishedOrder = OrderKept & { readonly workflowId: string };

/** A start that was unusable, and why. */
export interface FailedStart {
  /** Default: a document. */
  readonly kind?: Kind;
  readonly workflowId: string;
  readonly id: string;
  /** Empty when not even that could be made out. */
  readonly type: string;
  readonly customStatus: string;
  readonly at: string;
}

/** What lists show of it besides. */
function emptyOf(kind: Kind, { id, workflowId, type, at }: FailedStart) {
  switch (kind) {
    case 'document':
      return emptySummary(id, at);
    case 'approval':
      return emptyApproval(id, at);
    case 'order':
      return { title: '', ...emptyOrder(id, at) };
    case 'wait':
      return archivedSummary(emptyWait(workflowId, type, at));
  }
}

export function archiveActivities(deps: TellingDeps) {
  const { database } = deps;
  return {
    /** Appends history entries of an open document. */
    async recordEvents(input: { id: string; events: readonly DocumentEvent[] }): Promise<void> {
      await recordDocumentEvents(database, input.id, input.events);
    },

    /** Writes the last history entries and the finished document, both or neither; then tells how it ended. */
    async archiveDocument({ notifications, ...finished }: FinishedDocument): Promise<void> {
      await archiveDocument(database, { ...finished, ...archiveRecord(finished.state) });
      for (const one of notifications) await tell(deps, one);
    },

    /** Writes the finished order, or what has become of it since. */
    async archiveOrder(finished: FinishedOrder): Promise<void> {
      await archive(database, 'order', orderRow(finished));
    },

    /** A finished order; undefined when there is none, or none any more, or nobody knows what was in it. */
    async findOrder({ orderId }: { orderId: string }): Promise<FinishedOrder | undefined> {
      const found = await findArchived<OrderState>(database, orderId, 'order');
      if (!found || found.deletedAt !== undefined || !found.state) return undefined;
      const { workflowId, state: order, refused, refusedCount } = found;
      return { workflowId, order, refused, refusedCount };
    },

    /** Writes what is known of a start that was unusable. */
    async archiveFailed(failed: FailedStart): Promise<void> {
      const { kind = 'document', workflowId, at, ...known } = failed;
      const empty = emptyOf(kind, failed);
      const summary = { ...empty, ...known, state: 'failed', closedAt: at };
      await archive(database, kind, { ...WITHOUT_STATE, workflowId, summary });
    },

    /** Counts what became of one document in a bulk action. */
    async recordBulkOutcome(input: {
      job: string;
      documentId: string;
      outcome: string;
    }): Promise<void> {
      await recordBulkOutcome(database, input);
    },
  };
}
