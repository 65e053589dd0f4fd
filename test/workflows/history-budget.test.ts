/**
 * What one onboarding costs in history events and in billable actions, exactly. A number that changes is either a
 * regression or a saving to be written down here; the failure message shows the events.
 */
import { randomUUID } from 'node:crypto';
import { describe, expect, inject, test } from 'vitest';
import { promisify } from 'node:util';
import { execFile } from 'node:child_process';
import { awaitUntil } from '../support/await-until.ts';
import {
  eventsOf as allEventsOf,
  listing,
  named,
  type HistoryEvent as Event,
} from '../support/documents.ts';
import { call, feedback, SECTIONS, startHarness } from '../support/harness.ts';
import { orderOf, ordersOf } from '../support/orders.ts';

const harness = await startHarness();
const { client, taskQueue } = harness;
const run = promisify(execFile);

const eventsOf = (workflowId: string): Promise<Event[]> => allEventsOf(client, workflowId);

/** What Temporal Cloud bills: the local activities of one workflow task count once, a change of the memo nothing. */
function billableActions(events: readonly Event[]): number {
  let actions = 0;
  let localInTask = false;
  for (const event of events) {
    switch (named(event)) {
      case 'WORKFLOW_TASK_STARTED':
        localInTask = false;
        break;
      case 'MARKER_RECORDED':
        if (!localInTask) actions += 1;
        localInTask = true;
        break;
      case 'WORKFLOW_EXECUTION_STARTED':
      case 'WORKFLOW_EXECUTION_SIGNALED':
      case 'WORKFLOW_EXECUTION_UPDATE_ACCEPTED':
      case 'TIMER_STARTED':
      case 'ACTIVITY_TASK_SCHEDULED':
      case 'UPSERT_WORKFLOW_SEARCH_ATTRIBUTES':
        actions += 1;
    }
  }
  return actions;
}

/** Nothing is under way in the workflow, and it shows this custom status: the next event is a message of its own. */
async function settled(workflowId: string, customStatus: string): Promise<void> {
  await awaitUntil(`${workflowId} settled as ${customStatus}`, async () => {
    const { raw, memo } = await client.workflow.getHandle(workflowId).describe();
    return !raw.pendingWorkflowTask && memo?.['customStatus'] === customStatus;
  });
}

const STATUS: Readonly<Record<(typeof SECTIONS)[number], string>> = {
  InterviewFeedback: 'Interview feedback collected',
  BackgroundCheckFeedback: 'Background check feedback collected',
  ContractFeedback: 'Awaiting submission',
};

async function createOverHttp(): Promise<string> {
  const created = await call(harness, 'POST', '/api/documents', { type: 'employee-onboarding' });
  expect(created.status).toBe(201);
  return created.body.id as string;
}

async function bySignals(): Promise<Event[]> {
  const id = await createOverHttp();
  const send = async (name: string, body: unknown): Promise<void> => {
    const sent = await call(harness, 'POST', `/api/documents/${id}/events/${name}`, body);
    expect(sent.status).toBe(202);
  };
  return await walk(`document:${id}`, send);
}

/** One event after the other, each when the one before has been dealt with. */
async function walk(
  workflowId: string,
  send: (name: string, body: unknown) => Promise<void>,
): Promise<Event[]> {
  await settled(workflowId, 'Waiting for feedback');
  for (const section of SECTIONS) {
    await send(section, feedback);
    await settled(workflowId, STATUS[section]);
  }
  await send('SubmissionApproval', true);
  await client.workflow.getHandle(workflowId).result();
  return await eventsOf(workflowId);
}

async function byUpdates(): Promise<Event[]> {
  const id = await createOverHttp();
  const at = `/api/documents/${id}`;
  await settled(`document:${id}`, 'Waiting for feedback');
  for (const section of SECTIONS) {
    expect((await call(harness, 'PUT', `${at}/sections/${section}`, feedback)).status).toBe(200);
    await settled(`document:${id}`, STATUS[section]);
  }
  expect((await call(harness, 'POST', `${at}/approve`)).status).toBe(200);
  await client.workflow.getHandle(`document:${id}`).result();
  return await eventsOf(`document:${id}`);
}

async function byCli(): Promise<Event[]> {
  const workflowId = `document:${randomUUID()}`;
  const temporal = async (...args: string[]): Promise<void> => {
    await run(inject('temporalCli'), [...args, '--address', inject('temporalAddress')], {
      timeout: 20_000,
    });
  };
  await temporal(
    'workflow',
    'start',
    '--type',
    'document',
    '--task-queue',
    taskQueue,
    '--workflow-id',
    workflowId,
    '--input',
    '{"type":"employee-onboarding"}',
  );
  return await walk(workflowId, (name, body) =>
    client.workflow.getHandle(workflowId).signal(name, body),
  );
}

