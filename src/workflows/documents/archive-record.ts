/** What the archive keeps beside a finished document, so that lists need not read it. Pure. */
import { dueAt } from './clocks.ts';
import { searchTags } from './console.ts';
import type { DocumentState } from './state.ts';
import { summaryOf, type DocumentSummary } from './view.ts';

export interface ArchiveRecord {
  readonly summary: DocumentSummary & {
    readonly closedAt: string;
    readonly [name: string]: unknown;
  };
  /** `name=value` of the searchable fields. */
  readonly fields: readonly string[];
  /** The title, when it may be searched. */
  readonly words: string | undefined;
  readonly dueAt: string | undefined;
}

export function archiveRecord(state: DocumentState): ArchiveRecord {
  const { closedAt = state.updatedAt, definition, title } = state;
  return {
    summary: { ...summaryOf(state), closedAt },
    fields: searchTags(state),
    words: definition.titleSearchable ? title : undefined,
    dueAt: dueAt(state),
  };
}
