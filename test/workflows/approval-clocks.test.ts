/** Reminders, escalations, deadlines and long lives of approvals on the real server, with seconds for days; and what they cost. */
import { describe, expect, test } from 'vitest';
import { awaitUntil } from '../support/await-until.ts';
import { approvalHands, policyFor } from '../support/own-approvals.ts';
import { eventsOf, listing, named, runsOf } from '../support/documents.ts';
import { startHarness } from '../support/harness.ts';
import { replayFailures } from '../support/replaying.ts';
import { hands, typeOf, typesOf } from '../support/workflow-types.ts';

const late = typeOf('late', {
  approval: {
    stages: [
      {
        name: 'head',
        approvers: ['role:head'],
        deadline: 'PT1S',
        onTimeout: { outcome: 'reject', compensation: 'Escalation' },
      },
    ],
  },
});
const harness = await startHarness({ documentTypes: typesOf(late) });
/** Another one, whose worker goes away. */
const away = await startHarness();
const { client } = harness;
const { ask, command, handle, read, toldOf, until } = approvalHands(harness);

const workflow = (id: string) => `approval:${id}`;

/** Seconds between the beginning of the first stage and these lines of the history. */
async function secondsOf(id: string, what: string): Promise<number[]> {
  const { history } = await read(id);
  const began = Date.parse(history.find((line) => line.command === 'ask')?.at ?? '');
  return history
    .filter((line) => line.command === what)
    .map(({ at }) => Math.floor((Date.parse(at) - began) / 1000));
}

/** As many, none too early, and none so late that it could be the next one's time. */
function inTime(seconds: readonly number[], planned: readonly number[]): void {
  expect(seconds).toHaveLength(planned.length);
  for (const [i, second] of seconds.entries()) {
    expect(second).toBeGreaterThanOrEqual(planned[i] ?? 0);
    expect(second).toBeLessThan((planned[i + 1] ?? Number.POSITIVE_INFINITY) + 1);
  }
}

