/** Documents and approvals of ours, suspended and resumed by clients of Durable Functions. */
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { awaitUntil } from '../support/await-until.ts';
import { dialectOf } from '../support/dialect.ts';
import { call, feedback, SECTIONS, startHarness, type Loose } from '../support/harness.ts';
import { policyFor } from '../support/own-approvals.ts';
import { replayFailures } from '../support/replaying.ts';

const harness = await startHarness();
const { client } = harness;
const { start, status, raise, steer, send } = dialectOf(harness);
const [FIRST, SECOND] = SECTIONS;

const becomes = (id: string, wanted: string) =>
  awaitUntil(`it is ${wanted}`, async () => (await status(id)).runtimeStatus === wanted);

async function suspended(id: string): Promise<void> {
  expect((await steer(id, 'suspend?reason=audit')).status).toBe(202);
  await becomes(id, 'Suspended');
}

async function resumed(id: string): Promise<void> {
  expect((await steer(id, 'resume')).status).toBe(202);
  await becomes(id, 'Running');
}

async function newDocument(): Promise<{ at: string; workflowId: string }> {
  const made = await call(harness, 'POST', '/api/documents', { type: 'employee-onboarding' });
  const id = made.body.id as string;
  return { at: `/api/documents/${id}`, workflowId: `document:${id}` };
}

describe('a suspended document', () => {
  test('shows it, offers nothing, refuses updates as suspended, and keeps signals in their order', async () => {
    const { at, workflowId } = await newDocument();
    await suspended(workflowId);
    const shown = await call(harness, 'GET', at);
    expect([shown.status, shown.body.suspended, shown.body._templates]).toEqual([200, true, {}]);
    expect((await call(harness, 'GET', `${at}/status`)).body.suspended).toBe(true);
    await awaitUntil('lists show it', async () => {
      const { body } = await call(harness, 'GET', '/api/documents?limit=200');
      const row = body._embedded.documents.find((one: Loose) => at.endsWith(one.id));
      return row?.suspended === true;
    });
    const refused = await call(harness, 'PUT', `${at}/sections/${FIRST}`, feedback);
    expect([refused.status, refused.body.code]).toEqual([409, 'suspended']);

    await raise(workflowId, FIRST, { ...feedback, feedback: 'one' });
    await raise(workflowId, FIRST, { ...feedback, feedback: 'two' });
    const handle = client.workflow.getHandle(workflowId);
    await handle.signal('command', { kind: 'comment', text: 'by the CLI' });
    // The worker has seen all three when it has answered this.
    expect((await call(harness, 'GET', at)).body).toMatchObject({ version: 1, suspended: true });

    await resumed(workflowId);
    const filled = await call(harness, 'PUT', `${at}/sections/${SECOND}`, feedback);
    expect(filled.status, filled.text).toBe(200);
    const { body } = await call(harness, 'GET', at);
    expect(body).toMatchObject({ version: 4, comments: [{ text: 'by the CLI' }] });
    expect(body.suspended).toBeUndefined();
    expect(body.sections[FIRST]).toMatchObject({ data: { feedback: 'two' }, corrections: 1 });
    const told = await status(workflowId, '?showHistory=true');
    const kinds = told.historyEvents.map((event: Loose) => event.EventType);
    expect(kinds).toEqual(expect.arrayContaining(['ExecutionSuspended', 'ExecutionResumed']));
    expect(await replayFailures(client, [workflowId])).toEqual([]);
  });

  test('is suspended still when its worker comes back, and in the next run', async () => {
    const { at, workflowId } = await newDocument();
    await suspended(workflowId);
    await harness.stopWorker();
    expect((await status(workflowId)).runtimeStatus).toBe('Suspended');
    await raise(workflowId, FIRST, feedback);
    await harness.startWorker();
    expect((await call(harness, 'GET', at)).body).toMatchObject({ version: 1, suspended: true });
    await resumed(workflowId);
    await awaitUntil(
      'it is filled',
      async () => (await call(harness, 'GET', at)).body.version === 2,
    );
  });

  test.each([
    ['terminated', (id: string) => steer(id, 'terminate?reason=over'), 'Terminated'],
    ['cancelled', (id: string) => client.workflow.getHandle(id).cancel(), 'Canceled'],
  ])(
    'ends when it is %s: what was kept is judged before, and it is archived',
    async (_how, end, as) => {
      const { at, workflowId } = await newDocument();
      await suspended(workflowId);
      await raise(workflowId, FIRST, feedback);
      await end(workflowId);
      await becomes(workflowId, as);
      const closed = await awaitUntil('it is in the archive', async () => {
        const read = await call(harness, 'GET', at);
        return read.body.state === 'cancelled' && read.body;
      });
      expect(closed.sections[FIRST]).toMatchObject({ state: 'filled' });
      expect(closed.suspended).toBeUndefined();
      expect(await replayFailures(client, [workflowId])).toEqual([]);
    },
  );

  test('keeps its deadlines for later, and meets them when it is resumed', async () => {
    const id = randomUUID();
    await start('OrchFunction', { timeout: '1s' }, id);
    await becomes(id, 'Running');
    await suspended(id);
    await awaitUntil('the timer has fired', async () => {
      const { events } = await client.workflow.getHandle(id).fetchHistory();
      return events?.some((event) => event.timerFiredEventAttributes);
    });
    expect((await status(id)).runtimeStatus).toBe('Suspended');
    expect((await steer(id, 'resume')).status).toBe(202);
    await becomes(id, 'Completed');
    expect(await replayFailures(client, [id])).toEqual([]);
  });

  test('does not take the reserved signals by our own routes', async () => {
    const { at, workflowId } = await newDocument();
    for (const name of ['durable:suspend', 'durable:terminate', 'dossier:relay']) {
      const sent = await call(harness, 'POST', `${at}/events/${name}`, 'x');
      expect([sent.status, sent.body.code]).toEqual([400, 'invalid-request']);
      const raised = await send('POST', `instances/${workflowId}/raiseEvent/${name}`, '1');
      expect(raised.status).toBe(400);
    }
    expect((await call(harness, 'GET', at)).body.suspended).toBeUndefined();
  });
});

test('a suspended approval shows it and is decided only after', async () => {
  const body = { title: 'Any', subject: null, policy: policyFor(['anyone']) };
  const made = await call(harness, 'POST', '/api/approvals', body);
  expect(made.status, made.text).toBe(201);
  const at = `/api/approvals/${made.body.id}`;
  const id = `approval:${made.body.id}`;
  await suspended(id);
  const shown = await call(harness, 'GET', at);
  expect([shown.body.suspended, shown.body._templates]).toEqual([true, {}]);
  const ben = { 'x-user': 'ben' };
  const refused = await call(harness, 'POST', `${at}/approve`, {}, ben);
  expect([refused.status, refused.body.code]).toEqual([409, 'suspended']);
  await resumed(id);
  expect((await call(harness, 'POST', `${at}/approve`, {}, ben)).status).toBe(200);
});
