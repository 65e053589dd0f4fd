/** The statements of the embedded database, each prepared once. */
import { parse, protocol, type PGlite, type Results } from '@electric-sql/pglite';

/** Texts of statements differ by how many values they have; that many different ones are enough for all of ours. */
const MOST = 500;

interface Prepared {
  readonly name: string;
  /** Of the parameters; object ids of PostgreSQL. */
  readonly types: readonly number[];
  /** What the columns are; none where nothing is returned. */
  readonly columns: readonly Message[];
}

type Message = Parameters<typeof parse.parseResults>[0][number];

const { serialize } = protocol;

/**
 * PGlite's own `query` parses and plans each statement anew, with six calls into WebAssembly; a prepared one takes a single
 * call, and half of the time (measured with the steps of an order). For whoever has the connection to himself.
 */
export class PreparedStatements {
  readonly #lite: PGlite;
  readonly #known = new Map<string, Prepared>();
  #count = 0;

  constructor(lite: PGlite) {
    this.#lite = lite;
  }

  /** Runs one statement. @throws DatabaseError of PGlite, with PostgreSQL's `code` */
  async run(text: string, parameters: readonly unknown[]): Promise<Results> {
    const { name, types, columns } = this.#known.get(text) ?? (await this.#prepare(text));
    const { serializers, parsers } = this.#lite;
    const values = parameters.map((value, i) => {
      if (value === null || value === undefined) return null;
      const serializer = serializers[types[i] ?? 0];
      if (serializer) return serializer(value);
      return typeof value === 'string' ? value : JSON.stringify(value);
    });
    const messages = await this.#send(
      serialize.bind({ statement: name, values }),
      serialize.execute(),
    );
    const [result] = parse.parseResults([...columns, ...messages], parsers);
    if (!result) throw new Error('the database did not answer');
    return result;
  }

  async #prepare(text: string): Promise<Prepared> {
    // What is prepared for a table as it was fails on one that has been altered.
    const alters = /^\s*(create|alter|drop)\b/i.test(text);
    if (alters || this.#known.size >= MOST) await this.#forget();
    const name = alters ? '' : `s${(this.#count += 1)}`;
    const messages = await this.#send(
      serialize.parse({ name, text }),
      serialize.describe({ type: 'S', name }),
    );
    const types = parse.parseDescribeStatementResults(messages);
    const columns = messages.filter((message) => message.name === 'rowDescription');
    const prepared = { name, types, columns };
    if (!alters) this.#known.set(text, prepared);
    return prepared;
  }

  async #forget(): Promise<void> {
    const names = [...this.#known.values()].map(({ name }) => name);
    this.#known.clear();
    await this.#send(...names.map((name) => serialize.close({ type: 'S', name })));
  }

  async #send(...messages: readonly Uint8Array[]): Promise<Message[]> {
    const answer = await this.#lite.execProtocol(Buffer.concat([...messages, serialize.sync()]));
    return answer.messages;
  }
}
