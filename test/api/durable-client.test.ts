/** The real npm client of Azure Durable Functions, unchanged, in both of its ways to find its server. */
import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { EntityId, type DurableClient as Client } from 'durable-functions';
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

  test('suspend, resume, and events meanwhile', async () => {
    const instanceId = await client().startNew('OrchFunction', { input: { timeout: 'PT1H' } });
    const becomes = (wanted: string) =>
      awaitUntil(`it is ${wanted}`, async () =>
        [wanted].includes((await client().getStatus(instanceId)).runtimeStatus),
      );
    await becomes('Running');
    await client().suspend(instanceId, 'lunch');
    await becomes('Suspended');
    await expect(client().suspend(instanceId, 'again')).rejects.toThrow('500');
    await client().raiseEvent(instanceId, 'Approval', true);
    expect((await client().getStatus(instanceId)).runtimeStatus).toBe('Suspended');
    await client().resume(instanceId, 'done');
    expect(await ended(instanceId)).toMatchObject({ runtimeStatus: 'Completed' });
    // After the end both are silent, as against Azure.
    await client().suspend(instanceId, 'late');
    await client().resume(instanceId, 'late');
    await expect(client().suspend(randomUUID(), 'x')).rejects.toThrow('No instance with ID');
    await expect(client().resume(randomUUID(), 'x')).rejects.toThrow('No instance with ID');
  });

  test('rewind: what has failed is taken up again, anything else is an error', async () => {
    const instanceId = await client().startNew('StartWorkflow', { input: 7 });
    const failed = await ended(instanceId);
    expect(failed.runtimeStatus).toBe('Failed');
    await client().rewind(instanceId, 'mended');
    expect(await ended(instanceId)).toMatchObject({
      runtimeStatus: 'Failed',
      output: failed.output,
    });
    const done = await client().startNew('ApprovalTexts');
    await ended(done);
    await expect(client().rewind(done, 'x')).rejects.toThrow('410');
    await expect(client().rewind(randomUUID(), 'x')).rejects.toThrow('No instance with ID');
  });

  test('createCheckStatusResponse, createHttpManagementPayload, and waiting for the end', async () => {
    const instanceId = await client().startNew('ApprovalTexts');
    const request = { url: `${origin}/api/orchestrators/ApprovalTexts` } as never;
    const response = client().createCheckStatusResponse(request, instanceId);
    const location = response.headers.get('location') ?? '';
    expect(response.status).toBe(202);
    const payload = client().createHttpManagementPayload(instanceId);
    expect(payload).toMatchObject({ id: instanceId, statusQueryGetUri: location });
    // The addresses that it makes up lead to us.
    expect((await fetch(location)).status).toBeLessThan(300);
    const waits = { timeoutInMilliseconds: 9_000, retryIntervalInMilliseconds: 100 };
    const wait = (id: string, options: typeof waits) =>
      client().waitForCompletionOrCreateCheckStatusResponse(request, id, options);
    const done = await wait(instanceId, waits);
    expect([done.status, await done.json()]).toEqual([200, expect.any(Array)]);
    const open = await client().startNew('OrchFunction', { input: { timeout: 'PT1H' } });
    const late = await wait(open, { timeoutInMilliseconds: 50, retryIntervalInMilliseconds: 50 });
    expect([late.status, late.headers.get('location')]).toEqual([
      202,
      expect.stringContaining(open),
    ]);
    await client().terminate(open, 'Enough');
  });

  test('entities, which we do not offer, are an error and hang nothing', async () => {
    const entity = new EntityId('Counter', 'one');
    expect((await client().readEntityState(entity)).entityExists).toBe(false);
    await expect(client().signalEntity(entity, 'add', 1)).rejects.toThrow('404');
  });
});
