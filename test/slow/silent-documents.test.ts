/** A document that names another one which does not answer: it waits for a while, is told so, and goes on. */
import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { parentOf } from '../support/stored.ts';
import type { StatusView } from '../../src/workflows/documents/view.ts';
import { awaitUntil } from '../support/await-until.ts';
import { startHarness } from '../support/harness.ts';
import { hands, typeOf, typesOf } from '../support/workflow-types.ts';

const types = typesOf(typeOf('folder', { children: { folder: {} } }));
const harness = await startHarness({ documentTypes: types });
const { client, database, taskQueue } = harness;
const { create, command, fill, until } = hands(harness);
const workflow = (id: string) => client.workflow.getHandle(`document:${id}`);

/** There, but nobody works for it. */
async function silent(): Promise<string> {
  const id = randomUUID();
  await client.workflow.start('document', {
    workflowId: `document:${id}`,
    taskQueue: `nobody-${randomUUID()}`,
    args: [{ type: 'folder' }],
  });
  return id;
}

test(
  'a link to it is refused in the end; meanwhile the document is edited',
  { timeout: 150_000 },
  async () => {
    const child = await silent();
    const parent = await create('folder');
    await workflow(parent).signal('command', { kind: 'link', child });
    for (let i = 0; i < 5; i += 1) expect((await fill(parent, 'Note', { i })).status).toBe(200);
    const { refused } = await awaitUntil(
      'refused',
      async () => {
        const now = await workflow(parent).query<StatusView>('status');
        return now.refused.count === 1 && now;
      },
      60_000,
    );
    expect(refused.last).toMatchObject({ code: 'no-worker' });
    expect(await parentOf(database, child)).toBeUndefined();
    expect((await command(parent, 'cancel')).body.state).toBe('cancelled');
    expect(await workflow(parent).result()).toMatchObject({ state: 'cancelled', version: 6 });
    await workflow(child).terminate();
  },
);

test.concurrent(
  'a document made from it ends FAILED with the reason',
  { timeout: 150_000 },
  async () => {
    const from = await silent();
    const id = randomUUID();
    const handle = await client.workflow.start('document', {
      workflowId: `document:${id}`,
      taskQueue,
      args: [{ type: 'folder', from }],
    });
    await expect(handle.result()).rejects.toThrow();
    await until('in the archive', id, (now) => /does not answer/.test(now.customStatus));
    await workflow(from).terminate();
  },
);
