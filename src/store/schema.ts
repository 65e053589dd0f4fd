/** The tables, as the query builder types them. Migrations make them; see migrations/. */
import type { ColumnType, Generated } from 'kysely';
import type { DocumentEvent, RefusedCommand } from '../contracts/documents/types.ts';
import type { DocumentState } from '../workflows/documents/state.ts';

/** A column that is read as a value and written as its JSON text. */
type JsonText<T> = ColumnType<T, string, string>;
/** Instants are kept as the ISO 8601 UTC text that they have everywhere else; such texts sort by time. */
type Instant = string;

export interface Schema {
  /** Everything that happened to documents: the events, one row each. Rows are only ever added. */
  document_events: {
    document_id: string;
    sequence: number;
    event: JsonText<DocumentEvent>;
  };
  /** Finished documents. Ids are unique for ever: creating looks here. */
  archive: {
    kind: string;
    id: string;
    workflow_id: string;
    type: string;
    state: string;
    owner: string;
    title: string;
    created_at: Instant;
    closed_at: Instant;
    body: JsonText<DocumentState>;
    refused: JsonText<readonly RefusedCommand[]>;
    refused_count: number;
  };
  /** Commands over HTTP that were refused; the workflow never saw them. The last hundred of each document. */
  refused_commands: {
    number: Generated<number>;
    document_id: string;
    refusal: JsonText<RefusedCommand>;
  };
}
