/** The database as the document routes see it; a database that does not answer is a problem of its own. */
import type { DocumentEvent, RefusedCommand } from '../../contracts/documents/types.ts';
import type { Database } from '../../store/database.ts';
import {
  eventsOf,
  findArchived,
  recordRefusedCommand,
  refusedCommandsOf,
  type ArchivedDocument,
} from '../../store/documents.ts';
import { problem } from '../errors.ts';

export class DocumentArchive {
  readonly #database: Database;
  readonly #warn: (fields: object, message: string) => void;

  constructor(database: Database, warn: (fields: object, message: string) => void) {
    this.#database = database;
    this.#warn = warn;
  }

  /** The finished document with this id. @throws Problem `database-unavailable` */
  find(id: string): Promise<ArchivedDocument | undefined> {
    return this.#ask(findArchived(this.#database, id));
  }

  /** Every event that has been written, and the commands that the gateway saw refused. */
  async history(id: string): Promise<{ events: DocumentEvent[]; refused: RefusedCommand[] }> {
    const [events, refused] = await this.#ask(
      Promise.all([eventsOf(this.#database, id), refusedCommandsOf(this.#database, id)]),
    );
    return { events, refused };
  }

  /** Keeps a refusal for the history. The answer to the caller does not depend on it. */
  async remember(id: string, refused: RefusedCommand): Promise<void> {
    try {
      await recordRefusedCommand(this.#database, id, refused);
    } catch (error) {
      this.#warn({ document: id, cause: String(error) }, 'a refused command could not be recorded');
    }
  }

  async #ask<T>(query: Promise<T>): Promise<T> {
    try {
      return await query;
    } catch (error) {
      this.#warn({ cause: String(error) }, 'the database did not answer');
      throw problem('database-unavailable', 'The database did not answer.');
    }
  }
}