describe.concurrent('clocks', () => {
  test('three reminders, one every two seconds, then no more', async () => {
    const reminders = { after: 'PT1S', every: 'PT2S', max: 3 };
    const id = await ask(policyFor(['user:anna'], { reminders }));
    await until('all are sent', id, ({ approval }) => approval.current?.reminded === 3);
    inTime(await secondsOf(id, 'remind decide'), [1, 3, 5]);
    await command(id, 'approve', 'anna');
    await handle(id).result();
    expect(await toldOf(id)).toEqual([
      { occasion: 'approval-requested', recipients: ['user:anna'] },
      ...Array.from({ length: 3 }, () => ({
        occasion: 'approval-reminder',
        recipients: ['user:anna'],
      })),
      { occasion: 'finished', recipients: ['user:olga'] },
    ]);
    expect(await replayFailures(client, [workflow(id)])).toEqual([]);
  });

  test('an escalation: the boss can decide, and the one asked before too, unless it is reassigned', async () => {
    const escalation = (mode: string) => [{ after: 'PT1S', to: 'user:boss', mode }];
    const added = await ask(policyFor(['user:anna'], { escalation: escalation('add') }));
    const moved = await ask(policyFor(['user:anna'], { escalation: escalation('reassign') }));
    for (const id of [added, moved])
      await until('escalated', id, ({ approval }) => approval.escalations.length === 1);
    expect((await read(added)).approval.escalations).toMatchObject([
      { from: ['user:anna'], to: ['user:boss'] },
    ]);
    expect((await handle(moved).describe()).searchAttributes).toMatchObject({
      DossierWaitingFor: ['user:boss'],
    });
    await command(moved, 'approve', 'boss');
    await command(added, 'approve', 'anna');
    for (const id of [added, moved])
      expect(await handle(id).result()).toMatchObject({ state: 'approved' });
    expect(await toldOf(moved)).toContainEqual({
      occasion: 'escalated',
      recipients: ['user:boss'],
    });
    expect(await replayFailures(client, [workflow(added), workflow(moved)])).toEqual([]);
  });

  test.for<[outcome: string, state: string]>([
    ['expire', 'expired'],
    ['reject', 'rejected'],
    ['approve', 'approved'],
  ])('a deadline that passes: %s', async ([outcome, state]) => {
    const policy = policyFor(['user:anna'], { deadline: 'PT1S', onTimeout: outcome });
    const id = await ask(policy);
    const result = await handle(id).result();
    expect(result).toMatchObject({
      state,
      reason: expect.stringMatching(/^Nobody has decided by/),
    });
    expect(await replayFailures(client, [workflow(id)])).toEqual([]);
  });

  test('a deadline that passes and waits on, with a compensation; moved, it is in time again', async () => {
    const onTimeout = { outcome: 'wait', compensation: 'Escalation' };
    const id = await ask(policyFor(['role:head'], { deadline: 'PT1S', onTimeout }));
    await until('overdue', id, ({ approval }) => approval.current?.overdue);
    const activities = await awaitUntil('the compensation has run', async () => {
      const events = await eventsOf(client, workflow(id));
      const done = events.some((event) => named(event) === 'ACTIVITY_TASK_COMPLETED');
      return done && events.flatMap((one) => one.activityTaskScheduledEventAttributes ?? []);
    });
    expect(activities.map(({ activityType }) => activityType?.name)).toEqual(['Escalation']);
    expect(harness.logged).toContainEqual(
      expect.objectContaining({ msg: 'Escalated', whom: 'head' }),
    );
    const { searchAttributes } = await handle(id).describe();
    expect(searchAttributes['DossierNeedsAttention']).toEqual([true]);
    const tomorrow = new Date(Date.now() + 86_400_000).toISOString();
    await command(id, 'extend', 'olga', { until: tomorrow });
    const { approval } = await read(id);
    expect(approval.current).toMatchObject({ dueAt: tomorrow });
    expect(approval.current?.overdue).toBeUndefined();
    await command(id, 'approve', 'hana', {});
    expect(await handle(id).result()).toMatchObject({ state: 'approved' });
    expect(await replayFailures(client, [workflow(id)])).toEqual([]);
  });

  test('of a document: the same, with the same compensation', async () => {
    const { create, fill, command: send } = hands(harness);
    const id = await create('late');
    await fill(id, 'Note', {});
    expect((await send(id, 'submit')).body.state).toBe('in-review');
    const document = client.workflow.getHandle(`document:${id}`);
    expect(await document.result()).toMatchObject({ state: 'rejected' });
    const ran = (await eventsOf(client, `document:${id}`)).flatMap(
      (event) => event.activityTaskScheduledEventAttributes?.activityType?.name ?? [],
    );
    expect(ran.filter((name) => name !== 'notify')).toEqual(['Escalation', 'archiveDocument']);
    expect(await replayFailures(client, [`document:${id}`])).toEqual([]);
  });

  test(
    'continues as new between two reminders, and loses nothing',
    { timeout: 90_000 },
    async () => {
      const reminders = { after: 'PT2S', every: 'PT10S', max: 4 };
      const id = await ask(policyFor(['user:anna', 'user:ben'], { reminders, quorum: 2 }));
      await command(id, 'approve', 'ben');
      // Nearly all that a run takes before the third, so that the rest takes no time between it and the fourth.
      for (let i = 0; i < 9; i += 1)
        await Promise.all(Array.from({ length: 52 }, () => handle(id).signal('Nonsense', i)));
      await until('three are sent', id, ({ approval }) => approval.current?.reminded === 3, 30_000);
      expect(await runsOf(client, workflow(id))).toHaveLength(1);
      const before = await read(id);
      await Promise.all(Array.from({ length: 52 }, () => handle(id).signal('Nonsense', 9)));
      await awaitUntil(
        'the next run',
        async () => (await runsOf(client, workflow(id))).length === 2,
      );
      const { reminded } = (await read(id)).approval.current ?? {};
      expect(reminded, 'it continued between the third and the fourth').toBe(3);
      await until('the fourth', id, ({ approval }) => approval.current?.reminded === 4, 20_000);
      const after = await read(id);
      expect({ ...after.approval.current, reminded: 3 }).toMatchObject({
        remindAt: before.approval.current?.remindAt,
        needed: 2,
        enteredAt: before.approval.current?.enteredAt,
      });
      expect(after.approval.votes).toEqual(before.approval.votes);
      inTime(await secondsOf(id, 'remind decide'), [2, 12, 22, 32]);
      await command(id, 'approve', 'anna');
      expect(await handle(id).result()).toMatchObject({ state: 'approved' });
      const told = (await toldOf(id)).filter(({ occasion }) => occasion === 'approval-reminder');
      expect(told).toHaveLength(4);
      expect(await replayFailures(client, [workflow(id)])).toEqual([]);
    },
  );

  test('a worker that goes away between reminder and decision', { timeout: 40_000 }, async () => {
    const other = approvalHands(away);
    const reminders = { after: 'PT1S', every: 'PT1S', max: 30 };
    const id = await other.ask(policyFor(['user:anna'], { reminders }));
    await other.until('reminded', id, ({ approval }) => approval.current?.reminded);
    await away.stopWorker();
    const since = Date.now();
    await awaitUntil('some are missed', () => Date.now() > since + 4_000);
    await other.handle(id).signal('Approval', { approved: true, reason: 'While nobody ran' });
    await away.startWorker();
    expect(await other.handle(id).result()).toMatchObject({ state: 'approved' });
    const commands = await other.commandsOf(id);
    // Of those that were missed at most the last is sent, before the decision is read.
    expect(commands.filter((what) => what.startsWith('remind')).length).toBeLessThanOrEqual(3);
    expect(commands.at(-1)).toBe('approve');
  });
});

