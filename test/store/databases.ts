/** Both databases, empty and prepared; each suite of test/store runs on each. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { sql } from 'kysely';
import { afterAll, beforeAll } from 'vitest';
import {
  openPostgres,
  prepareDatabase,
  type Database,
  type OpenDatabase,
} from '../../src/store/database.ts';
import { awaitUntil } from '../support/await-until.ts';
import { openEmpty } from '../support/database.ts';
import { freePort, onEnd, startPostgres } from '../support/service.ts';

let server: Promise<string> | undefined;
let databases = 0;

/** The URL of a new empty database on a PostgreSQL of this test file's own. */
export async function newPostgres(): Promise<string> {
  server ??= freePort().then(async (port) => (await startPostgres(port)).url);
  const url = await server;
  const name = `test${(databases += 1)}`;
  const admin = openPostgres(url);
  // It accepts connections a moment before it answers.
  await awaitUntil('PostgreSQL to answer', () => sql`select 1`.execute(admin.db));
  await sql`create database ${sql.id(name)}`.execute(admin.db);
  await admin.close();
  const place = new URL(url);
  place.pathname = `/${name}`;
  return place.href;
}

/** `describe.each(DATABASES)`: the name, and what opens a new empty one. */
export const DATABASES: readonly [string, () => Promise<OpenDatabase>][] = [
  ['PGlite', openEmpty],
  ['PostgreSQL', async () => openPostgres(await newPostgres())],
];

/** Within a `describe`: a database for its tests, there when they run and closed after them. */
export function databaseFor(open: () => Promise<OpenDatabase>): {
  readonly db: Database;
  readonly opened: OpenDatabase;
} {
  let opened: OpenDatabase | undefined;
  const there = (): OpenDatabase => {
    if (!opened) throw new Error('the database is there only within tests');
    return opened;
  };
  beforeAll(async () => {
    opened = await open();
    await prepareDatabase(opened);
  });
  afterAll(() => opened?.close());
  return {
    get db() {
      return there().db;
    },
    get opened() {
      return there();
    },
  };
}

/** A way to a port here whose connections of now can be made to carry nothing any more, without ending. */
export async function freezable(target: number): Promise<{ port: number; freeze: () => void }> {
  const sockets = new Set<Socket>();
  const server = createServer((incoming) => {
    const outgoing = connect({ host: '127.0.0.1', port: target });
    for (const socket of [incoming, outgoing]) sockets.add(socket.on('error', () => {}));
    incoming.pipe(outgoing).pipe(incoming);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onEnd(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const freeze = (): void => {
    for (const socket of sockets) socket.unpipe().pause();
  };
  return { port: (server.address() as AddressInfo).port, freeze };
}
