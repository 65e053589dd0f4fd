/** Documents that live long: many edits, a database that is away, a workflow that Temporal has forgotten. */
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { documentTypes, loadDocumentTypes } from '../../src/document-types/index.ts';
import type { Database } from '../../src/store/database.ts';
import { archiveDocument, findArchived } from '../../src/store/archive.ts';
import { recordDocumentEvents } from '../../src/store/events.ts';
import { archiveRecord } from '../../src/workflows/documents/archive-record.ts';
import type { StatusView } from '../../src/workflows/documents/view.ts';
import { awaitUntil } from '../support/await-until.ts';
import { historyOf, runsOf } from '../support/documents.ts';
import { editOften } from '../support/many-edits.ts';
import { typeOf } from '../support/workflow-types.ts';
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

const own = await loadDocumentTypes('document-types');
const harness = await startHarness({
  workerDatabase: failing,
  documentTypes: documentTypes([...own.all, typeOf('large')]),
});
const MB = 1_000_000;

const { client, taskQueue, database } = harness;

const statusOf = (id: string): Promise<StatusView> =>
  client.workflow.getHandle(`document:${id}`).query<StatusView>('status');

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
    // Said anew with each run, so that the version in it is not the one of the first start.
    expect(later.memo).toMatchObject({
      document: { id, type: 'employee-onboarding', createdAt: expect.any(String) },
      now: { title: 'Ada', owner: 'operator', state: 'open' },
      customStatus: expect.any(String),
    });
    const { now } = later.memo as Loose;
    expect(now.version).toBeGreaterThanOrEqual(500);
    expect(now.version).toBeLessThanOrEqual(1 + edits);
    expect(later.searchAttributes).toMatchObject({
      DossierKind: ['document'],
      DossierState: ['open'],
      DossierType: ['employee-onboarding'],
    });
    const check = async (extra: number): Promise<void> => {
      const { entries, refusedCount } = await historyOf(harness, id);
      const accepted = entries.filter((entry: Loose) => entry.accepted);
      const fills = accepted.filter((entry: Loose) => entry.command.startsWith('fill'));
      expect(fills.map((entry: Loose) => entry.version)).toEqual(
        Array.from({ length: edits + extra }, (_, i) => i + 2),
      );
      const texts = fills.map((entry: Loose) => entry.changes[0].to);
      expect(new Set(texts.filter((one: string) => /^(signal|update) /.test(one))).size).toBe(
        edits,
      );
      expect(refusedCount).toBe(2);
      expect(entries.filter((entry: Loose) => !entry.accepted)).toHaveLength(2);
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

test('1,200 edits; 10,000 are in the slow suite', { timeout: 60_000 }, async () => {
  const runs = await editOften(harness, 1_200, 0.25);
  expect(runs.length).toBeGreaterThanOrEqual(2);
});

describe('a command with an Idempotency-Key, repeated after the document continued as new', () => {
  test(
    'does nothing more, and answers; with another body it is refused',
    { timeout: 40_000 },
    async () => {
      const id = await start('document', { type: 'employee-onboarding' });
      const handle = client.workflow.getHandle(`document:${id}`);
      const firstRun = (await handle.describe()).runId;
      const at = `/api/documents/${id}`;
      const keyed = (key: string, more: object = {}) => ({ 'idempotency-key': key, ...more });
      const fill = (text: string) =>
        call(
          harness,
          'PUT',
          `${at}/sections/ContractFeedback`,
          { ...feedback, feedback: text },
          keyed('fill'),
        );
      const comment = (text: string) =>
        call(harness, 'POST', `${at}/comment`, { text }, keyed('say'));
      const signal = (text: string) =>
        call(
          harness,
          'POST',
          `${at}/comment`,
          { text },
          keyed('signal', { prefer: 'respond-async' }),
        );
      const event = (text: string) =>
        call(
          harness,
          'POST',
          `${at}/events/BackgroundCheckFeedback`,
          { ...feedback, feedback: text },
          keyed('event'),
        );
      const once = async () => {
        const made = await fill('once');
        expect(made.status, made.text).toBe(200);
        expect((await comment('once')).status).toBe(200);
        expect((await signal('async')).status).toBe(202);
        expect((await event('once')).status).toBe(202);
        return made;
      };
      const first = await once();
      expect(first.body.version).toBe(2);
      await awaitUntil('all four', async () => (await statusOf(id)).version === 3);
      for (let from = 0; from < 520; from += 40)
        await Promise.all(
          Array.from({ length: 40 }, (_, i) =>
            handle.signal('InterviewFeedback', { feedback: `no. ${from + i}`, isPassed: true }),
          ),
        );
      await awaitUntil('the next run', async () => (await handle.describe()).runId !== firstRun);
      await awaitUntil('all are in', async () => (await statusOf(id)).version === 523);
      const repeated = await once();
      expect(repeated.status).toBe(200);
      expect((await fill('another')).body).toMatchObject({ code: 'idempotency-key-reused' });
      expect((await comment('another')).status).toBe(422);
      expect((await signal('another')).status).toBe(202);
      expect((await event('another')).status).toBe(202);
      const { refused } = await awaitUntil('both are refused', async () => {
        const now = await statusOf(id);
        return now.refused.count === 2 && now;
      });
      expect(refused.last).toMatchObject({ code: 'idempotency-key-reused' });
      expect((await statusOf(id)).version).toBe(523);
      const { entries } = await historyOf(harness, id);
      const accepted = entries.filter(
        (entry) => entry.accepted && !/Interview/.test(entry.command),
      );
      expect(accepted.map((entry) => entry.command).toSorted((a, b) => a.localeCompare(b))).toEqual(
        [
          'create',
          'fill ContractFeedback',
          'comment',
          'comment',
          'fill BackgroundCheckFeedback',
          'submit',
          'ask',
        ].toSorted((a, b) => a.localeCompare(b)),
      );
    },
  );
});

describe('large documents', () => {
  test(
    'continue as new by their size, long before Temporal ends them',
    { timeout: 60_000 },
    async () => {
      const id = await start('document', { type: 'large' });
      const handle = client.workflow.getHandle(`document:${id}`);
      const text = 'x'.repeat(200_000);
      // One after the other: Temporal keeps what comes during a workflow task as one batch, and a page is a whole one.
      for (let i = 0; i < 40; i += 1) {
        const filled = await call(harness, 'PUT', `/api/documents/${id}/sections/Note`, {
          text: `${i} ${text}`,
        });
        expect(filled.status, filled.text.slice(0, 500)).toBe(200);
      }
      const runs = await runsOf(client, `document:${id}`, 10);
      expect(runs.length).toBeGreaterThanOrEqual(2);
      const describe = await handle.describe();
      expect(Number(describe.raw.workflowExecutionInfo?.historySizeBytes)).toBeLessThan(6 * MB);
      for (const events of runs) {
        const [carried] = events[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
        // The section, and at most two entries of its size that are not in the database yet.
        expect(carried?.data?.length).toBeLessThan(0.65 * MB);
      }
      const { entries } = await historyOf(harness, id);
      expect(entries).toHaveLength(41);
      await handle.signal('command', { kind: 'cancel' });
      expect(await handle.result()).toMatchObject({ state: 'cancelled', version: 41 });
    },
  );
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
      const { entries } = await historyOf(harness, id);
      expect(entries.map((entry: Loose) => entry.code ?? entry.command)).toEqual([
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
    expect(before?.state?.state).toBe('approved');
    await archiveDocument(database, {
      ...before!,
      ...archiveRecord(before!.state!),
      state: before!.state,
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
    const { entries } = await historyOf(harness, id);
    const told = entries.map((entry: Loose) => [entry.command, entry.by]);
    expect(told.map(([command]: string[]) => command)).toEqual([
      'create',
      ...SECTIONS.map((section) => `fill ${section}`),
      'submit',
      'ask',
      'approve',
    ]);
    expect(told.map(([, who]: string[]) => who)).not.toContain('ghost');
  });

  const ENDS: Readonly<Record<string, (id: string) => Promise<unknown>>> = {
    approved: finish,
    rejected: async (id) => {
      const handle = client.workflow.getHandle(`document:${id}`);
      for (const section of SECTIONS) await handle.signal(section, feedback);
      await handle.signal('SubmissionApproval', false);
      return await handle.result();
    },
    cancelled: async (id) => {
      await client.workflow.getHandle(`document:${id}`).signal('command', { kind: 'cancel' });
      return await client.workflow.getHandle(`document:${id}`).result();
    },
    expired: async (id) => {
      await client.workflow.getHandle(`document:${id}`).signal('command', { kind: 'archive' });
      return await client.workflow.getHandle(`document:${id}`).result();
    },
  };

  test.concurrent.each(Object.keys(ENDS))(
    'outlives the workflow of a document that is %s',
    async (state) => {
      const id = await start('document', { type: 'employee-onboarding' });
      await client.workflow.getHandle(`document:${id}`).signal('Nonsense', 1);
      await ENDS[state]?.(id);
      const document = await call(harness, 'GET', `/api/documents/${id}`);
      expect(document.body).toMatchObject({ state, closedAt: expect.any(String) });
      const history = await historyOf(harness, id);
      expect(history.refusedCount).toBe(1);
      const first = await call(harness, 'GET', `/api/documents/${id}?version=1`);
      await client.workflowService.deleteWorkflowExecution({
        namespace: 'default',
        workflowExecution: { workflowId: `document:${id}` },
      });
      await awaitUntil(
        'Temporal has forgotten it',
        async () =>
          client.workflow
            .getHandle(`document:${id}`)
            .describe()
            .then(
              () => false,
              () => true,
            ),
        50_000,
      );
      expect((await call(harness, 'GET', `/api/documents/${id}`)).body).toEqual(document.body);
      expect(await historyOf(harness, id)).toEqual(history);
      expect((await call(harness, 'GET', `/api/documents/${id}?version=1`)).body).toEqual(
        first.body,
      );
      expect((await call(harness, 'GET', `/api/documents/${id}/status`)).body).toMatchObject({
        state,
      });
      const list = await call(harness, 'GET', `/api/documents?state=${state}&limit=200`);
      expect(list.body._embedded.documents).toContainEqual(expect.objectContaining({ id, state }));
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
    },
    80_000,
  );
});