const BUDGET = { events: 32, actions: 9, eventsByUpdates: 40 };
/** Loading the type, and what otherwise goes in the start call: memo and search attributes. */
const EXTRA_BY_CLI = [
  'MARKER_RECORDED',
  'WORKFLOW_PROPERTIES_MODIFIED',
  'UPSERT_WORKFLOW_SEARCH_ATTRIBUTES',
];

describe.each(['first', 'second'])('one paced onboarding, %s run', () => {
  test('by signals through the gateway: 29 events, 9 billable actions', async () => {
    const events = await bySignals();
    expect(events.length, listing(events)).toBe(29);
    expect(events.length, listing(events)).toBeLessThanOrEqual(BUDGET.events);
    expect(billableActions(events), listing(events)).toBe(9);
    expect(billableActions(events), listing(events)).toBeLessThanOrEqual(BUDGET.actions);
  });

  test('by updates: 38 events, 9 billable actions', async () => {
    const events = await byUpdates();
    expect(events.length, listing(events)).toBe(38);
    expect(events.length, listing(events)).toBeLessThanOrEqual(BUDGET.eventsByUpdates);
    expect(billableActions(events), listing(events)).toBe(9);
  });

  test('started by the CLI: three events more, two of them billable', async () => {
    const events = await byCli();
    expect(events.length, listing(events)).toBe(29 + EXTRA_BY_CLI.length);
    const first = events.findIndex((event) => named(event) === 'WORKFLOW_TASK_COMPLETED');
    const extra = events.slice(first + 1, first + 1 + EXTRA_BY_CLI.length).map(named);
    expect(extra, listing(events)).toEqual(EXTRA_BY_CLI);
    expect(billableActions(events), listing(events)).toBe(9 + 2);
  });
});

describe('one change more', () => {
  const TASK = ['WORKFLOW_TASK_SCHEDULED', 'WORKFLOW_TASK_STARTED', 'WORKFLOW_TASK_COMPLETED'];
  const UPDATE = [
    ...TASK,
    'WORKFLOW_EXECUTION_UPDATE_ACCEPTED',
    'WORKFLOW_EXECUTION_UPDATE_COMPLETED',
  ];

  /** The events that `change` adds to a document with all sections filled. */
  async function eventsFor(
    change: (id: string, at: string) => Promise<unknown>,
    enough: (added: readonly string[]) => boolean,
    by: 'update' | 'signal' = 'update',
  ): Promise<string[]> {
    const sections = Object.fromEntries(SECTIONS.map((section) => [section, feedback]));
    const body = { type: 'employee-onboarding', sections };
    const { id } = (await call(harness, 'POST', '/api/documents', body)).body;
    await settled(`document:${id}`, 'Awaiting submission');
    // The first correction of a section, and one by somebody else, is news for its status, and costs one event more.
    if (by === 'signal')
      await client.workflow.getHandle(`document:${id}`).signal(SECTIONS[0], once);
    else await call(harness, 'PUT', `/api/documents/${id}/sections/${SECTIONS[0]}`, once);
    await awaitUntil('corrected once', async () => {
      const { raw } = await client.workflow.getHandle(`document:${id}`).describe();
      const events = await eventsOf(`document:${id}`);
      const told = events.some((event) => named(event) === 'WORKFLOW_PROPERTIES_MODIFIED');
      return told && !raw.pendingWorkflowTask;
    });
    const before = (await eventsOf(`document:${id}`)).length;
    await change(id, `/api/documents/${id}`);
    return awaitUntil('what it adds', async () => {
      const { raw } = await client.workflow.getHandle(`document:${id}`).describe();
      const added = (await eventsOf(`document:${id}`)).slice(before).map(named);
      return !raw.pendingWorkflowTask && enough(added) && added;
    });
  }
  const once = { ...feedback, feedback: 'At first' };
  const other = { ...feedback, feedback: 'On second thoughts' };

  test('a correction by an update: five events', async () => {
    const added = await eventsFor(
      async (_id, at) => {
        const filled = await call(harness, 'PUT', `${at}/sections/${SECTIONS[0]}`, other);
        expect(filled.status).toBe(200);
      },
      (events) => events.length >= 5,
    );
    expect(added).toEqual(UPDATE);
  });

  test('a correction by a signal: four', async () => {
    const added = await eventsFor(
      async (id) => client.workflow.getHandle(`document:${id}`).signal(SECTIONS[0], other),
      (events) => events.length >= 4,
      'signal',
    );
    expect(added).toEqual(['WORKFLOW_EXECUTION_SIGNALED', ...TASK]);
  });

  test('a comment, and what is refused by a signal: no more', async () => {
    const comment = await eventsFor(
      async (_id, at) => call(harness, 'POST', `${at}/comment`, { text: 'Hm' }),
      (events) => events.length >= 5,
    );
    expect(comment).toEqual(UPDATE);
    const refused = await eventsFor(
      async (id) => client.workflow.getHandle(`document:${id}`).signal('Nonsense', 1),
      (events) => events.length >= 4,
    );
    expect(refused).toEqual(['WORKFLOW_EXECUTION_SIGNALED', ...TASK]);
  });

  test('what an update refuses, and a command that changes nothing: none and five', async () => {
    const refused = await eventsFor(
      async (_id, at) => {
        const answer = await call(harness, 'PUT', `${at}/sections/${SECTIONS[0]}`, { bad: 1 });
        expect(answer.status).toBe(422);
      },
      () => true,
    );
    expect(refused).toEqual([]);
    const again = await eventsFor(
      async (_id, at) => call(harness, 'PUT', `${at}/sections/${SECTIONS[0]}`, once),
      (events) => events.length >= 5,
    );
    expect(again).toEqual(UPDATE);
  });

  test('writing fifty history entries: one marker', async () => {
    const added = await eventsFor(
      async (id, at) => {
        for (let i = 0; i < 60; i += 1) {
          const data = { ...feedback, feedback: `no. ${i}` };
          const filled = await call(harness, 'PUT', `${at}/sections/${SECTIONS[0]}`, data);
          expect(filled.status).toBe(200);
        }
        expect(id).toBeDefined();
      },
      (events) => events.length >= 300,
    );
    expect(added.filter((name) => name === 'MARKER_RECORDED')).toHaveLength(1);
    expect(added.filter((name) => name.startsWith('ACTIVITY'))).toEqual([]);
    expect(added).toHaveLength(60 * UPDATE.length + 1);
  });
});

