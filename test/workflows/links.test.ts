/** Documents below documents: what the one says reaches the other, whatever happens in between, and nothing waits for ever. */
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Database } from '../../src/store/database.ts';
import { childrenOf, parentOf } from '../support/stored.ts';
import { NOTICE, type CommandResult } from '../../src/workflows/documents/messages.ts';
import { SYSTEM } from '../../src/contracts/caller.ts';
import { awaitUntil } from '../support/await-until.ts';
import { eventsOf, historyOf, named, runsOf } from '../support/documents.ts';
import { call, startHarness } from '../support/harness.ts';
import { replayFailures } from '../support/replaying.ts';
import { hands, typeOf, typesOf } from '../support/workflow-types.ts';

const optional = { title: 'Note', schema: { type: 'object' }, required: false };
const children = {
  folder: {},
  item: { onCancel: 'cancel', finishBeforeSubmit: true },
  memo: { onCancel: 'keep' },
  secret: {},
};
const types = typesOf(
  typeOf('folder', { sections: { Note: optional }, children }),
  // Done as soon as there is a note and the last item is closed.
  typeOf('batch', { submit: 'automatic', children }),
  typeOf('item', { sections: { Note: optional } }),
  typeOf('memo', { sections: { Note: optional } }),
  typeOf('single', { children: { item: { max: 1 } } }),
  typeOf('secret', {
    permissions: { read: ['owner'] },
    sections: { Note: { ...optional, fill: ['owner'] } },
  }),
);

/** While there is one, whatever the worker wants to change in the database waits for it. */
let gate: Promise<void> | undefined;
/** How many wait there. */
let waiting = 0;
const gated = (database: Database): Database =>
  new Proxy(database, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (name !== 'transaction') return typeof value === 'function' ? value.bind(target) : value;
      return () => gatedBuilder(target.transaction());
    },
  });
function gatedBuilder<T extends object>(builder: T): T {
  return new Proxy(builder, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (name === 'setIsolationLevel')
        return (...args: unknown[]) =>
          gatedBuilder((value as (...all: unknown[]) => object).apply(target, args));
      if (name !== 'execute') return value;
      return async (...args: unknown[]) => {
        waiting += 1;
        await gate;
        waiting -= 1;
        return (value as (...all: unknown[]) => unknown).apply(target, args);
      };
    },
  });
}
/** Runs `during` while a change in the database waits, then lets it go on. */
async function whileWaiting<T>(during: () => Promise<T>): Promise<T> {
  let open = (): void => {};
  gate = new Promise((resolve) => (open = resolve));
  try {
    return await during();
  } finally {
    gate = undefined;
    open();
  }
}

const harness = await startHarness({ documentTypes: types, workerDatabase: gated });
const { client, database, taskQueue } = harness;
const { create, command, fill, event, read, until } = hands(harness);

const workflow = (id: string) => client.workflow.getHandle(`document:${id}`);
const statesOf = (document: { children?: Record<string, { state: string }> }) =>
  Object.fromEntries(Object.entries(document.children ?? {}).map(([id, one]) => [id, one.state]));
/** By a plain client, as the CLI does it. */
const byCli = (id: string, what: object): Promise<CommandResult> =>
  workflow(id).executeUpdate<CommandResult, [object]>('command', { args: [what] });

async function startByCli(input: object): Promise<string> {
  const id = randomUUID();
  await client.workflow.start('document', {
    workflowId: `document:${id}`,
    taskQueue,
    args: [input],
  });
  return id;
}

/** So many edits by plain signals, and until all of them are in. */
async function edit(id: string, count: number): Promise<void> {
  const { version } = await read(id);
  for (let from = 0; from < count; from += 40) {
    await Promise.all(
      Array.from({ length: Math.min(40, count - from) }, (_, i) =>
        workflow(id).signal('Note', { text: `${randomUUID()} ${from + i}` }),
      ),
    );
  }
  await until('all edits', id, (now) => now.version === version + count);
}

