/** The memo of a document's workflow: what lists and `/status` show, without asking the workflow. Pure. */
import { DOCUMENT_STATES } from '../../contracts/documents/types.ts';
import { terminated } from '../../contracts/durable.ts';
import type { DocumentState } from './state.ts';
import { LIMITS } from '../../contracts/limits.ts';
import { isJsonObject, jsonSize } from '../shared/json.ts';
import { sectionsProgress, summaryOf, type DocumentSummary, type SectionProgress } from './view.ts';

/**
 * The memo: what never changes under `document`, what does under `now`, and `customStatus` for itself, because that key
 * is where the Durable Functions dialect looks for the custom status of any workflow.
 */
export function memoOf(state: DocumentState): Record<string, unknown> {
  const sections = Object.entries(sectionsProgress(state)).map(([name, { at: _at, ...rest }]) => [
    name,
    rest,
  ]);
  const progress = Object.fromEntries(sections) as Record<string, unknown>;
  const { id, type, createdAt, customStatus, ...now } = summaryOf(state);
  return {
    document: { id, type, createdAt },
    now,
    customStatus,
    // Durable Functions knows no other word for it.
    ...(state.state === 'cancelled' ? { durable: terminated(state.closedReason) } : {}),
    // A page of a list carries 200 memos; what is larger than a list can bear is read from the document itself.
    sections: jsonSize(progress) <= LIMITS.memoSections ? progress : {},
  };
}

/** What {@link memoOf} put there, or undefined when the memo is none of a document's. */
export function summaryFromMemo(
  memo: Record<string, unknown> | undefined,
): DocumentSummary | undefined {
  const { document, now, customStatus, suspended } = memo ?? {};
  const is = suspended === true ? { suspended } : {};
  const summary = { ...(document as object), ...(now as object), customStatus, ...is };
  return isSummary(summary) ? summary : undefined;
}

/** What a list shows of a document of which nothing is known but its id and when it was started. */
export function emptySummary(id: string, startedAt: string): DocumentSummary {
  return {
    id,
    type: '',
    typeVersion: 0,
    title: '',
    state: 'open',
    version: 0,
    owner: '',
    customStatus: 'Starting',
    progress: { done: 0, total: 0, missing: [], percent: 0 },
    waitingFor: [],
    createdAt: startedAt,
    updatedAt: startedAt,
  };
}

/** How far each section is, as {@link memoOf} put it there; undefined when the memo is none of a document's. */
export function sectionsFromMemo(
  memo: Record<string, unknown> | undefined,
): Record<string, SectionProgress> | undefined {
  const { sections } = memo ?? {};
  if (!isJsonObject(sections)) return undefined;
  const sound = Object.values(sections).every(
    (one) => isJsonObject(one) && typeof one['state'] === 'string',
  );
  return sound ? (sections as unknown as Record<string, SectionProgress>) : undefined;
}

/** Anybody can start a workflow with any memo; one that only looks like ours must not break a list. */
function isSummary(
  value: Partial<Record<keyof DocumentSummary, unknown>>,
): value is DocumentSummary {
  const texts = [value.id, value.type, value.title, value.owner, value.customStatus];
  const instants = [value.createdAt, value.updatedAt];
  return (
    [...texts, ...instants].every((one) => typeof one === 'string') &&
    [value.typeVersion, value.version].every((one) => Number.isInteger(one)) &&
    DOCUMENT_STATES.some((state) => state === value.state) &&
    Array.isArray(value.waitingFor) &&
    typeof value.progress === 'object' &&
    value.progress !== null
  );
}
