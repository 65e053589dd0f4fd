/** What the archive keeps of a finished wait. Pure. */
import type { RefusedCommand } from '../../contracts/documents/events.ts';
import { keyTag } from './console.ts';
import type { WaitRecord } from './state.ts';
import { waitSummary, type WaitSummary } from './view.ts';

/** The request that has started a wait, by its `Idempotency-Key`; see api/idempotency.ts. */
export interface StartKey {
  readonly key: string;
  readonly fingerprint: string;
}

/** What the memo of a workflow says of it; undefined when it was started without a key. */
export function startKeyIn(memo: Readonly<Record<string, unknown>> | undefined) {
  const { key, fingerprint } = (memo?.['idempotency'] ?? {}) as Partial<StartKey>;
  return typeof key === 'string' && typeof fingerprint === 'string'
    ? { key, fingerprint }
    : undefined;
}

/** By what the wait is found that a request with this key has started. */
export function startTag({ key }: Pick<StartKey, 'key'>): string {
  return `started-by=${key}`;
}

/** What else that request was. */
export function askedTag({ fingerprint }: Pick<StartKey, 'fingerprint'>): string {
  return `asked=${fingerprint}`;
}

/** What lists and look-ups find it by. */
export function waitFields({ key }: Pick<WaitSummary, 'key'>, started: StartKey | undefined) {
  return [keyTag(key), ...(started ? [startTag(started), askedTag(started)] : [])];
}

/** The summary with what the archive wants of every kind. */
export function archivedSummary(wait: WaitSummary) {
  const { closedAt = wait.updatedAt, name, key } = wait;
  return { ...wait, type: name, title: `${name} ${key}`.slice(0, 200), closedAt };
}

/** The row of the archive; what stands in the summary, lists show. */
export function waitRow({
  workflowId,
  record,
  refused,
  refusedCount,
  started,
}: {
  readonly workflowId: string;
  readonly record: WaitRecord;
  readonly refused: readonly RefusedCommand[];
  readonly refusedCount: number;
  readonly started?: StartKey | undefined;
}) {
  return {
    workflowId,
    state: record,
    summary: archivedSummary(waitSummary(record)),
    refused,
    refusedCount,
    fields: waitFields(record, started),
    words: undefined,
    dueAt: record.dueAt,
  };
}