describe('a document below another', () => {
  test('from the beginning, over HTTP and by the CLI; both know it', async () => {
    const parent = await create('folder');
    const byHttp = await create('item', { parent });
    const byOther = await startByCli({ type: 'memo', title: 'By hand', parent, actor: 'bob' });
    const seen = await until('both', parent, (now) => Object.keys(statesOf(now)).length === 2);
    expect(seen.children).toEqual({
      [byHttp]: { type: 'item', title: 'item', state: 'open' },
      [byOther]: { type: 'memo', title: 'By hand', state: 'open' },
    });
    expect(await childrenOf(database, parent)).toEqual([byHttp, byOther].toSorted());
    for (const child of [byHttp, byOther]) {
      expect((await read(child)).parent).toBe(parent);
      const { entries } = await historyOf(harness, child);
      expect(entries.map((entry) => entry.command)).toEqual(['create']);
    }
    const listed = await awaitUntil('listed', async () => {
      const list = await call(harness, 'GET', `/api/documents?parent=${parent}`);
      const { documents } = list.body._embedded;
      return documents.length === 2 && documents;
    });
    expect(listed.map((row: { id: string }) => row.id).toSorted()).toEqual(
      [byHttp, byOther].toSorted(),
    );
  });

  test('a parent that takes no such child, or is not there, makes no document', async () => {
    const parent = await create('single');
    const make = (more: object) =>
      call(harness, 'POST', '/api/documents', { type: 'item', ...more }, { 'x-user': 'ann' });
    expect(await make({ parent: 'nobody' })).toMatchObject({ status: 404 });
    // The workflow id would be another name for it, under which nobody would find the child.
    expect(await make({ parent: `document:${parent}` })).toMatchObject({ status: 404 });
    const memo = await make({ type: 'memo', parent });
    expect(memo).toMatchObject({ status: 409, body: { code: 'not-linkable' } });
    expect((await make({ parent })).status).toBe(201);
    await until('it is in', parent, (now) => now.children);
    expect(await make({ parent })).toMatchObject({ status: 409, body: { code: 'not-linkable' } });

    const byOther = await startByCli({ type: 'item', parent });
    await expect(workflow(byOther).result()).rejects.toThrow();
    expect(await read(byOther)).toMatchObject({
      state: 'failed',
      customStatus: expect.stringContaining('There are 1 of type item'),
    });
  });

  test('linked and taken out by updates and by signals', async () => {
    const parent = await create('folder');
    const [one, two] = [await create('item'), await create('memo')];
    const linked = await command(parent, 'link', { child: one });
    expect(linked).toMatchObject({ status: 200, body: { version: 1, revision: 2 } });
    expect((await event(parent, 'command', { kind: 'link', child: two })).status).toBe(202);
    await until('both are below', parent, (now) => Object.keys(now.children ?? {}).length === 2);
    for (const child of [one, two]) await until('it knows', child, (now) => now.parent === parent);
    // Again it changes nothing.
    expect((await command(parent, 'link', { child: one })).body.revision).toBe(3);
    expect((await byCli(parent, { kind: 'link', child: two })).changed).toBe(false);

    expect((await command(parent, 'unlink', { child: one })).status).toBe(200);
    await workflow(parent).signal('command', { kind: 'unlink', child: two, actor: 'eve' });
    const left = await until('none is left', parent, (now) => now.children === undefined);
    for (const child of [one, two])
      await until('it is free', child, (now) => now.parent === undefined);
    expect(await childrenOf(database, parent)).toEqual([]);
    const { entries } = await historyOf(harness, parent);
    expect(entries.map((entry) => [entry.command, entry.by])).toEqual([
      ['create', 'ann'],
      [`link ${one}`, 'ann'],
      [`link ${two}`, 'ann'],
      [`unlink ${one}`, 'ann'],
      [`unlink ${two}`, 'eve'],
    ]);
    expect(left.version, 'links are no content').toBe(1);

    // Taken out there, it can be put below another one.
    const other = await create('folder');
    expect((await command(other, 'link', { child: one })).status).toBe(200);
    await until('it knows', one, (now) => now.parent === other);
    expect(await parentOf(database, one)).toBe(other);
    const taken = await command(parent, 'link', { child: one });
    expect(taken).toMatchObject({ status: 409, body: { code: 'not-linkable' } });
    expect(taken.text).not.toContain(other);
  });

  test('only what there is, and what one may see', { timeout: 30_000 }, async () => {
    const parent = await create('folder');
    const secret = await create('secret', {}, 'boss');
    const foreign = `foreign-${randomUUID()}`;
    await client.workflow.start('reconcile', { workflowId: foreign, taskQueue, args: [] });
    for (const child of ['nobody', secret, `document:${parent}`, foreign]) {
      const refused = await command(parent, 'link', { child });
      expect(refused, child).toMatchObject({ status: 404, body: { code: 'not-found' } });
      expect(await parentOf(database, child)).toBeUndefined();
    }
    const itself = await command(parent, 'link', { child: parent });
    expect(itself).toMatchObject({ status: 409, body: { code: 'not-linkable' } });
    const single = await create('single');
    const memo = await create('memo');
    const wrong = await command(single, 'link', { child: memo });
    expect(wrong).toMatchObject({ status: 409, body: { code: 'not-linkable' } });
    const notMine = await command(parent, 'link', { child: memo }, 'bob');
    expect(notMine).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    await workflow(parent).signal('command', { kind: 'link', child: 'nobody' });
    const status = await awaitUntil('recorded', async () => {
      const now = await workflow(parent).query<{ refused: { count: number; last?: object } }>(
        'status',
      );
      return now.refused.count === 1 && now;
    });
    expect(status.refused.last).toMatchObject({ command: 'command', code: 'not-found' });
    expect((await read(parent)).revision).toBe(1);
  });
});

