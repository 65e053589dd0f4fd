/** Everything killed again and again while files and events come: each has its effect once, and none is lost. */
import { mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { awaitUntil } from '../support/await-until.ts';
import { eventOf, STRUCTURED } from '../support/events.ts';
import type { Loose } from '../support/harness.ts';
import {
  allGone,
  kill,
  send,
  startService,
  temporaryDir,
  type Service,
} from '../support/service.ts';

const TYPE = {
  name: 'log',
  version: 1,
  title: 'Log',
  sections: { Note: { title: 'Note', schema: { type: 'object' } } },
};
const TRIGGERS = [
  { type: 'dossier.file', start: 'Hello' },
  { type: 'test.hello', start: 'Hello', id: 'hello-{data.n}' },
  { type: 'test.note', signal: 'Note', instance: 'document:log-1' },
];
/** Of each kind, in each round. */
const EACH = 20;
/** Milliseconds after which everything is killed: while files are seen, taken, read, carried out, put away. */
const KILLS = [300, 700, 900, 1_200];

it('killed at any moment', { timeout: 480_000 }, async () => {
  const dir = await temporaryDir();
  const [types, folder, draft] = ['types', 'inbox', 'draft'].map((name) => join(dir, name)) as [
    string,
    string,
    string,
  ];
  for (const one of [types, draft]) mkdirSync(one);
  writeFileSync(join(types, 'log.json'), JSON.stringify(TYPE));
  const start = (): Promise<Service> =>
    startService('start', {
      DATA_DIR: join(dir, 'data'),
      DOCUMENT_TYPES_DIR: types,
      TRIGGERS: JSON.stringify(TRIGGERS),
      TRIGGER_FOLDER: folder,
    });
  let service = await start();
  const made = await send('POST', `${service.url}/api/documents`, { type: 'log', id: 'log-1' });
  expect(made.status, made.text).toBe(201);

  const drop = (name: string, content: string): void => {
    writeFileSync(join(draft, name), content);
    renameSync(join(draft, name), join(folder, name));
  };
  /** As a sender that does not give up. */
  const deliver = (event: object): Promise<true> =>
    awaitUntil(
      'it is taken',
      async () => {
        const response = await fetch(`${service.url}/api/triggers`, {
          method: 'POST',
          headers: { 'content-type': STRUCTURED },
          body: JSON.stringify(event),
          signal: AbortSignal.timeout(10_000),
        });
        await response.body?.cancel();
        return response.status === 202;
      },
      // Over four restarts, each of which takes as long as the machine is busy.
      180_000,
    );
  const deliveries: Promise<true>[] = [];
  for (const [round, ms] of KILLS.entries()) {
    for (let i = 0; i < EACH; i += 1) {
      const n = `${round}-${i}`;
      drop(`plain-${n}.txt`, n);
      drop(
        `note-${n}.json`,
        JSON.stringify(eventOf({ type: 'test.note', id: `f-${n}`, data: { n } })),
      );
      deliveries.push(deliver(eventOf({ id: n, data: { n } })));
      deliveries.push(deliver(eventOf({ type: 'test.note', id: `h-${n}`, data: { n } })));
    }
    await new Promise((resolve) => setTimeout(resolve, ms));
    const tree = service.tree();
    for (const pid of tree.toReversed()) kill(pid, 'SIGKILL');
    await allGone(tree);
    service = await start();
  }
  await Promise.all(deliveries);
  const all = KILLS.length * EACH;
  await awaitUntil(
    'all files are done',
    () => readdirSync(join(folder, 'done')).length === 2 * all,
    120_000,
  );
  expect(readdirSync(join(folder, '.taken'))).toEqual([]);
  expect(readdirSync(join(folder, 'failed'))).toEqual([]);

  const read = (path: string): Promise<Loose> =>
    send('GET', `${service.url}${path}`).then(({ body }) => body);
  // Each note is a version. A workflow task of a worker that was killed is given to another one after ten seconds, an
  // activity after thirty; the last kill may have met both, twice.
  await awaitUntil(
    'all notes are in',
    async () => {
      const { version } = await read('/api/documents/log-1');
      return version >= 1 + 2 * all;
    },
    120_000,
  );
  expect(await read('/api/documents/log-1')).toMatchObject({ version: 1 + 2 * all });
  const instances = await awaitUntil('all are listed', async () => {
    const found = await read('/runtime/webhooks/durabletask/instances?top=1000');
    const greetings = found.filter(({ name }: Loose) => name === 'Hello');
    return greetings.length >= 2 * all && greetings;
  });
  expect(instances).toHaveLength(2 * all);

  const tree = service.tree();
  kill(service.pid, 'SIGTERM');
  await allGone(tree, 20_000);
  expect((await service.ended).code).toBe(0);
});
