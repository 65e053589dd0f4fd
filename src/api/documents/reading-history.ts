/** Histories, page by page, and documents as they were. */
import { QueryRejectedError } from '@temporalio/client';
import type { Actor } from '../../contracts/caller.ts';
import type { DocumentType, JsonSchema } from '../../contracts/documents/definition.ts';
import type { JsonObject } from '../../contracts/json.ts';
import { withoutSensitive } from '../../workflows/documents/sensitive.ts';
import type {
  DocumentEvent,
  HistoryEntry,
  RefusedCommand,
} from '../../contracts/documents/events.ts';
import { historyOf } from '../../workflows/documents/history.ts';
import { historyQuery } from '../../workflows/documents/messages.ts';
import { sectionOf } from '../../workflows/documents/actions.ts';
import { maySeeSensitive, readableOf } from '../../workflows/documents/permissions.ts';
import { replay } from '../../workflows/documents/birth.ts';
import type { DocumentState } from '../../workflows/documents/state.ts';
import { Problem } from '../errors.ts';
import { summaryOfExecution } from './executions.ts';
import { isGone } from '../locator.ts';
import { notFound, type DocumentReader, type Request } from './service.ts';
import { mayRead, type Readable } from '../../workflows/documents/readers.ts';

export interface HistoryPage {
  readonly entries: readonly HistoryEntry[];
  readonly refusedCount: number;
  /** The `after` of the next page; undefined on the last one. */
  readonly next: number | undefined;
}

/** What is known of a history besides what is in the database. */
interface Recent extends Readable {
  /** Not in the database yet. */
  readonly events: readonly DocumentEvent[];
  readonly refused: readonly RefusedCommand[];
  readonly refusedCount: number;
}

export class DocumentHistories {
  readonly #reader: DocumentReader;

  constructor(reader: DocumentReader) {
    this.#reader = reader;
  }

  /** Entries of the events after number `after`, oldest first, and the refusals of that time. */
  async page(
    id: string,
    { after, limit }: { readonly after: number; readonly limit: number },
    request: Request,
  ): Promise<HistoryPage> {
    const recent = await this.#recent(id, request);
    const { archive } = this.#reader;
    const from = after + 1;
    const [written, refused, before] = await Promise.all([
      archive.events(id, { from, to: from + limit }),
      archive.refused(id),
      from === 1 ? [] : archive.before(id, from),
    ]);
    const all = merged(
      written,
      recent.events.filter(({ sequence }) => sequence >= from),
    );
    const events = all.slice(0, limit);
    const following = all[limit];
    const earlier = recent.events.filter(({ sequence }) => sequence < from);
    const entries = historyOf(
      recent.definition ?? EMPTY,
      events,
      between([...recent.refused, ...refused], from === 1 ? undefined : events[0], following),
      merged(before, earlier),
    );
    const next = following && events.at(-1)?.sequence;
    return { entries, refusedCount: recent.refusedCount, next };
  }

  /** The document as it was at this version. @throws Problem `not-found` when there is no such version */
  async asOf(id: string, version: number, request: Request): Promise<DocumentState> {
    const now = await this.#reader.readState(id, request);
    if (version === now.version) return now;
    if (version > now.version) {
      const detail = `There is no version ${version}; the document is at version ${now.version}.`;
      throw new Problem({ code: 'not-found', detail, version: now.version });
    }
    const recent = await this.#recent(id, request);
    const all = merged(await this.#reader.archive.events(id), recent.events);
    const events = all.filter((event) => event.version <= version);
    return asSeenNow(replay(id, firstDefinition(now.definition, all), events), now, request.actor);
  }

  async #recent(id: string, request: Request): Promise<Recent> {
    const { archive, locator, temporal } = this.#reader;
    const { actor, signal } = request;
    const archived = await archive.find(id);
    if (archived) {
      const found = await this.#reader.read(id, request);
      const readable = 'state' in found ? readableOf(found.state) : NOBODY;
      return { ...readable, ...archived, events: [] };
    }
    try {
      const tail = await locator.locate(id, signal, (workflowId) =>
        temporal.call({ signal }, (client) =>
          client.workflow.getHandle(workflowId).query(historyQuery),
        ),
      );
      if (!tail) return { ...NOBODY, events: [], refused: [], refusedCount: 0 };
      if (mayRead(tail, actor)) return tail;
    } catch (error) {
      if (!(error instanceof QueryRejectedError)) {
        const reason = await locator.explain(id, error, signal);
        throw isGone(reason) ? notFound(id) : reason;
      }
      // Failed or terminated: nobody is left to ask, the database has what was written before.
      const summary = summaryOfExecution(await locator.describe(id, signal));
      if (this.#reader.readable({ summary }, actor)) {
        const definition = this.#reader.types.all.find(({ name }) => name === summary.type);
        return { ...summary, definition, events: [], refused: [], refusedCount: 0 };
      }
    }
    throw notFound(id);
  }
}

const NOBODY: Readable = { owner: '', waitingFor: [], definition: undefined };

/** Both in their order; the tail may have been written between the two reads. */
function merged(
  written: readonly DocumentEvent[],
  tail: readonly DocumentEvent[],
): DocumentEvent[] {
  const known = new Set(written.map(({ sequence }) => sequence));
  return [...written, ...tail.filter(({ sequence }) => !known.has(sequence))].sort(
    (a, b) => a.sequence - b.sequence,
  );
}

/** The refusals of the time that the page covers. */
function between(
  refused: readonly RefusedCommand[],
  first: DocumentEvent | undefined,
  following: DocumentEvent | undefined,
): RefusedCommand[] {
  return refused.filter(
    ({ at }) => (!first || at >= first.at) && (!following || at < following.at),
  );
}

/**
 * The document as it was, for somebody with the rights of now: what is sensitive now or was then stays out, whoever
 * owned it or had a section assigned then.
 */
function asSeenNow(past: DocumentState, now: DocumentState, actor: Actor): DocumentState {
  const { owner, assignees } = now;
  const { permissions } = now.definition;
  const visible = (
    name: string | undefined,
    data: JsonObject,
    ...schemas: (JsonSchema | undefined)[]
  ) =>
    maySeeSensitive(now, actor, name)
      ? data
      : schemas.reduce<JsonObject>(
          (rest, schema) => (schema ? withoutSensitive(schema, rest) : {}),
          data,
        );
  const sections = Object.entries(past.sections).map(([name, section]) => {
    const [then, today] = [past.definition, now.definition].map(
      (definition) => sectionOf(definition, name)?.schema,
    );
    return [name, { ...section, data: visible(name, section.data, then, today) }] as const;
  });
  return {
    ...past,
    owner,
    assignees,
    definition: { ...past.definition, permissions },
    sections: Object.fromEntries(sections),
    metadata: visible(undefined, past.metadata, past.definition.metadata, now.definition.metadata),
  };
}

/** The definition that the document began with. */
function firstDefinition(now: DocumentType, events: readonly DocumentEvent[]): DocumentType {
  const migration = events.find(({ kind }) => kind === 'migrated');
  return migration?.kind === 'migrated' ? migration.before : now;
}

/** For a document of which nothing is known but its events. */
const EMPTY = { metadata: {}, sections: {} } as unknown as DocumentType;