describe('what a child does', () => {
  test('reaches the one above: states and titles, nothing else', async () => {
    const parent = await create('folder');
    const child = await create('item', { parent });
    await until('it is in', parent, (now) => now.children);
    await fill(child, 'Note', { text: 'nobody above needs to know' });
    await call(
      harness,
      'PATCH',
      `/api/documents/${child}`,
      { title: 'Renamed' },
      { 'x-user': 'ann', 'content-type': 'application/merge-patch+json' },
    );
    await until('renamed', parent, (now) => now.children[child].title === 'Renamed');
    expect((await command(child, 'submit')).body.state).toBe('approved');
    await until('approved', parent, (now) => now.children[child].state === 'approved');
    const { entries } = await historyOf(harness, parent);
    expect(entries.map((entry) => entry.command)).toEqual([
      'create',
      `link ${child}`,
      `child ${child}`,
      `child ${child}`,
    ]);
  });

  test('is not heard any more once it has been taken out', async () => {
    const parent = await create('folder');
    const child = await create('item', { parent });
    await until('it is in', parent, (now) => now.children);
    await command(parent, 'unlink', { child });
    // What it has said before it learns of it comes late.
    await harness.temporal.call({ caller: SYSTEM }, (plain) =>
      plain.workflow.getHandle(`document:${parent}`).signal(NOTICE, {
        kind: 'child',
        child,
        is: { type: 'item', title: 'Late', state: 'in-review' },
        joining: false,
      }),
    );
    await until('it is free', child, (now) => now.parent === undefined);
    expect((await fill(parent, 'Note', { text: 'after that' })).status).toBe(200);
    expect(await read(parent)).not.toHaveProperty('children');
  });

  test('keeps the one above from being submitted, until it is closed', async () => {
    const folder = await create('folder');
    const item = await create('item', { parent: folder });
    const memo = await create('memo', { parent: folder });
    await until('both', folder, (now) => Object.keys(now.children ?? {}).length === 2);
    const refused = await command(folder, 'submit');
    expect(refused).toMatchObject({ status: 409, body: { code: 'wrong-state' } });
    expect(refused.body.detail).toContain(`document ${item} to be finished`);
    expect(refused.body.detail).not.toContain(memo);
    await command(item, 'cancel');
    await until('told', folder, (now) => now.children[item].state === 'cancelled');
    expect((await command(folder, 'submit')).body.state).toBe('approved');

    // By itself: the last of them closes it.
    const batch = await create('batch');
    const items = [
      await create('item', { parent: batch }),
      await create('item', { parent: batch }),
    ];
    await until('both', batch, (now) => Object.keys(now.children ?? {}).length === 2);
    expect((await fill(batch, 'Note', { text: 'complete' })).body.state).toBe('open');
    await command(items[0]!, 'submit');
    await until('one', batch, (now) => now.children[items[0]!].state === 'approved');
    expect((await read(batch)).state).toBe('open');
    await command(items[1]!, 'submit');
    await until('submitted', batch, (now) => now.state === 'approved');
    expect(await workflow(batch).result()).toMatchObject({ state: 'approved' });
  });

  test('is cancelled with the one above, or kept, as its type says', async () => {
    const parent = await create('folder');
    const item = await create('item', { parent });
    const done = await create('item', { parent });
    const memo = await create('memo', { parent });
    await until('all', parent, (now) => Object.keys(now.children ?? {}).length === 3);
    await command(done, 'submit');
    await until('told', parent, (now) => now.children[done].state === 'approved');
    expect((await command(parent, 'cancel', { reason: 'Over' })).body.state).toBe('cancelled');
    const gone = await until('along', item, (now) => now.state === 'cancelled');
    expect(gone.closedReason).toBe(`The document above it, ${parent}, was cancelled.`);
    const { entries } = await historyOf(harness, item);
    expect(entries.at(-1)).toMatchObject({ command: 'cancel', by: 'system', via: 'system' });
    expect(await workflow(parent).result()).toMatchObject({ state: 'cancelled' });
    expect((await read(done)).state).toBe('approved');
    // The one above is closed: it hears nothing more, and that keeps nobody from closing.
    expect((await command(memo, 'submit')).body.state).toBe('approved');
    expect(await workflow(memo).result()).toMatchObject({ state: 'approved' });
    expect(statesOf(await read(parent))[memo]).toBe('open');
  });

  test('also when the parent is cancelled through Temporal', async () => {
    const parent = await create('folder');
    const item = await create('item', { parent });
    await until('it is in', parent, (now) => now.children);
    await workflow(parent).cancel();
    await until('along', item, (now) => now.state === 'cancelled');
    expect((await read(parent)).state).toBe('cancelled');
  });
});

