/** Documents that live long: many edits, a database that is away, a workflow that Temporal has forgotten. */
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Database } from '../../src/store/database.ts';
import { archiveDocument, findArchived, recordDocumentEvents } from '../../src/store/documents.ts';
import type { StatusView } from '../../src/workflows/documents/view.ts';
import { awaitUntil } from '../support/await-until.ts';
import { call, feedback, SECTIONS, startHarness, type Loose } from '../support/harness.ts';

/** While true, whatever the worker asks of the database fails. */
let down = false;
const failing = (database: Database): Database =>
  new Proxy(database, {
    get(target, name) {
      if (down && ['transaction', 'insertInto'].includes(String(name)))
        throw new Error('the database is away');
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });

const harness = await startHarness({ workerDatabase: failing });
const { client, taskQueue, database } = harness;

const statusOf = (id: string): Promise<StatusView> =>
  client.workflow.getHandle(`document:${id}`).query<StatusView>('status');
const historyOf = async (id: string): Promise<Loose> =>
  (await call(harness, 'GET', `/api/documents/${id}/history`)).body;

async function start(workflowType: string, input: unknown): Promise<string> {
  const id = randomUUID();
  await client.workflow.start(workflowType, {
    workflowId: `document:${id}`,
    taskQueue,
    args: [input],
  });
  await awaitUntil('open', async () => (await statusOf(id)).state === 'open');
  return id;
}

async function finish(id: string): Promise<unknown> {
  const handle = client.workflow.getHandle(`document:${id}`);
  for (const section of SECTIONS) await handle.signal(section, feedback);
  await handle.signal('SubmissionApproval', true);
  return await handle.result();
}

describe.each([
  ['document', { type: 'employee-onboarding', metadata: { title: 'Ada' } }],
  ['StartWorkflow', { title: 'Ada' }],
])('%s, edited more than 500 times', (workflowType, input) => {
  test('continues as new and loses nothing', { timeout: 60_000 }, async () => {
    const id = await start(workflowType, input);
    const handle = client.workflow.getHandle(`document:${id}`);
    const firstRun = (await handle.describe()).runId;
    await handle.signal('Nonsense', 1);
    const SIGNALS = 520;
    const UPDATES = 60;
    const signals = async (): Promise<void> => {
      for (let from = 0; from < SIGNALS; from += 40) {
        await Promise.all(
          Array.from({ length: 40 }, (_, i) =>
            handle.signal('InterviewFeedback', { feedback: `signal ${from + i}`, isPassed: true }),
          ),
        );
      }
    };
    const updates = async (): Promise<void> => {
      for (let from = 0; from < UPDATES; from += 5) {
        const answers = await Promise.all(
          Array.from({ length: 5 }, (_, i) =>
            call(harness, 'PUT', `/api/documents/${id}/sections/ContractFeedback`, {
              feedback: `update ${from + i}`,
              isPassed: true,
            }),
          ),
        );
        expect(answers.map(({ status, body }) => body.detail ?? status)).toEqual(
          Array(5).fill(200),
        );
      }
    };
    await Promise.all([signals(), updates()]);
    const edits = SIGNALS + UPDATES;
    await awaitUntil('all are in', async () => (await statusOf(id)).version === 1 + edits, 30_000);
    const later = await awaitUntil('the next run', async () => {
      const now = await handle.describe();
      return now.runId !== firstRun && now;
    });
    await handle.signal('Nonsense', 2);
    await awaitUntil('refused too', async () => (await statusOf(id)).refused.count === 2);

    expect(later.status.name).toBe('RUNNING');
    expect(later.memo).toMatchObject({ document: { id, title: 'Ada', owner: 'operator' } });
    expect(later.searchAttributes).toMatchObject({
      DossierKind: ['document'],
      DossierState: ['open'],
      DossierType: ['employee-onboarding'],
    });
    const check = async (extra: number): Promise<void> => {
      const { _embedded, refusedCount } = await historyOf(id);
      const accepted = _embedded.entries.filter((entry: Loose) => entry.accepted);
      const fills = accepted.filter((entry: Loose) => entry.command.startsWith('fill'));
      expect(fills.map((entry: Loose) => entry.version)).toEqual(
        Array.from({ length: edits + extra }, (_, i) => i + 2),
      );
      const texts = fills.map((entry: Loose) => entry.changes[0].to);
      expect(new Set(texts.filter((one: string) => /^(signal|update) /.test(one))).size).toBe(
        edits,
      );
      expect(refusedCount).toBe(2);
      expect(_embedded.entries.filter((entry: Loose) => !entry.accepted)).toHaveLength(2);
    };
    await check(0);
    const read = await call(harness, 'GET', `/api/documents/${id}`);
    expect(read.body).toMatchObject({ title: 'Ada', version: 1 + edits, state: 'open' });

    const outcome = await finish(id);
    const approved = { state: 'approved', output: 'Submitted: True', version: 1 + edits + 3 };
    expect(outcome).toEqual(workflowType === 'document' ? { id, ...approved } : approved.output);
    await check(3);
  });
});

describe('the archive', () => {
  test(
    'a database that is away delays the end and loses nothing',
    { timeout: 40_000 },
    async () => {
      const id = await start('document', { type: 'employee-onboarding' });
      const handle = client.workflow.getHandle(`document:${id}`);
      await handle.signal('InterviewFeedback', feedback);
      down = true;
      try {
        await handle.signal('command', { kind: 'cancel', reason: 'Over' });
        await awaitUntil(
          'it is tried by an ordinary activity',
          async () => {
            const { raw } = await handle.describe();
            return raw.pendingActivities?.some(({ attempt }) => (attempt ?? 0) >= 2);
          },
          20_000,
        );
        const { status } = await handle.describe();
        expect(status.name, 'it does not end before it is archived').toBe('RUNNING');
        expect(await statusOf(id)).toMatchObject({ state: 'cancelled', customStatus: 'Cancelled' });
        await handle.signal('InterviewFeedback', feedback);
      } finally {
        down = false;
      }
      expect(await handle.result()).toMatchObject({ state: 'cancelled' });
      const { _embedded } = await historyOf(id);
      expect(_embedded.entries.map((entry: Loose) => entry.code ?? entry.command)).toEqual([
        'create',
        'fill InterviewFeedback',
        'cancel',
        'wrong-state',
      ]);
    },
  );

  test('writing twice is writing once', async () => {
    const id = await start('document', { type: 'employee-onboarding' });
    await finish(id);
    const before = await findArchived(database, id);
    const events = await database
      .selectFrom('document_events')
      .select('event')
      .where('document_id', '=', id)
      .execute();
    expect(before?.state.state).toBe('approved');
    await archiveDocument(database, {
      ...before!,
      workflowId: `document:${id}`,
      events: events.map(({ event }) => event),
    });
    expect(await findArchived(database, id)).toEqual(before);
    const after = await database
      .selectFrom('document_events')
      .select('sequence')
      .where('document_id', '=', id)
      .orderBy('sequence')
      .execute();
    expect(after.map(({ sequence }) => sequence)).toEqual(events.map((_, i) => i + 1));
  });

  test('of what a failed workflow task had written, nothing stays that did not happen', async () => {
    // Its local activity has run, its updates are forgotten: other events take their numbers.
    const id = await start('document', { type: 'employee-onboarding' });
    const by = { by: 'ghost', via: 'http', at: new Date().toISOString() } as const;
    await recordDocumentEvents(
      database,
      id,
      [2, 3, 40].map((sequence) => ({
        ...by,
        sequence,
        version: sequence,
        kind: 'section-filled' as const,
        section: 'InterviewFeedback',
        data: { feedback: 'never', isPassed: true },
      })),
    );
    await finish(id);
    const { _embedded } = await historyOf(id);
    const told = _embedded.entries.map((entry: Loose) => [entry.command, entry.by]);
    expect(told.map(([command]: string[]) => command)).toEqual([
      'create',
      ...SECTIONS.map((section) => `fill ${section}`),
      'submit',
      'approve',
    ]);
    expect(told.map(([, who]: string[]) => who)).not.toContain('ghost');
  });

  test('outlives the workflow: readable, with its history, and its id is taken', async () => {
    const id = await start('document', { type: 'employee-onboarding' });
    await finish(id);
    const document = await call(harness, 'GET', `/api/documents/${id}`);
    const history = await historyOf(id);
    await client.workflowService.deleteWorkflowExecution({
      namespace: 'default',
      workflowExecution: { workflowId: `document:${id}` },
    });
    await awaitUntil('Temporal has forgotten it', async () =>
      client.workflow
        .getHandle(`document:${id}`)
        .describe()
        .then(
          () => false,
          () => true,
        ),
    );
    expect((await call(harness, 'GET', `/api/documents/${id}`)).body).toEqual(document.body);
    expect(await historyOf(id)).toEqual(history);
    expect((await call(harness, 'GET', `/api/documents/${id}/status`)).body).toMatchObject({
      state: 'approved',
    });
    const create = await call(harness, 'POST', '/api/documents', {
      type: 'employee-onboarding',
      id,
    });
    expect(create).toMatchObject({ status: 409, body: { code: 'already-exists' } });
    const edit = await call(
      harness,
      'PUT',
      `/api/documents/${id}/sections/InterviewFeedback`,
      feedback,
    );
    expect(edit).toMatchObject({ status: 409, body: { code: 'wrong-state' } });
  });
});
