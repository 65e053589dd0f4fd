/**
 * Definitions that change while documents run, documents made from others, and every command by the temporal CLI with
 * the person named for whom the operator acts.
 */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { describe, expect, inject, test } from 'vitest';
import { COMMAND_KINDS, type CommandKind } from '../../src/contracts/documents/commands.ts';
import { documentTypes, type DocumentTypes } from '../../src/document-types/index.ts';
import { awaitUntil } from '../support/await-until.ts';
import { historyOf } from '../support/documents.ts';
import { call, startHarness, type Loose } from '../support/harness.ts';
import { replayFailures } from '../support/replaying.ts';
import { hands, typeOf } from '../support/workflow-types.ts';

const text = (maxLength: number, more: object = {}) => ({
  type: 'object',
  properties: { text: { type: 'string', maxLength }, ...more },
  required: ['text'],
  additionalProperties: false,
});
const approval = { stages: [{ name: 'one', approvers: ['anyone'], ownerMayDecide: true }] };
const first = typeOf('paper', {
  sections: { Body: { title: 'Body', schema: text(100) } },
  approval,
});
const second = typeOf('paper', {
  version: 2,
  metadata: { type: 'object', properties: { team: { type: 'string' } }, required: ['team'] },
  sections: {
    Body: { title: 'Body', schema: text(10) },
    Summary: { title: 'Summary', schema: text(100), required: false },
  },
  approval,
});
const all = typeOf('all', {
  sections: {
    Body: { title: 'Body', schema: text(100), deadline: 'P1D' },
    Other: { title: 'Other', schema: text(100), required: false },
  },
  children: { child: {} },
  approval,
});
const child = typeOf('child', {
  sections: {
    Body: { title: 'Body', schema: text(100), required: false },
    Secret: {
      title: 'Secret',
      required: false,
      fill: ['owner'],
      schema: { type: 'object', properties: { word: { type: 'string', sensitive: true } } },
    },
  },
});

/** Which definitions there are now: what a restart with another file does. */
let newest = first;
const changing: DocumentTypes = {
  get all() {
    return documentTypes([newest, all, child]).all;
  },
  find: (name) => documentTypes([newest, all, child]).find(name),
};

const harness = await startHarness({ documentTypes: changing });
const { client, taskQueue } = harness;
const { create, command, fill, event, read, until } = hands(harness);
const workflow = (id: string) => client.workflow.getHandle(`document:${id}`);

const run = promisify(execFile);
async function cli(...args: string[]): Promise<string> {
  const to = ['--address', inject('temporalAddress')];
  const { stdout } = await run(inject('temporalCli'), [...args, ...to], { timeout: 20_000 });
  return stdout;
}
async function startByCli(input: object): Promise<string> {
  const id = randomUUID();
  const what = ['--type', 'document', '--task-queue', taskQueue, '--workflow-id', `document:${id}`];
  await cli('workflow', 'start', ...what, '--input', JSON.stringify(input));
  return id;
}
async function updateByCli(id: string, input: object): Promise<Loose> {
  const to = ['--workflow-id', `document:${id}`, '--name', 'command'];
  const sent = ['--input', JSON.stringify(input), '--output', 'json'];
  const answer = JSON.parse(await cli('workflow', 'update', 'execute', ...to, ...sent));
  return answer.result;
}