// On a busy machine single workflow tasks get lost, and Temporal gives them to a worker again after 10 s.
describe('races', { timeout: 40_000 }, () => {
  test('a cycle is refused, also when two links make it together', async () => {
    const [a, b, c] = [await create('folder'), await create('folder'), await create('folder')];
    expect((await command(a, 'link', { child: b })).status).toBe(200);
    expect((await command(b, 'link', { child: c })).status).toBe(200);
    const refused = await command(c, 'link', { child: a });
    expect(refused).toMatchObject({ status: 409, body: { code: 'not-linkable' } });
    for (let round = 0; round < 4; round += 1) {
      const [x, y] = [await create('folder'), await create('folder')];
      const both = await Promise.all([
        command(x, 'link', { child: y }),
        command(y, 'link', { child: x }),
      ]);
      expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409]);
    }
  });

  test('a child that closes while it is linked: the one above learns of it', async () => {
    const pairs = await Promise.all(
      Array.from({ length: 10 }, async () => [await create('batch'), await create('item')]),
    );
    const answers = await Promise.all(
      pairs.flatMap(([parent = '', child = '']) => [
        command(parent, 'link', { child }),
        command(child, 'submit'),
      ]),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
    for (const [parent = '', child = ''] of pairs) {
      await until('it knows', parent, (now) => now.children[child].state === 'approved');
      // An open item would keep it from that.
      expect((await fill(parent, 'Note', { text: 'complete' })).body.state).toBe('approved');
    }
  });

  test('a child that was read open and has closed before the link was noted', async () => {
    const parent = await create('batch');
    const child = await create('item');
    const linking = whileWaiting(async () => {
      const link = command(parent, 'link', { child });
      await awaitUntil('the link waits', () => waiting > 0);
      expect((await command(child, 'submit')).body.state).toBe('approved');
      return { link };
    });
    expect((await (await linking).link).status).toBe(200);
    await until('it knows', parent, (now) => now.children[child].state === 'approved');
    expect(await workflow(child).result()).toMatchObject({ state: 'approved' });
  });

  test('a link that the document refuses after the lookup is taken back', async () => {
    const parent = await create('folder');
    const child = await create('item');
    const { link } = await whileWaiting(async () => {
      const made = command(parent, 'link', { child });
      await awaitUntil('the link waits', () => waiting > 0);
      // By the time it is noted, the document is closed.
      expect((await command(parent, 'cancel')).body.state).toBe('cancelled');
      return { link: made };
    });
    expect(await link).toMatchObject({ status: 409, body: { code: 'wrong-state' } });
    expect(await workflow(parent).result()).toMatchObject({ state: 'cancelled' });
    expect(await parentOf(database, child)).toBeUndefined();
    expect((await command(await create('folder'), 'link', { child })).status).toBe(200);
  });

  test('a workflow that is cancelled while a link by a signal is under way is archived', async () => {
    const parent = await create('folder');
    const child = await create('item');
    await whileWaiting(async () => {
      await workflow(parent).signal('command', { kind: 'link', child });
      await awaitUntil('the link waits', () => waiting > 0);
      await workflow(parent).cancel();
      await awaitUntil('the request is there', async () => {
        const events = await eventsOf(client, `document:${parent}`);
        const last = events.findLastIndex(
          (one) => named(one) === 'WORKFLOW_EXECUTION_CANCEL_REQUESTED',
        );
        return last > 0 && events.slice(last).some((e) => named(e) === 'WORKFLOW_TASK_COMPLETED');
      });
    });
    await expect(workflow(parent).result()).rejects.toThrow('cancelled');
    expect((await read(parent)).state).toBe('cancelled');
    const { entries } = await historyOf(harness, parent);
    expect(entries.map((entry) => entry.command)).toContain('cancel');
  });

  test('taken out and put in again at once: document and database agree', async () => {
    const parent = await create('folder');
    const child = await create('item', { parent });
    await until('it is in', parent, (now) => now.children);
    for (let round = 0; round < 5; round += 1) {
      const kinds = ['unlink', 'link', 'unlink', 'link'];
      await Promise.all(kinds.map((kind) => workflow(parent).signal('command', { kind, child })));
      await command(parent, 'comment', { text: `round ${round}` });
      await awaitUntil('quiet', async () => {
        const { raw } = await workflow(parent).describe();
        return !raw.pendingWorkflowTask && (raw.pendingActivities ?? []).length === 0;
      });
      const linked = Object.hasOwn((await read(parent)).children ?? {}, child);
      expect(await parentOf(database, child)).toBe(linked ? parent : undefined);
      if (!linked) await command(parent, 'link', { child });
    }
    await until('the child agrees', child, (now) => now.parent === parent);
  });

  test(
    'many commands at once, with and without a lookup, replay',
    { timeout: 40_000 },
    async () => {
      const parents = await Promise.all(Array.from({ length: 4 }, () => create('folder')));
      const all = parents.map(async (parent, n) => {
        const below = await Promise.all(Array.from({ length: 4 }, () => create('item')));
        const sent = below.flatMap((child, i) => [
          command(parent, 'link', { child }),
          fill(parent, 'Note', { text: `${n} ${i}` }),
          byCli(parent, { kind: 'migrate' }),
          command(parent, 'unlink', { child: below[(i + 1) % 4] }),
          workflow(parent).signal('command', { kind: 'link', child: below[(i + 2) % 4] }),
          workflow(parent).signal('Note', { text: `by signal ${n} ${i}` }),
          event(parent, 'command', { kind: 'migrate' }),
          command(parent, 'comment', { text: 'in between' }),
        ]);
        await Promise.all(sent);
        await command(parent, 'cancel');
        await workflow(parent).result();
        return [parent, ...below];
      });
      const ids = (await Promise.all(all)).flat();
      expect(
        await replayFailures(
          client,
          ids.map((id) => `document:${id}`),
        ),
      ).toEqual([]);
    },
  );
});

