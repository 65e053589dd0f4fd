/** Documents that Temporal ended without their own doing: found, archived with all that they knew, told to those above. */
import { randomUUID } from 'node:crypto';
import { afterAll, describe, expect, test } from 'vitest';
import { findArchived } from '../../src/store/archive.ts';
import { eventsOf as storedEventsOf } from '../../src/store/events.ts';
import { scheduleReconciler } from '../../src/temporal/schedules.ts';
import type { Temporal } from '../../src/temporal/client.ts';
import { awaitUntil } from '../support/await-until.ts';
import { eventsOf, historyOf, named } from '../support/documents.ts';
import { call, startHarness } from '../support/harness.ts';
import { hands, typeOf, typesOf } from '../support/workflow-types.ts';

const types = typesOf(
  typeOf('paper', { children: { paper: { finishBeforeSubmit: true } } }),
  typeOf('brief', { deadline: 'P1D' }),
);
const harness = await startHarness({ documentTypes: types });
/** Another installation in the same namespace. */
const other = await startHarness({ documentTypes: types });
const { client, database, taskQueue } = harness;
const { create, command, fill, read, until } = hands(harness);
const workflow = (id: string) => client.workflow.getHandle(`document:${id}`);

/** One round; how many it archived. */
const round = (): Promise<number> =>
  client.workflow.execute('reconcile', { workflowId: `reconcile-${randomUUID()}`, taskQueue });

/** Rounds until this document is in the archive: Temporal's lists lag behind. */
async function archived(id: string): Promise<void> {
  await awaitUntil(`${id} is archived`, async () => {
    await round();
    return (await findArchived(database, id)) !== undefined;
  });
}

describe('a document that was', () => {
  test('terminated: its state, its whole history, and the one above learns of it', async () => {
    const parent = await create('paper');
    const id = await create('paper', { parent, title: 'Ended' });
    await until('below', parent, (now) => now.children);
    for (const i of [1, 2, 3]) await fill(id, 'Note', { i });
    await workflow(id).signal('Nonsense', 1);
    await until('refused', id, async () => (await historyOf(harness, id)).refusedCount === 1);
    expect(await storedEventsOf(database, id), 'nothing is written yet').toEqual([]);
    await workflow(id).terminate('behind our back');
    await archived(id);

    expect(await read(id)).toMatchObject({
      state: 'terminated',
      customStatus: 'Terminated',
      title: 'Ended',
      version: 4,
      sections: { Note: { data: { i: 3 } } },
      closedReason: 'Ended in Temporal: Terminated.',
      parent,
    });
    expect(await findArchived(database, id)).toMatchObject({ closedBy: 'Terminated' });
    const { entries, refusedCount } = await historyOf(harness, id);
    expect(entries.map((entry) => entry.code ?? entry.command)).toEqual([
      'create',
      'fill Note',
      'fill Note',
      'fill Note',
      'unknown-event',
      'terminated',
    ]);
    expect(refusedCount).toBe(1);
    const list = await call(harness, 'GET', '/api/documents?state=terminated');
    expect(list.body._embedded.documents).toContainEqual(expect.objectContaining({ id }));
    const late = await fill(id, 'Note', { i: 4 });
    expect(late).toMatchObject({ status: 409, body: { code: 'wrong-state', state: 'terminated' } });
    // It waits for its children, and this one would never have told it.
    await until('told', parent, (now) => now.children[id].state === 'terminated');
    await fill(parent, 'Note', { text: 'done' });
    expect((await command(parent, 'submit')).body.state).toBe('approved');

    const before = await findArchived(database, id);
    expect(await round()).toBe(0);
    expect(await findArchived(database, id)).toEqual(before);
  });

  test('ended by a timeout: failed', async () => {
    const id = randomUUID();
    await client.workflow.start('document', {
      workflowId: `document:${id}`,
      taskQueue,
      workflowExecutionTimeout: '2s',
      args: [{ type: 'brief', actor: 'ann' }],
    });
    await until('open', id, (now) => now.state === 'open');
    await fill(id, 'Note', { text: 'in vain' });
    await expect(workflow(id).result()).rejects.toThrow();
    await archived(id);
    expect(await read(id)).toMatchObject({ state: 'failed', version: 2, owner: 'ann' });
    expect(await findArchived(database, id)).toMatchObject({ closedBy: 'TimedOut' });
  });

  test('terminated with what is written and what is not', { timeout: 40_000 }, async () => {
    const id = await create('paper');
    for (let i = 0; i < 60; i += 1) await workflow(id).signal('Note', { i });
    await until('all are in', id, (now) => now.version === 61);
    const written = await awaitUntil('some are written', async () => {
      const events = await storedEventsOf(database, id);
      return events.length > 0 && events.length;
    });
    // Too few to be written.
    for (let i = 60; i < 65; i += 1) await workflow(id).signal('Note', { i });
    await until('those too', id, (now) => now.version === 66);
    expect(await storedEventsOf(database, id)).toHaveLength(written);
    await workflow(id).terminate();
    await archived(id);
    const events = await storedEventsOf(database, id);
    expect(events.map(({ sequence }) => sequence)).toEqual(
      Array.from({ length: 67 }, (_, i) => i + 1),
    );
    expect(events.at(-1)).toMatchObject({ kind: 'closed', state: 'terminated', by: 'temporal' });
  });

  test('reset is not ended: it goes on in another run', async () => {
    const id = await create('paper');
    await fill(id, 'Note', { i: 1 });
    const events = await eventsOf(client, `document:${id}`);
    const task = events.find((event) => named(event) === 'WORKFLOW_TASK_COMPLETED');
    const { runId } = await workflow(id).describe();
    await client.workflowService.resetWorkflowExecution({
      namespace: 'default',
      workflowExecution: { workflowId: `document:${id}`, runId },
      reason: 'by an operator',
      workflowTaskFinishEventId: task!.eventId!,
      requestId: randomUUID(),
    });
    await awaitUntil('the old run is listed as ended', async () => {
      const found = client.workflow.list({
        query: `WorkflowId = 'document:${id}' AND ExecutionStatus = 'Terminated'`,
      });
      for await (const one of found) if (one.runId === runId) return true;
      return false;
    });
    await round();
    expect(await findArchived(database, id)).toBeUndefined();
    await until('it goes on', id, (now) => now.state === 'open');
    expect((await command(id, 'cancel')).body.state).toBe('cancelled');
    expect(await workflow(id).result()).toMatchObject({ state: 'cancelled' });
  });

  test('cancelled before any worker saw it: it begins, and is archived like any other', async () => {
    const id = randomUUID();
    await other.stopWorker();
    const handle = await client.workflow.start('document', {
      workflowId: `document:${id}`,
      taskQueue: other.taskQueue,
      args: [{ type: 'paper' }],
    });
    await handle.cancel();
    await other.startWorker();
    await expect(handle.result()).rejects.toThrow('cancelled');
    const { body } = await call(other, 'GET', `/api/documents/${id}`);
    expect(body).toMatchObject({ id, type: 'paper', state: 'cancelled' });
  });

  test('ended by itself is left as it is', async () => {
    const id = await create('paper');
    await command(id, 'cancel');
    await workflow(id).result();
    const before = await findArchived(database, id);
    await round();
    expect(await findArchived(database, id)).toEqual(before);
    expect(before).not.toHaveProperty('closedBy');
  });
});