describe('migrate', () => {
  test(
    'by HTTP, by the CLI, by a signal; until then the old definition holds',
    { timeout: 30_000 },
    async () => {
      newest = first;
      const ids = await Promise.all(
        ['http', 'cli', 'signal', 'stays', 'long'].map((title) =>
          create('paper', { title, metadata: { team: 'x' }, sections: { Body: { text: title } } }),
        ),
      );
      const [byHttp = '', byCli = '', bySignal = '', stays = '', long = ''] = ids;
      await fill(long, 'Body', { text: 'longer than ten' });
      const bare = await create('paper', { sections: { Body: { text: 'longer than ten too' } } });
      expect((await command(byHttp, 'migrate')).body).toMatchObject({ typeVersion: 1, version: 1 });

      newest = second;
      await harness.stopWorker();
      await harness.startWorker();
      // What runs keeps the definition that it began with, also for a worker and a gateway that know a newer one.
      expect(await read(stays)).toMatchObject({ typeVersion: 1 });
      expect((await fill(stays, 'Body', { text: 'more than ten' })).status).toBe(200);
      expect((await fill(stays, 'Summary', { text: 'x' })).body.code).toBe('unknown-section');

      const migrated = await command(byHttp, 'migrate');
      expect(migrated).toMatchObject({ status: 200, body: { typeVersion: 2, version: 2 } });
      expect((await fill(byHttp, 'Summary', { text: 'new' })).status).toBe(200);
      expect(await updateByCli(byCli, { kind: 'migrate', actor: 'carla' })).toMatchObject({
        changed: true,
        version: 2,
      });
      expect(await updateByCli(byCli, { kind: 'migrate' })).toMatchObject({ changed: false });
      expect((await event(bySignal, 'command', { kind: 'migrate' })).status).toBe(202);
      await until('migrated', bySignal, (now) => now.typeVersion === 2);

      const misfit = await command(long, 'migrate');
      expect(misfit).toMatchObject({ status: 422, body: { code: 'invalid-data' } });
      expect(misfit.body.errors.map((one: Loose) => one.pointer)).toEqual(['/sections/Body/text']);
      const places = (await command(bare, 'migrate')).body.errors.map((one: Loose) => one.pointer);
      expect(places).toEqual(['/sections/Body/text', '/metadata/team']);
      await workflow(bare).signal('command', { kind: 'migrate' });
      const refused = await awaitUntil('recorded', async () => {
        const { entries } = await historyOf(harness, bare);
        return entries.find(({ via, accepted }) => via === 'signal' && !accepted);
      });
      expect(refused).toMatchObject({ code: 'invalid-data', by: 'operator' });
      expect((await read(long)).typeVersion).toBe(1);

      // The file went back to an older version.
      newest = first;
      const older = await command(byHttp, 'migrate');
      expect(older).toMatchObject({ status: 409, body: { code: 'wrong-state' } });
      const { entries } = await historyOf(harness, byCli);
      expect(entries.at(-1)).toMatchObject({ command: 'migrate', by: 'carla' });
      // As it was before, with the definition of that time.
      const then = await call(harness, 'GET', `/api/documents/${byHttp}?version=1`);
      expect(then.body).toMatchObject({ typeVersion: 1, version: 1 });
      expect(Object.keys(then.body.sections)).toEqual(['Body']);
      const workflowIds = [...ids, bare].map((id) => `document:${id}`);
      expect(await replayFailures(client, workflowIds)).toEqual([]);
    },
  );
});

describe('made from another document, by the CLI', () => {
  test('an open one and an archived one', async () => {
    const source = await create('child', {
      title: 'Source',
      metadata: { a: 1 },
      sections: { Body: { text: 'reused' }, Secret: { word: 'xyzzy' } },
    });
    const fromOpen = await startByCli({ type: 'child', from: source, actor: 'dora' });
    expect(await until('made', fromOpen, (now) => now.version === 1)).toMatchObject({
      owner: 'dora',
      metadata: { a: 1 },
      from: { id: source, version: 1 },
      sections: { Body: { data: { text: 'reused' } } },
    });
    await command(source, 'submit');
    await workflow(source).result();
    const parent = await create('all');
    const fromArchive = await startByCli({
      type: 'child',
      parent,
      from: { id: source, sections: ['Body'], metadata: false },
      title: 'Again',
    });
    expect(await until('made', fromArchive, (now) => now.version === 1)).toMatchObject({
      title: 'Again',
      metadata: {},
      parent,
      sections: { Body: { data: { text: 'reused' } }, Secret: { state: 'open' } },
    });
    await until('below', parent, (now) => now.children?.[fromArchive]?.title === 'Again');
  });

  test(
    'an unusable one ends FAILED with the reason, and is in the lists',
    { timeout: 30_000 },
    async () => {
      const source = await create('child', { sections: { Body: { text: 'reused' } } });
      const foreign = `foreign-${randomUUID()}`;
      await client.workflow.start('reconcile', { workflowId: foreign, taskQueue, args: [] });
      const unusable: [object, RegExp][] = [
        [{ from: 'nobody' }, /no document nobody/],
        [{ from: foreign }, /no document foreign/],
        [{ from: { id: source, sections: ['Nothing'] } }, /nothing in a section Nothing/],
        [{ from: { id: source, wrong: 1 } }, /not a request to create/],
        [{ parent: 'nobody' }, /no document nobody/],
        [{ parent: source }, /Nothing can be below child/],
        [{ parent: `document:${source}` }, /no document document:/],
      ];
      const ids = await Promise.all(
        unusable.map(async ([more]) => {
          const id = randomUUID();
          await client.workflow.start('document', {
            workflowId: `document:${id}`,
            taskQueue,
            args: [{ type: 'child', ...more }],
          });
          return id;
        }),
      );
      for (const [i, id] of ids.entries()) {
        const [what, reason] = unusable[i]!;
        await expect(workflow(id).result(), JSON.stringify(what)).rejects.toThrow();
        expect((await workflow(id).describe()).status.name).toBe('FAILED');
        const failed = await read(id);
        expect(failed).toMatchObject({ id, state: 'failed' });
        expect(failed.customStatus).toMatch(reason);
      }
      const list = await call(harness, 'GET', '/api/documents?state=failed&limit=200');
      const listed = list.body._embedded.documents.map((row: Loose) => row.id);
      expect(listed).toEqual(expect.arrayContaining(ids));
    },
  );
});