test('the result of an update stays under 4 KiB in the history, however large the document', async () => {
  const metadata = { title: 'Large', remarks: 'x'.repeat(100_000) };
  const body = { type: 'employee-onboarding', metadata };
  const created = await call(harness, 'POST', '/api/documents', body);
  const at = String(created.headers.location);
  const filled = await call(harness, 'PUT', `${at}/sections/${SECTIONS[0]}`, feedback);
  // What the result had no room for is read instead: the answer is the same as for a small document.
  expect(filled.body).toMatchObject({ version: 2, metadata, sections: { [SECTIONS[0]]: {} } });
  expect(filled.body.sections[SECTIONS[0]]).not.toHaveProperty('data');
  expect(Object.keys(filled.body._templates)).toContain(`fill-${SECTIONS[1]}`);
  const handle = harness.client.workflow.getHandle(`document:${created.body.id}`);
  const sizes = ((await handle.fetchHistory()).events ?? []).flatMap((event) => {
    const { outcome } = event.workflowExecutionUpdateCompletedEventAttributes ?? {};
    return (outcome?.success?.payloads ?? []).map(({ data }) => data?.length ?? 0);
  });
  expect(sizes).toHaveLength(1);
  expect(sizes[0]).toBeLessThan(4 * 1024);
});

test('a straight order on the built-in providers: 12 events, 3 actions', async () => {
  const orders = await ordersOf(harness);
  const id = await orders.place(orderOf(await orders.product(1)));
  await orders.result(id);
  const events = await eventsOf(`order:${id}`);
  expect(events.map(named), listing(events)).toEqual([
    'WORKFLOW_EXECUTION_STARTED',
    'WORKFLOW_TASK_SCHEDULED',
    'WORKFLOW_TASK_STARTED',
    'WORKFLOW_TASK_COMPLETED',
    ...Array.from({ length: 4 }, () => 'MARKER_RECORDED'),
    'WORKFLOW_PROPERTIES_MODIFIED',
    'UPSERT_WORKFLOW_SEARCH_ATTRIBUTES',
    'MARKER_RECORDED',
    'WORKFLOW_EXECUTION_COMPLETED',
  ]);
  expect(billableActions(events)).toBe(3);
});