describe('API and Temporal agree', () => {
  test('terminate racing a command', { timeout: 40_000 }, async () => {
    const ids = await Promise.all(Array.from({ length: 10 }, () => create('paper')));
    // One that is terminated before its first workflow task has nothing to say.
    for (const id of ids) expect((await read(id)).state).toBe('open');
    await Promise.all(
      ids.map(async (id) => {
        const cancel = command(id, 'cancel');
        const terminate = workflow(id)
          .terminate()
          .catch(() => {});
        const [answer] = await Promise.all([cancel, terminate]);
        expect([200, 404, 409, 503]).toContain(answer.status);
      }),
    );
    for (const id of ids) {
      await archived(id);
      const { status } = await workflow(id).describe();
      const { state } = await read(id);
      if (status.name === 'COMPLETED') expect(state).toBe('cancelled');
      // It may have been terminated between its decision and its end.
      else expect(['terminated', 'cancelled']).toContain(state);
      const { entries } = await historyOf(harness, id);
      expect(entries.filter(({ accepted }) => accepted)).toHaveLength(2);
    }
  });
});

describe('the schedule', () => {
  const scheduled: Temporal[] = [];
  afterAll(async () => {
    for (const { taskQueue: queue } of scheduled)
      await client.schedule.getHandle(`dossier-reconcile:${queue}`).delete();
  });

  test(
    'is made once, runs at once and again, for each task queue',
    { timeout: 40_000 },
    async () => {
      const id = await create('paper');
      await workflow(id).terminate();
      const runsOn = async (queue: string) => {
        const found = client.workflow.list({
          query: `WorkflowType = 'reconcile' AND TaskQueue = '${queue}' AND ExecutionStatus = 'Completed'`,
        });
        const ids: string[] = [];
        for await (const one of found)
          if (one.workflowId.includes(`:${queue}`)) ids.push(one.workflowId);
        return ids;
      };
      for (const { temporal } of [harness, other]) {
        await scheduleReconciler(temporal);
        scheduled.push(temporal);
      }
      for (const queue of [taskQueue, other.taskQueue])
        await awaitUntil('one round', async () => (await runsOn(queue)).length === 1);
      await awaitUntil('archived', async () => {
        if (await findArchived(database, id)) return true;
        // The list of the first round may have been too old.
        await scheduleReconciler(harness.temporal);
        return false;
      });
      await scheduleReconciler(other.temporal);
      await awaitUntil('another', async () => (await runsOn(other.taskQueue)).length === 2);
      const { spec } = await client.schedule.getHandle(`dossier-reconcile:${taskQueue}`).describe();
      expect(spec.intervals?.[0]?.every).toBe(300_000);
    },
  );
});