test('every command by the CLI, in the name of somebody', { timeout: 60_000 }, async () => {
  newest = first;
  const id = await startByCli({ type: 'all', actor: 'ann', metadata: { a: 1 } });
  await until('open', id, (now) => now.state === 'open');
  const below = await create('child');
  const section = 'Body';
  const later = new Date(Date.now() + 3_600_000).toISOString();
  const inputs: [CommandKind, object, object][] = [
    ['extend', { section, until: later }, { state: 'open' }],
    ['fill', { section, data: { text: 'one' }, ifVersion: 1 }, { version: 2 }],
    ['fill-many', { sections: { Body: { text: 'two' }, Other: { text: 'two' } } }, { version: 3 }],
    ['merge', { section, patch: { text: 'three' }, ifVersion: '*' }, { version: 4 }],
    [
      'patch',
      { section, operations: [{ op: 'replace', path: '/text', value: 'four' }] },
      { version: 5 },
    ],
    ['edit', { title: 'Five', metadata: { a: 5 }, sections: { Other: null } }, { version: 6 }],
    ['withdraw', { section, reason: 'wrong' }, { version: 7 }],
    ['assign', { section, to: 'bob' }, { version: 7 }],
    ['comment', { text: 'by hand', section }, { version: 7 }],
    ['link', { child: below }, { version: 7, changed: true }],
    ['unlink', { child: below }, { version: 7, changed: true }],
    ['migrate', {}, { changed: false }],
    ['transfer', { to: 'eve' }, { version: 7 }],
    ['fill', { section, data: { text: 'eight' } }, { version: 8 }],
    ['submit', { version: 8 }, { state: 'in-review' }],
    ['delegate', { to: 'dan', reason: 'away' }, { state: 'in-review' }],
    ['remind', {}, { state: 'in-review' }],
    ['request-changes', { sections: { Body: 'why?' } }, { state: 'changes-requested' }],
    ['submit', {}, { state: 'in-review' }],
    ['reopen', { reason: 'not yet' }, { state: 'open' }],
    ['submit', {}, { state: 'in-review' }],
    ['approve', { reason: 'fine', version: 8 }, { state: 'approved' }],
  ];
  for (const [kind, more, expected] of inputs) {
    const answer = await updateByCli(id, { kind, actor: `by-${kind}`, ...more });
    expect(answer, kind).toMatchObject({ changed: true, ...expected });
    if ('document' in answer) expect(answer.document.id).toBe(id);
  }
  const others: [CommandKind, string][] = [
    ['reject', 'rejected'],
    ['cancel', 'cancelled'],
    ['archive', 'expired'],
  ];
  for (const [kind, state] of others) {
    const other = await create('all', { sections: { Body: { text: 'x' } } });
    if (kind === 'reject') await command(other, 'submit');
    const answer = await updateByCli(other, { kind, actor: 'carla', reason: 'by hand' });
    expect(answer, kind).toMatchObject({ changed: true, state });
    const { entries } = await historyOf(harness, other);
    expect(entries.at(-1)).toMatchObject({ by: 'carla', reason: 'by hand', via: 'update' });
  }
  const tried = new Set([...inputs.map(([kind]) => kind), ...others.map(([kind]) => kind)]);
  expect([...tried].toSorted()).toEqual([...COMMAND_KINDS].toSorted());

  expect(await workflow(id).result()).toMatchObject({ state: 'approved', version: 8 });
  expect(await read(id)).toMatchObject({ owner: 'eve', title: 'Five', state: 'approved' });
  const { entries } = await historyOf(harness, id);
  const by = entries.filter((entry) => entry.via === 'update').map((entry) => entry.by);
  // One that changed nothing leaves no entry; those of several sections leave one for each.
  const expected = inputs.map(([kind]) => `by-${kind}`).filter((one) => one !== 'by-migrate');
  expect([...new Set(by)]).toEqual([...new Set(expected)]);
  const late = await updateByCli(id, { kind: 'cancel' }).catch((error: Error) => error);
  expect(String(late)).toContain('workflow execution already completed');
});
