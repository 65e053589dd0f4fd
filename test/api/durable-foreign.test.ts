/** Workflows of somebody else, on their own worker: what our package gives them, and what clients see of them. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { awaitUntil } from '../support/await-until.ts';
import { dialectOf } from '../support/dialect.ts';
import { foreignProject } from '../support/foreign-worker.ts';
import { startHarness } from '../support/harness.ts';

const theirs = `theirs-${randomUUID()}`;
const bare = `bare-${randomUUID()}`;
const FUNCTIONS =
  'Greet Ticker Collect Signed Asked FanOut Retried Parent TooMuch Plain Careful webhook'.split(
    ' ',
  );
const project = foreignProject();
const harness = await startHarness({
  durable: {
    DURABLE_FUNCTIONS: [
      ...FUNCTIONS.map((name) => `${name}=${name}@${theirs}`),
      `BarePlain=Plain@${bare}`,
      `BareTicker=Ticker@${bare}`,
    ].join(),
  },
});
const { start, status, raise, steer, ended, send } = dialectOf(harness);
let worker = await project.worker(theirs);

test('their project compiles with our types, and so does what the porting guide shows', () => {
  const guide = readFileSync('docs/porting-from-durable-functions.md', 'utf8');
  const [, shown = ''] = /```ts\n([^]*?)```/.exec(guide) ?? [];
  expect(shown).toContain('ExpenseApproval');
  expect(project.typeErrors(shown)).toBe('');
});

test('start, custom status, events, output', async () => {
  expect((await ended(await start('Greet', 'Ada'))).output).toBe('Hi Ada!');
  const id = await start('Ticker');
  const { customStatus } = await awaitUntil('it has ticked', async () => {
    const is = await status(id);
    return is.customStatus && is;
  });
  expect(customStatus).toEqual({ ticks: expect.any(Number) });
  await raise(id, 'STOP', null);
  const end = await ended(id);
  expect(end).toMatchObject({ runtimeStatus: 'Completed', customStatus: { ticks: end.output } });
});

test('events are kept in their order over continue-as-new, also those that nobody waited for yet', async () => {
  // Temporal lets a second pass between two continue-as-news of one workflow.
  const id = await start('Collect', { wanted: 5 });
  await raise(id, 'Other', 'never read');
  for (let i = 0; i < 5; i += 1) await raise(id, 'Item', i);
  expect((await ended(id)).output).toEqual([0, 1, 2, 3, 4]);
});

test('any and all over events and timers', async () => {
  const [inTime, late] = [await start('Signed', '1 hour'), await start('Signed', '100ms')];
  await raise(inTime, 'Second', 'b');
  await raise(inTime, 'First', 'a');
  expect((await ended(inTime)).output).toEqual(['a', 'b']);
  expect((await ended(late)).output).toBe('late');
});

test('an event that does not come in time is a failure that says so', async () => {
  const end = await ended(await start('Asked', '50ms'));
  expect(end).toMatchObject({
    runtimeStatus: 'Failed',
    output: expect.stringContaining("There was no event 'Answer' within 50ms"),
  });
});

test('retry options, sub-orchestrators, and their ids', async () => {
  expect((await ended(await start('Retried', 2))).output).toBe(3);
  expect((await ended(await start('Retried', 9))).runtimeStatus).toBe('Failed');
  const child = randomUUID();
  expect((await ended(await start('Parent', child))).output).toEqual(['Hi child!', 3]);
  expect(await status(child)).toMatchObject({ name: 'Greet', output: 'Hi child!' });
});

test('a custom status that is too large fails the orchestrator, which says so; 16 KB are not', async () => {
  const end = await ended(await start('TooMuch', 2_500_000));
  expect(end).toMatchObject({
    runtimeStatus: 'Failed',
    customStatus: null,
    output: expect.stringContaining('5000004 bytes of UTF-16, and may have 16384'),
  });
  const fits = await ended(await start('TooMuch', 8_190));
  expect([fits.output, fits.customStatus.length]).toEqual(['it fits', 8_190]);
});

test('rewind runs again what has failed, and what had begun in the same step', async () => {
  const id = await start('FanOut', ['good', 'bad', 'fine']);
  expect((await ended(id)).runtimeStatus).toBe('Failed');
  project.mend();
  expect((await steer(id, 'rewind')).status).toBe(202);
  const done = await awaitUntil('it is done', async () => {
    const is = await status(id);
    return is.runtimeStatus === 'Completed' && is;
  });
  expect(done.output).toEqual(['good done', 'bad done', 'fine done']);
  // All three were begun by one workflow task: unlike in Azure, the two that had succeeded run again.
  const work = project.calls().filter((call) => call.startsWith('work '));
  expect(work.filter((call) => call === 'work bad')).toHaveLength(2);
  expect(work.length).toBeLessThanOrEqual(6);
});

test('rewind goes back to what it has failed of, and not behind', async () => {
  const id = await start('Careful');
  const first = await ended(id);
  expect(first.output).toBe("Orchestrator function 'Careful' failed: It is the code itself");
  const { runId } = await harness.client.workflow.getHandle(id).describe();
  expect((await steer(id, 'rewind')).status).toBe(202);
  await awaitUntil('it has failed again', async () => {
    const is = await harness.client.workflow.getHandle(id).describe();
    return is.runId !== runId && is.status.name === 'FAILED';
  });
  expect(project.calls().filter((call) => call === 'work once')).toHaveLength(1);
});

test('a type that has the name of one of ours is in lists, and is started again', async () => {
  const id = await start('webhook');
  expect((await ended(id)).output).toBe('theirs');
  await awaitUntil('it is listed', async () => {
    const { body } = await send('GET', `instances?instanceIdPrefix=${id}`);
    return body.length === 1;
  });
});

test('an event that came in time for the wait, but not for the timer, while it was suspended', async () => {
  const id = await start('Asked', '1s');
  await awaitUntil('it is running', async () => (await status(id)).runtimeStatus === 'Running');
  await steer(id, 'suspend');
  await awaitUntil('it is', async () => (await status(id)).runtimeStatus === 'Suspended');
  await awaitUntil('the timer has fired', async () => {
    const { events } = await harness.client.workflow.getHandle(id).fetchHistory();
    return events?.some((event) => event.timerFiredEventAttributes);
  });
  await raise(id, 'Answer', 'yes');
  await steer(id, 'resume');
  expect((await ended(id)).output).toBe('yes');
});

test('those that were begun before their worker had the interceptors go on', async () => {
  const before = await project.worker(bare, 'bare');
  const id = await start('BareTicker');
  await awaitUntil('it ticks', async () => (await status(id)).customStatus);
  await project.kill(before);
  const after = await project.worker(bare);
  await raise(id, 'stop', null);
  expect((await ended(id)).runtimeStatus).toBe('Completed');
  await project.kill(after);
});

test(
  'suspended it does nothing and keeps what comes, over a kill of its worker; resumed it goes on',
  { timeout: 60_000 },
  async () => {
    const [id, late] = [await start('Ticker'), await start('Collect', { wanted: 2 })];
    await awaitUntil('it ticks', async () => (await status(id)).customStatus);
    for (const one of [id, late]) {
      await awaitUntil(
        'it is running',
        async () => (await status(one)).runtimeStatus === 'Running',
      );
      expect((await steer(one, 'suspend?reason=lunch')).status).toBe(202);
      await awaitUntil('it is', async () => (await status(one)).runtimeStatus === 'Suspended');
      const again = await steer(one, 'suspend');
      expect([again.status, again.body.ExceptionType]).toEqual([
        500,
        'System.InvalidOperationException',
      ]);
    }
    await raise(late, 'Item', 1);
    const { ticks } = (await status(id)).customStatus;
    await project.kill(worker);
    worker = await project.worker(theirs);
    await raise(late, 'Item', 2);
    // The worker takes up work: another instance comes to its end meanwhile.
    expect((await ended(await start('Greet', 'you'))).output).toBe('Hi you!');
    expect(await status(late)).toMatchObject({ runtimeStatus: 'Suspended', output: null });
    const is = await status(id);
    expect([is.runtimeStatus, is.customStatus.ticks]).toEqual(['Suspended', ticks]);
    const listed = await send('GET', 'instances?runtimeStatus=Suspended');
    expect(listed.body.map((one: { instanceId: string }) => one.instanceId).toSorted()).toEqual(
      [id, late].toSorted(),
    );

    for (const one of [id, late]) expect((await steer(one, 'resume')).status).toBe(202);
    expect((await ended(late)).output).toEqual([1, 2]);
    const ticksOn = async () => (await status(id)).customStatus.ticks > ticks + 1;
    await awaitUntil('it ticks', ticksOn, 20_000);
    expect((await steer(id, 'resume')).status).toBe(500);
    await raise(id, 'Stop', null);
    await ended(id);
    expect((await steer(id, 'suspend')).status).toBe(410);
    const { history } = await status(late, '?showHistory=true');
    expect(history.map((event: { EventType: string }) => event.EventType)).toContain(
      'ExecutionStarted',
    );
  },
);

test('suspended before its worker has ever seen it, it does not begin', async () => {
  await project.kill(worker);
  const id = await start('Greet', 'later');
  const { client } = harness;
  // Through Temporal itself: nobody can know yet whether its worker will have the interceptors.
  expect((await steer(id, 'suspend')).status).toBe(501);
  await client.workflow.getHandle(id).signal('durable:suspend', 'early');
  worker = await project.worker(theirs);
  await awaitUntil('it is', async () => (await status(id)).runtimeStatus === 'Suspended');
  const { events } = await client.workflow.getHandle(id).fetchHistory();
  expect(events?.some((event) => event.activityTaskScheduledEventAttributes)).toBe(false);
  expect((await steer(id, 'resume')).status).toBe(202);
  expect((await ended(id)).output).toBe('Hi later!');
});

test('signals that no workflow can read, or may have, do not wedge it', async () => {
  const id = await start('Collect', { wanted: 1 });
  const { workflowService } = harness.client;
  const bytes = (text: string) => new TextEncoder().encode(text);
  const signal = (signalName: string, encoding: string, data: string) =>
    workflowService.signalWorkflowExecution({
      namespace: 'default',
      workflowExecution: { workflowId: id },
      signalName,
      input: { payloads: [{ metadata: { encoding: bytes(encoding) }, data: bytes(data) }] },
    });
  await signal('Item', 'json/plain', '{bad');
  await signal('Item', 'binary/encrypted', 'x');
  await signal('__temporal_x', 'json/plain', '1');
  await raise(id, 'Item', 'good');
  expect((await ended(id)).output).toEqual(['good']);
});

test('without our interceptors it cannot be suspended where the server has no pause, and is told so', async () => {
  const other = await project.worker(bare, 'bare');
  const id = await start('BarePlain');
  await awaitUntil('it is running', async () => (await status(id)).runtimeStatus === 'Running');
  const refused = await steer(id, 'suspend');
  expect(refused.status).toBe(501);
  expect(refused.body.ExceptionMessage).toContain('dossier/durable/interceptors');
  for (let i = 0; i < 2; i += 1) await raise(id, 'Count', i);
  expect((await ended(id)).output).toBe(2);
  await project.kill(other);
});

test('terminate ends it at once, suspended or not', async () => {
  const id = await start('Ticker');
  await awaitUntil('it ticks', async () => (await status(id)).customStatus);
  await steer(id, 'suspend');
  await awaitUntil('it is', async () => (await status(id)).runtimeStatus === 'Suspended');
  expect((await steer(id, 'terminate?reason=enough')).status).toBe(202);
  expect(await ended(id)).toMatchObject({ runtimeStatus: 'Terminated', output: 'enough' });
});
