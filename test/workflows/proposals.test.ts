/** The course's small workflows on the real server, with seconds for days. */
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { awaitUntil } from '../support/await-until.ts';
import { eventsOf, named } from '../support/documents.ts';
import { call, startHarness } from '../support/harness.ts';
import { replayFailures } from '../support/replaying.ts';

const harness = await startHarness();
const { client, taskQueue } = harness;

async function start(type: string, input?: unknown, workflowId = `${type}-${randomUUID()}`) {
  return client.workflow.start(type, {
    workflowId,
    taskQueue,
    args: input === undefined ? [] : [input],
  });
}

const namesOf = async (workflowId: string) => (await eventsOf(client, workflowId)).map(named);
const decided = (decision: string) => [`Your project design proposal has been -  ${decision}!`];
const ESCALATED = [
  'ESCALATION : You have not approved the project design proposal - reassigning to your Manager!  Head of department!',
];

describe.concurrent('OrchFunction', () => {
  test.for<[payload: unknown, decision: string]>([
    [true, 'Approved'],
    ['Approved', 'Approved'],
    [null, 'Approved'],
    [{}, 'Approved'],
    [false, 'Rejected'],
    ['Rejected', 'Rejected'],
    [{ approved: false, reason: 'No' }, 'Rejected'],
  ])('decided by %o: %s, and the timer is cancelled', async ([payload, decision]) => {
    const handle = await start('OrchFunction');
    await awaitUntil('it waits', async () =>
      (await namesOf(handle.workflowId)).includes('TIMER_STARTED'),
    );
    await handle.signal('Approval', payload);
    expect(await handle.result()).toEqual(decided(decision));
    expect(await namesOf(handle.workflowId)).toContain('TIMER_CANCELED');
    const { memo } = await handle.describe();
    expect(memo?.['customStatus'] ?? null).toBeNull();
    expect(await replayFailures(client, [handle.workflowId])).toEqual([]);
  });

  test('early, foreign and unreadable signals do no harm', async () => {
    const workflowId = `early-${randomUUID()}`;
    const handle = await client.workflow.signalWithStart('OrchFunction', {
      workflowId,
      taskQueue,
      signal: 'Other',
      signalArgs: [1],
    });
    await handle.signal('__temporal_x', 1);
    await client.workflowService.signalWorkflowExecution({
      namespace: 'default',
      workflowExecution: { workflowId },
      signalName: 'Approval',
      input: { payloads: [{ metadata: {}, data: new Uint8Array([1, 2]) }] },
    });
    await handle.signal('Approval', false);
    await handle.signal('Approval', true);
    expect(await handle.result()).toEqual(decided('Rejected'));
  });

  test('undecided it is escalated: an approval that the head of department decides on', async () => {
    const workflowId = `proposal ${randomUUID()}`;
    const escaped = workflowId.replace(' ', '~20');
    const handle = await start('OrchFunction', { timeout: '2s' }, workflowId);
    expect(await handle.result()).toEqual(ESCALATED);
    const names = await namesOf(workflowId);
    expect(names.indexOf('CHILD_WORKFLOW_EXECUTION_STARTED')).toBeLessThan(
      names.indexOf('MARKER_RECORDED'),
    );
    const { startTime, closeTime } = await handle.describe();
    const took = (closeTime?.getTime() ?? 0) - startTime.getTime();
    expect(took).toBeGreaterThanOrEqual(1_900);
    const at = `/api/approvals/${escaped}`;
    const pending = await call(harness, 'GET', at);
    expect(pending.body).toMatchObject({
      state: 'pending',
      waitingFor: ['role:head-of-department'],
      subject: { workflowId },
    });
    // Started again, it finds the approval there.
    const again = await start('OrchFunction', { timeout: '1s' }, workflowId);
    expect(await again.result()).toEqual(ESCALATED);
    const head = { 'x-user': 'hana', 'x-roles': 'head-of-department' };
    const done = await call(harness, 'POST', `${at}/approve`, {}, head);
    expect(done.body).toMatchObject({ state: 'approved' });
    await client.workflow.getHandle(`approval:${escaped}`).result();
    const last = await start('OrchFunction', { timeout: '1s' }, workflowId);
    expect(await last.result()).toEqual(ESCALATED);
    expect(await replayFailures(client, [workflowId])).toEqual([]);
  });

  test('an input that says no time fails with the reason', async () => {
    const handle = await start('OrchFunction', { timeout: 'soon' });
    await expect(handle.result()).rejects.toMatchObject({
      cause: { type: 'invalid-request', message: expect.stringContaining('timeout') },
    });
  });
});

test.concurrent('ApprovalTexts: both texts', async () => {
  const handle = await start('ApprovalTexts');
  expect(await handle.result()).toEqual([...decided('Approved'), ...decided('Rejected')]);
});

test.concurrent('ReminderLoop: ten reminders, one after each wait', async () => {
  const handle = await start('ReminderLoop', { every: '200ms', text: 'Decide' });
  expect(await handle.result()).toEqual({ reminders: 10 });
  const sent = harness.logged.filter(
    ({ msg, key }) =>
      msg === 'Reminder' && typeof key === 'string' && key.startsWith(handle.workflowId),
  );
  expect(sent.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect((await namesOf(handle.workflowId)).filter((one) => one === 'TIMER_FIRED')).toHaveLength(
    10,
  );
});

describe.concurrent('QuoteWithTimeout', () => {
  test('in time: true, and the timer is cancelled', async () => {
    const handle = await start('QuoteWithTimeout', { takes: '1s', timeout: '10s' });
    expect(await handle.result()).toBe(true);
    expect(await namesOf(handle.workflowId)).toContain('TIMER_CANCELED');
  });

  test('too late: false, and the activity ends', async () => {
    const handle = await start('QuoteWithTimeout', { takes: '60s', timeout: '1s' });
    expect(await handle.result()).toBe(false);
    expect(await namesOf(handle.workflowId)).toContain('ACTIVITY_TASK_CANCEL_REQUESTED');
    await awaitUntil('the activity has ended', () =>
      harness.logged.some(
        ({ msg, workflowId }) => msg === 'Quote cancelled' && workflowId === handle.workflowId,
      ),
    );
    expect(await replayFailures(client, [handle.workflowId])).toEqual([]);
  });
});