const TASK = ['WORKFLOW_TASK_SCHEDULED', 'WORKFLOW_TASK_STARTED', 'WORKFLOW_TASK_COMPLETED'];

const REMINDER = ['TIMER_FIRED', ...TASK, 'MARKER_RECORDED', 'TIMER_STARTED'];

describe('what it costs in events', () => {
  test('a reminder: six', async () => {
    const reminders = { after: 'PT2S', every: 'PT2S', max: 5 };
    const id = await ask(policyFor(['user:anna'], { reminders }));
    // Not by queries: one that comes during a local activity costs a workflow task of its own.
    const timers = (count: number) =>
      awaitUntil(`${count} timers`, async () => {
        const events = await eventsOf(client, workflow(id));
        const started = events.filter((event) => named(event) === 'TIMER_STARTED');
        return started.length === count && events;
      });
    const before = await timers(2);
    const events = await timers(4);
    const added = events.slice(before.length).map(named);
    expect(added, listing(events)).toEqual([...REMINDER, ...REMINDER]);
  });

  test('a decision by an update, to the archive and the end: fourteen', async () => {
    const id = await ask(policyFor(['user:anna']));
    await awaitUntil(
      'shown',
      async () => (await handle(id).describe()).raw.pendingWorkflowTask === null,
    );
    const before = await eventsOf(client, workflow(id));
    await command(id, 'approve', 'anna');
    await handle(id).result();
    const added = (await eventsOf(client, workflow(id))).slice(before.length).map(named);
    expect(added).toEqual([
      ...TASK,
      'WORKFLOW_EXECUTION_UPDATE_ACCEPTED',
      'WORKFLOW_EXECUTION_UPDATE_COMPLETED',
      'WORKFLOW_PROPERTIES_MODIFIED',
      'UPSERT_WORKFLOW_SEARCH_ATTRIBUTES',
      'ACTIVITY_TASK_SCHEDULED',
      'ACTIVITY_TASK_STARTED',
      'ACTIVITY_TASK_COMPLETED',
      ...TASK,
      'WORKFLOW_EXECUTION_COMPLETED',
    ]);
  });
});
