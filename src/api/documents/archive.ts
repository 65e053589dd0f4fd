/** The database as the document routes see it; a database that does not answer is a problem of its own. */
import type { DocumentEvent, RefusedCommand } from '../../contracts/documents/events.ts';
import { deleteArchived, findArchived, type ArchivedDocument } from '../../store/archive.ts';
import type { Database } from '../../store/database.ts';
import {
  eventsOf,
  previousFills,
  recordRefusedCommand,
  refusedCommandsOf,
} from '../../store/events.ts';
import { answered } from '../errors.ts';

export class DocumentArchive {
  readonly #database: Database;
  readonly #warn: (fields: object, message: string) => void;

  constructor(database: Database, warn: (fields: object, message: string) => void) {
    this.#database = database;
    this.#warn = warn;
  }

  /** The finished document with this id, also one that was deleted. @throws Problem `database-unavailable` */
  find(id: string): Promise<ArchivedDocument | undefined> {
    return answered(findArchived(this.#database, id));
  }

  /** Events that have been written, by their sequence numbers; without bounds all. */
  events(id: string, range: { from?: number; to?: number } = {}): Promise<DocumentEvent[]> {
    return answered(eventsOf(this.#database, id, range));
  }

  /** What the events from this one on are told against. */
  before(id: string, sequence: number): Promise<DocumentEvent[]> {
    return answered(previousFills(this.#database, id, sequence));
  }

  /** The commands that gateways saw refused. */
  refused(id: string): Promise<RefusedCommand[]> {
    return answered(refusedCommandsOf(this.#database, id));
  }

  /** Keeps a refusal for the history. The answer to the caller does not depend on it. */
  async remember(id: string, refused: RefusedCommand): Promise<void> {
    try {
      await recordRefusedCommand(this.#database, id, refused);
    } catch (error) {
      this.#warn({ document: id, cause: String(error) }, 'a refused command could not be recorded');
    }
  }

  /** Empties it; only its id stays, because ids are never used twice. Whether there was one. */
  delete(id: string): Promise<boolean> {
    return answered(deleteArchived(this.#database, id, new Date().toISOString()));
  }
}
