/** The real npm client of Azure Durable Functions, unchanged, in both of its ways to find its server. */
import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import type { DurableClient as Client } from 'durable-functions';
import { beforeAll, describe, expect, test } from 'vitest';
import { awaitUntil } from '../support/await-until.ts';
import { durableBinding } from '../support/durable-binding.ts';
import { startHarness } from '../support/harness.ts';

const { DurableClient } = createRequire(import.meta.url)(
  'durable-functions/lib/src/durableClient/DurableClient',
) as { readonly DurableClient: new (binding: object) => Client };

const harness = await startHarness();
const { app, taskQueue } = harness;
let origin = '';
beforeAll(async () => {
  origin = await app.listen({ host: '127.0.0.1', port: 0 });
});

describe.each([
  ['within a function app', true],
  ['by the webhook addresses', false],
])('%s', (_name, own) => {
  const client = (): Client =>
    new DurableClient(durableBinding(origin, { taskHub: taskQueue, own }));
  const ended = (id: string) =>
    awaitUntil('it has ended', async () => {
      const status = await client().getStatus(id);
      return ['Completed', 'Failed', 'Terminated'].includes(status.runtimeStatus) && status;
    });

  test('startNew, getStatus, raiseEvent', async () => {
    const instanceId = randomUUID();
    const input = { timeout: 'PT1H' };
    expect(await client().startNew('OrchFunction', { instanceId, input })).toBe(instanceId);
    const running = await client().getStatus(instanceId);
    expect(running).toMatchObject({ name: 'OrchFunction', instanceId, input, output: null });
    expect(running.createdTime).toBeInstanceOf(Date);
    await client().raiseEvent(instanceId, 'Approval', { approved: false });
    const output = ['Your project design proposal has been -  Rejected!'];
    expect(await ended(instanceId)).toMatchObject({ runtimeStatus: 'Completed', output });
    // After the end it is silent, as against Azure.
    await client().raiseEvent(instanceId, 'Approval', true);
    const options = { showHistory: true, showHistoryOutput: true, showInput: false };
    const whole = await client().getStatus(instanceId, options);
    // To its own host the client leaves out flags that are false.
    expect(whole.input).toEqual(own ? input : null);
    expect(whole.history?.[0]).toMatchObject({ EventType: 'ExecutionStarted' });
    const made = await client().startNew('ApprovalTexts');
    expect(made).toMatch(/^[0-9a-f]{32}$/);
    expect((await ended(made)).output).toHaveLength(2);
  });

  test('what is not there and what cannot be', async () => {
    const nobody = randomUUID();
    await expect(client().getStatus(nobody)).rejects.toThrow('HTTP 404');
    await expect(client().raiseEvent(nobody, 'Any', 1)).rejects.toThrow('No instance with ID');
    await expect(client().terminate(nobody, 'x')).rejects.toThrow('No instance with ID');
    await expect(client().startNew('Nobody')).rejects.toThrow("doesn't exist");
    const instanceId = await client().startNew('OrchFunction', { input: { timeout: 'PT1H' } });
    await expect(client().startNew('OrchFunction', { instanceId })).rejects.toThrow(
      'already exists',
    );
    await client().terminate(instanceId, 'Enough');
    expect(await ended(instanceId)).toMatchObject({
      runtimeStatus: 'Terminated',
      output: 'Enough',
    });
    await client().terminate(instanceId, 'Again');
  });

  test('getStatusAll, getStatusBy, purgeInstanceHistory, purgeInstanceHistoryBy', async () => {
    const createdTimeFrom = new Date();
    const ids = await Promise.all([1, 2, 3].map(() => client().startNew('ApprovalTexts')));
    for (const id of ids) await ended(id);
    const runtimeStatus = ['Completed'] as never;
    const listed = await awaitUntil('all are listed', async () => {
      const found = await client().getStatusBy({ createdTimeFrom, runtimeStatus });
      return found.length === ids.length && found;
    });
    expect(listed.map(({ instanceId }) => instanceId).toSorted()).toEqual(ids.toSorted());
    const all = await client().getStatusAll();
    expect(all.map(({ instanceId }) => instanceId)).toEqual(expect.arrayContaining(ids));

    const [first = '', ...others] = ids;
    expect(await client().purgeInstanceHistory(first)).toMatchObject({ instancesDeleted: 1 });
    expect(await client().purgeInstanceHistory(first)).toMatchObject({ instancesDeleted: 0 });
    await expect(client().getStatus(first)).rejects.toThrow('HTTP 404');
    const filter = { createdTimeFrom, createdTimeTo: new Date(), runtimeStatus };
    const { instancesDeleted } = await client().purgeInstanceHistoryBy(filter);
    expect(instancesDeleted).toBe(others.length);
    expect(await client().getStatusBy({ createdTimeFrom, runtimeStatus })).toEqual([]);
  });
});