test('links live on when the documents continue as new', { timeout: 60_000 }, async () => {
  const parent = await create('folder');
  const [kept, item, late] = [
    await create('memo', { parent }),
    await create('item', { parent }),
    await create('item'),
  ];
  await until('both', parent, (now) => Object.keys(now.children ?? {}).length === 2);
  await Promise.all([edit(parent, 510), edit(item, 510)]);
  for (const id of [parent, item]) {
    await awaitUntil('the next run', async () => {
      const runs = await runsOf(client, `document:${id}`);
      return runs.length === 2;
    });
  }
  expect((await read(item)).parent).toBe(parent);
  expect(statesOf(await read(parent))).toEqual({ [kept]: 'open', [item]: 'open' });
  // Linking goes on during the next edits.
  const [linked] = await Promise.all([command(parent, 'link', { child: late }), edit(parent, 40)]);
  expect(linked.status).toBe(200);
  await command(kept, 'submit');
  await until('told', parent, (now) => now.children[kept].state === 'approved');
  await command(parent, 'unlink', { child: late });
  await until('free', late, (now) => now.parent === undefined);
  await command(parent, 'cancel');
  await until('along', item, (now) => now.state === 'cancelled');
  expect((await read(late)).state).toBe('open');
  const ids = [parent, item, kept].map((id) => `document:${id}`);
  expect(await replayFailures(client, ids)).toEqual([]);
});
