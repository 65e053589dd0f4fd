/** Events that start or signal something: in every mode, each once, whatever comes between. */
import { randomUUID } from 'node:crypto';
import proto from '@temporalio/proto'; // CommonJS, of which Node finds no named exports
import { describe, expect, test } from 'vitest';
import { awaitUntil } from '../support/await-until.ts';
import { openApi, pointersOf, problemOf } from '../support/api.ts';
import { BATCH, eventOf, sendersOf, STRUCTURED } from '../support/events.ts';
import { gatewaysOf } from '../support/gateway.ts';
import { startHarness, type Loose } from '../support/harness.ts';
import { wireTo } from '../support/wire.ts';

const TRIGGERS = JSON.stringify([
  { type: 'test.hello', start: 'Hello' },
  { type: 'test.named', start: 'Hello', id: 'hello-{data.name}' },
  { type: 'test.whole', start: 'Hello', id: '{subject}', input: 'event' },
  { type: 'test.proposal', start: 'OrchFunction', id: '{subject}' },
  { type: 'test.approval', signal: 'Approval', instance: '{subject}' },
  { type: 'test.by-hand', start: 'ByHand', id: '{subject}' },
  { type: 'test.section', signal: 'InterviewFeedback', instance: 'document:{subject}' },
]);
/** What the gateway's calls to Temporal meet, by their method: thrown before, or after they were carried out. */
let failing: { readonly method: string; left: number } | undefined;
/** Of the functions whose workflow tasks the tests answer themselves. */
const BY_HAND = `by-hand-${randomUUID()}`;
const harness = await startHarness({
  triggers: TRIGGERS,
  durable: { DURABLE_FUNCTIONS: `ByHand=ByHand@${BY_HAND}` },
  onGrpc: (method) => {
    if (failing?.method !== method || failing.left === 0) return;
    failing.left -= 1;
    throw Object.assign(new Error('14 UNAVAILABLE: as if it were not there'), {
      code: 14,
      details: 'as if it were not there',
      metadata: { get: () => [] },
    });
  },
});
const { client, database, taskQueue } = harness;
const { structured, binary, batch } = sendersOf(harness);
const api = await openApi(harness);
const gatewayWith = gatewaysOf(harness);

const row = (id: string) =>
  database.selectFrom('inbox').selectAll().where('message_id', '=', id).executeTakeFirst();
const result = (id: string): Promise<unknown> => client.workflow.getHandle(id).result();
const historyOf = async (id: string): Promise<readonly Loose[]> =>
  (await client.workflow.getHandle(id).fetchHistory()).events ?? [];
const signalsOf = async (id: string): Promise<number> =>
  (await historyOf(id)).filter((one) => one.workflowExecutionSignaledEventAttributes).length;
const startsOf = async (workflowId: string): Promise<number> => {
  const found: string[] = [];
  for await (const one of client.workflow.list({ query: `WorkflowId = '${workflowId}'` }))
    found.push(one.runId);
  return found.length;
};
/** An OrchFunction that waits for `Approval`. Returns its id. */
async function proposal(): Promise<string> {
  const workflowId = `proposal-${randomUUID()}`;
  await client.workflow.start('OrchFunction', {
    workflowId,
    taskQueue,
    args: [{ timeout: 'PT1H' }],
  });
  return workflowId;
}

describe('an event', () => {
  test('in the structured mode starts a function', async () => {
    const answer = await structured(eventOf({ data: 'Ada' }));
    api.conform('POST', '/api/triggers', answer);
    expect(answer.status, answer.text).toBe(202);
    const { body } = answer;
    expect(body).toMatchObject({ action: 'started', name: 'Hello' });
    expect(body.id).toMatch(/^[0-9a-f]{32}$/);
    expect(answer.headers.location).toBe(body.statusQueryGetUri);
    expect(await result(body.id)).toBe('Hello Ada!');
    const { pathname, search } = new URL(body.statusQueryGetUri);
    const status = await harness.app.inject({
      url: pathname + search,
      headers: { host: 'localhost' },
    });
    expect(status.json()).toMatchObject({ runtimeStatus: 'Completed', output: 'Hello Ada!' });
  });

  test('in the binary mode too, with whatever its headers stand for', async () => {
    const name = randomUUID();
    const event = eventOf({ type: 'test.named', id: 'Euro%20%E2%82%AC%20%22' });
    const answer = await binary(event, JSON.stringify({ name }));
    expect(answer.status, answer.text).toBe(202);
    expect(answer.body.id).toBe(`hello-${name}`);
    expect(await result(`hello-${name}`)).toBe(`Hello ${name}!`);
    expect(await row('Euro € "')).toMatchObject({ state: 'done', payload: null });
  });

  test('without data has null, and as a whole the event itself', async () => {
    const bare = await binary(eventOf());
    expect(await result(bare.body.id)).toBe('Hello World!');
    const subject = `whole-${randomUUID()}`;
    const event = eventOf({
      type: 'test.whole',
      subject,
      time: '2026-01-31T08:00:00Z',
      tenant: 'a',
    });
    await binary(event, Buffer.from([0, 255]), 'application/octet-stream');
    const [started] = await historyOf(subject);
    const [payload] = started.workflowExecutionStartedEventAttributes.input.payloads;
    expect(JSON.parse(Buffer.from(payload.data).toString())).toEqual({
      ...event,
      datacontenttype: 'application/octet-stream',
      data_base64: 'AP8=',
    });
  });

  test('signals an instance, as who sent it', async () => {
    const id = await proposal();
    const answer = await structured(
      eventOf({ type: 'test.approval', subject: id, data: { approved: false } }),
      { 'x-user': 'olga' },
    );
    expect(answer.status, answer.text).toBe(202);
    expect(answer.body).toMatchObject({ action: 'signalled', name: 'Approval', id });
    expect(await result(id)).toEqual([expect.stringContaining('Rejected')]);
  });

  test('signals a document, which knows who it was', async () => {
    const { body } = await api.send('POST', '/api/documents', { type: 'employee-onboarding' });
    const event = eventOf({
      type: 'test.section',
      subject: body.id,
      data: { feedback: 'Fine', isPassed: true },
    });
    expect((await structured(event, { 'x-user': 'ivy' })).status).toBe(202);
    const entry = await awaitUntil('it is in the history', async () => {
      const { body: told } = await api.send('GET', `/api/documents/${body.id}/history`);
      return told._embedded.entries.find((one: Loose) => one.command === 'fill InterviewFeedback');
    });
    expect(entry).toMatchObject({ by: 'ivy', accepted: true });
  });

  test('of a batch: all, one after the other', async () => {
    const id = `batch-${randomUUID()}`;
    const answer = await batch([
      eventOf({ type: 'test.proposal', subject: id, data: { timeout: 'PT1H' } }),
      eventOf({ type: 'test.approval', subject: id, data: true }),
    ]);
    api.conform('POST', '/api/triggers', answer);
    expect(answer.status, answer.text).toBe(202);
    expect(answer.body.count).toBe(2);
    expect(answer.body._embedded.events.map((one: Loose) => one.action)).toEqual([
      'started',
      'signalled',
    ]);
    expect(await result(id)).toHaveLength(1);
    expect((await batch([])).body).toEqual({ count: 0, _embedded: { events: [] } });
  });
});

describe('the same event again', () => {
  test('fifty at once in two modes: one start, fifty times the same answer', async () => {
    const attributes = eventOf();
    const sent = Array.from({ length: 50 }, (_, i) =>
      i % 2 === 0 ? structured({ ...attributes, data: 'Bob' }) : binary(attributes, '"Bob"'),
    );
    const answers = await Promise.all(sent);
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 202));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    const [{ body }] = answers as [Loose];
    await result(body.id);
    const again = await structured({ ...attributes, data: 'Bob', time: '2026-02-01T00:00:00Z' });
    expect(again.text).toBe(answers[0]?.text);
    await awaitUntil('it is listed', async () => (await startsOf(body.id)) === 1);
  });

  test('fifty at once: one signal', async () => {
    const subject = await proposal();
    const event = eventOf({ type: 'test.approval', subject, data: true });
    const answers = await Promise.all(Array.from({ length: 50 }, () => structured(event)));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 202));
    await result(subject);
    expect(await signalsOf(subject)).toBe(1);
    expect((await structured(event)).text).toBe(answers[0]?.text);
  });

  test('with other content is refused', async () => {
    const event = eventOf({ data: { b: 1, a: [2] } });
    expect((await structured(event)).status).toBe(202);
    expect((await structured({ ...event, data: { a: [2], b: 1 }, trace: 'x' })).status).toBe(202);
    const other = await structured({ ...event, data: { a: [3], b: 1 } });
    api.conform('POST', '/api/triggers', other);
    expect(problemOf(other)).toEqual([422, 'event-id-reused']);
    expect((await structured({ ...event, source: '/elsewhere', data: 1 })).status).toBe(202);
  });
});

/** The sweep, as the reconciler runs it; messages are young in tests. */
async function sweep(): Promise<void> {
  const old = new Date(Date.now() - 3_600_000).toISOString();
  await database.updateTable('inbox').set({ received_at: old }).execute();
  await client.workflow.execute('reconcile', {
    workflowId: `reconcile-${randomUUID()}`,
    taskQueue,
  });
}

describe('a process that ends', () => {
  const EFFECTS = [
    ['start', 'startWorkflowExecution'],
    ['signal', 'signalWorkflowExecution'],
  ] as const;

  const eventFor = async (kind: 'start' | 'signal') =>
    kind === 'start'
      ? eventOf({ type: 'test.proposal', subject: `p-${randomUUID()}`, data: { timeout: 'PT1H' } })
      : eventOf({ type: 'test.approval', subject: await proposal(), data: true });
  const happened = async (kind: 'start' | 'signal', subject: string): Promise<number> =>
    kind === 'signal'
      ? signalsOf(subject)
      : historyOf(subject).then(
          () => 1,
          () => 0,
        );
  /** What a worker that is busy keeps waiting is in the history a moment later. */
  const once = (kind: 'start' | 'signal', subject: string): Promise<number> =>
    awaitUntil('it happened', async () => (await happened(kind, subject)) || undefined);
  const unavailable = async (method: string, event: object): Promise<void> => {
    failing = { method, left: 1_000 };
    const answer = await structured(event);
    failing = undefined;
    expect(problemOf(answer)).toEqual([503, 'temporal-unavailable']);
    expect(answer.headers['retry-after']).toBeDefined();
    api.conform('POST', '/api/triggers', answer);
  };

  test.each(EFFECTS)('before the %s: sent again it is done', async (kind, method) => {
    const event = await eventFor(kind);
    await unavailable(method, event);
    expect(await row(event.id)).toMatchObject({ state: 'received' });
    expect(await happened(kind, String((event as Loose).subject))).toBe(0);
    expect((await structured(event)).status).toBe(202);
    expect(await once(kind, String((event as Loose).subject))).toBe(1);
    expect(await row(event.id)).toMatchObject({ state: 'done' });
  });

  test.each(EFFECTS)('before the %s: the sweep does it', async (kind, method) => {
    const event = await eventFor(kind);
    await unavailable(method, event);
    await sweep();
    expect(await row(event.id)).toMatchObject({ state: 'done', payload: null });
    expect(await once(kind, String((event as Loose).subject))).toBe(1);
    expect((await structured(event)).status).toBe(202);
    await sweep();
    expect(await once(kind, String((event as Loose).subject))).toBe(1);
  });

  test('and what is old is forgotten', async () => {
    const event = eventOf();
    await structured(event);
    await sweep();
    expect(await row(event.id)).toBeDefined();
    const past = { kept_until: new Date(Date.now() - 1_000).toISOString() };
    await database.updateTable('inbox').set(past).where('message_id', '=', event.id).execute();
    await sweep();
    expect(await row(event.id)).toBeUndefined();
  });

  /** As if it had ended after the effect and before the note. */
  const unsettled = (id: string, was: Loose) =>
    database
      .updateTable('inbox')
      .set({ state: 'received', payload: JSON.stringify(was), settled_at: null, kept_until: null })
      .where('message_id', '=', id)
      .execute();

  test.each(EFFECTS)('after the %s: neither sweep nor sender does it again', async (kind) => {
    const event = await eventFor(kind);
    const { subject, data } = event as Loose;
    const first = await structured(event);
    expect(first.status, first.text).toBe(202);
    await unsettled(event.id, data);
    expect((await structured(event)).text).toBe(first.text);
    await unsettled(event.id, data);
    await sweep();
    expect(await row(event.id)).toMatchObject({ state: 'done' });
    // Also when it has ended meanwhile.
    if (kind === 'start') await client.workflow.getHandle(subject).terminate();
    else await result(subject);
    await unsettled(event.id, data);
    expect((await structured(event)).text).toBe(first.text);
    await unsettled(event.id, data);
    await sweep();
    expect(await row(event.id)).toMatchObject({ state: 'done' });
    expect(await once(kind, subject)).toBe(1);
    if (kind === 'start') expect(await startsOf(subject)).toBeLessThanOrEqual(1);
  });
});

describe('a workflow that continues as new', () => {
  const { COMMAND_TYPE_CONTINUE_AS_NEW_WORKFLOW_EXECUTION: CONTINUE } =
    proto.temporal.api.enums.v1.CommandType;

  async function startByHand(): Promise<{ subject: string; runId: string }> {
    const subject = `by-hand-${randomUUID()}`;
    const options = { workflowId: subject, taskQueue: BY_HAND, args: [] };
    const handle = await client.workflow.start('ByHand', options);
    return { subject, runId: handle.firstExecutionRunId };
  }

  /** As its worker would. */
  async function continueAsNew(): Promise<void> {
    const { workflowService } = client;
    const taskQueue_ = { name: BY_HAND };
    const { taskToken } = await client.withDeadline(Date.now() + 15_000, () =>
      workflowService.pollWorkflowTaskQueue({
        namespace: 'default',
        taskQueue: taskQueue_,
        identity: 'by hand',
      }),
    );
    await workflowService.respondWorkflowTaskCompleted({
      taskToken,
      identity: 'by hand',
      commands: [
        {
          commandType: CONTINUE,
          continueAsNewWorkflowExecutionCommandAttributes: {
            workflowType: { name: 'ByHand' },
            taskQueue: taskQueue_,
          },
        },
      ],
    });
  }

  const signalsOfRun = async (subject: string, runId?: string): Promise<number> => {
    const { events } = await client.workflow.getHandle(subject, runId).fetchHistory();
    return (events ?? []).filter((one) => one.workflowExecutionSignaledEventAttributes).length;
  };

  test('after it got the signal does not get it again in its next run', async () => {
    const { subject, runId } = await startByHand();
    const event = eventOf({ type: 'test.approval', subject, data: { n: 1 } });
    expect((await structured(event)).status).toBe(202);
    await database
      .updateTable('inbox')
      .set({ state: 'received', payload: '{"n":1}' })
      .where('message_id', '=', event.id)
      .execute();
    await continueAsNew();
    expect((await structured(event)).status).toBe(202);
    expect(await signalsOfRun(subject, runId)).toBe(1);
    expect(await signalsOfRun(subject)).toBe(0);
    await client.workflow.getHandle(subject).terminate();
  });

  test('after it was started is not taken for somebody else’s', async () => {
    const subject = `by-hand-${randomUUID()}`;
    const event = eventOf({ type: 'test.by-hand', subject });
    const first = await structured(event);
    expect(first.status, first.text).toBe(202);
    await continueAsNew();
    await database
      .updateTable('inbox')
      .set({ state: 'received', payload: 'null' })
      .where('message_id', '=', event.id)
      .execute();
    expect((await structured(event)).text).toBe(first.text);
    expect(problemOf(await structured({ ...event, id: randomUUID() }))).toEqual([
      409,
      'already-exists',
    ]);
    await client.workflow.getHandle(subject).terminate();
  });

  test('before that gets it in its next run', async () => {
    const { subject, runId } = await startByHand();
    const event = eventOf({ type: 'test.approval', subject, data: { n: 1 } });
    failing = { method: 'signalWorkflowExecution', left: 1_000 };
    expect((await structured(event)).status).toBe(503);
    failing = undefined;
    expect(await row(event.id)).toMatchObject({ run_id: runId, state: 'received' });
    await continueAsNew();
    const answers = await Promise.all(Array.from({ length: 20 }, () => structured(event)));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 202));
    expect(await signalsOfRun(subject, runId)).toBe(0);
    expect(await signalsOfRun(subject)).toBe(1);
    await client.workflow.getHandle(subject).terminate();
  });
});

describe('an event that leads to nothing', () => {
  test('of a type that no trigger takes, and is not kept', async () => {
    const event = eventOf({ type: 'test.unheard-of' });
    const answer = await structured(event);
    api.conform('POST', '/api/triggers', answer);
    expect(problemOf(answer)).toEqual([422, 'no-trigger']);
    expect(answer.body.detail).toContain('test.unheard-of');
    expect(await row(event.id)).toBeUndefined();
  });

  test('without any trigger: the answer names the setting', async () => {
    const { app } = await gatewayWith({});
    const answer = await sendersOf({ app }).structured(eventOf());
    expect(problemOf(answer)).toEqual([422, 'no-trigger']);
    expect(answer.body.detail).toContain('TRIGGERS');
  });

  test('whose data does not say for which instance it is', async () => {
    const answer = await structured(eventOf({ type: 'test.named', data: { nam: 'x' } }));
    expect(problemOf(answer)).toEqual([422, 'invalid-data']);
    expect(pointersOf(answer)).toEqual(['/data/name']);
  });

  test.each([
    ['one of ours', 'test.proposal', 'document:x'],
    ['a slash', 'test.proposal', 'a/b'],
    ['too long', 'test.proposal', 'x'.repeat(257)],
    ['an errand', 'test.approval', 'mail:document:x:1'],
  ])('for an instance that cannot be: %s', async (_what, type, subject) => {
    expect(problemOf(await structured(eventOf({ type, subject })))).toEqual([422, 'invalid-data']);
  });

  test('for an instance that is not there yet: sent again it is taken', async () => {
    const subject = `late-${randomUUID()}`;
    const event = eventOf({ type: 'test.approval', subject, data: true });
    for (let i = 0; i < 2; i += 1) {
      const answer = await structured(event);
      api.conform('POST', '/api/triggers', answer);
      expect(problemOf(answer)).toEqual([404, 'not-found']);
      expect(await row(event.id)).toMatchObject({
        state: 'refused',
        payload: null,
        refusal: { code: 'not-found' },
      });
    }
    await structured(eventOf({ type: 'test.proposal', subject, data: { timeout: 'PT1H' } }));
    expect((await structured(event)).status).toBe(202);
    await result(subject);
    expect(await row(event.id)).toMatchObject({ state: 'done', refusal: null });
    expect(problemOf(await structured(eventOf({ type: 'test.approval', subject })))).toEqual([
      404,
      'not-found',
    ]);
  });

  test('for an instance of nobody’s: of a task queue that is not ours', async () => {
    const subject = `foreign-${randomUUID()}`;
    const options = { workflowId: subject, taskQueue: `other-${randomUUID()}`, args: [] };
    const handle = await client.workflow.start('Anything', options);
    const event = eventOf({ type: 'test.approval', subject });
    expect(problemOf(await structured(event))).toEqual([404, 'not-found']);
    await handle.terminate();
  });

  test('under an id that another event has used', async () => {
    const name = randomUUID();
    expect((await structured(eventOf({ type: 'test.named', data: { name } }))).status).toBe(202);
    const second = eventOf({ type: 'test.named', data: { name } });
    const answer = await structured(second);
    api.conform('POST', '/api/triggers', answer);
    expect(problemOf(answer)).toEqual([409, 'already-exists']);
    expect(await row(second.id)).toMatchObject({ state: 'refused' });
  });

  test('of a batch: the others are taken, and the problem says which it was', async () => {
    const good = [eventOf(), eventOf()];
    const [first, last] = good as [Loose, Loose];
    const events = [first, eventOf({ type: 'nobody' }), last];
    const answer = await batch(events);
    api.conform('POST', '/api/triggers', answer);
    expect(problemOf(answer)).toEqual([422, 'no-trigger']);
    expect(answer.body.detail).toMatch(/^Event 2 of the batch: .* Of 3 events, 2 were taken/);
    for (const { id } of good) expect(await row(id)).toMatchObject({ state: 'done' });
    // What is worth sending again goes before what is not, or the sender would drop both.
    const late = eventOf({ type: 'test.approval', subject: randomUUID() });
    const both = await batch([eventOf({ type: 'nobody' }), late]);
    expect(problemOf(both)).toEqual([404, 'not-found']);
    failing = { method: 'startWorkflowExecution', left: 1_000 };
    const away = await batch([eventOf({ type: 'nobody' }), late, eventOf(), eventOf()]);
    failing = undefined;
    expect(problemOf(away)).toEqual([503, 'temporal-unavailable']);
    expect(away.body.detail).toMatch(/^Event 3 of the batch/);
  });
});

describe('who may not', () => {
  test('has no role operator', async () => {
    const answer = await structured(eventOf(), { 'x-user': 'eve', 'x-roles': 'manager' });
    api.conform('POST', '/api/triggers', answer);
    expect(problemOf(answer)).toEqual([403, 'forbidden']);
    expect((await structured(eventOf(), { 'x-roles': 'operator' })).status).toBe(202);
  });
});

describe('over the wire', () => {
  const attributes = { 'ce-specversion': '1.0', 'ce-source': '/wire', 'ce-type': 'test.hello' };
  const wire = (async () => wireTo(await harness.app.listen({ host: '127.0.0.1', port: 0 })))();
  const send = async (body: string | Buffer, headers: Record<string, string>) => {
    const answer = await (await wire).send('POST', '/api/triggers', body, headers);
    expect(answer.ms, answer.text).toBeLessThan(2_000);
    return {
      ...answer,
      code: answer.text.startsWith('{') ? JSON.parse(answer.text).code : undefined,
    };
  };

  test('every character that a header can carry', async () => {
    const plain = Array.from({ length: 0x7f - 0x21 }, (_, i) => String.fromCharCode(0x21 + i));
    const id = `${plain.filter((one) => one !== '"' && one !== '%').join('')}%22%25%00`;
    const refused = await send('1', { ...attributes, 'ce-id': id });
    expect([refused.status, refused.code]).toEqual([400, 'invalid-request']);
    const taken = await send('1', { ...attributes, 'ce-id': id.replace('%00', '%F0%9F%98%80') });
    expect(taken.status, taken.text).toBe(202);
    expect(
      await row(`${plain.filter((one) => one !== '"' && one !== '%').join('')}"%😀`),
    ).toBeDefined();
  });

  test.each<[string, string | Buffer, Record<string, string>, number]>([
    ['no event', '{}', {}, 400],
    ['no type of content', 'x', { 'content-type': 'nonsense' }, 415],
    ['half an event', '{}', { 'ce-id': '1' }, 400],
    ['no JSON', '{', { ...attributes, 'ce-id': 'w1' }, 400],
    ['deep', '['.repeat(100_000), { 'content-type': STRUCTURED }, 400],
    [
      'a million attributes',
      `{${Array.from({ length: 90_000 }, (_, i) => `"a${i}":1`).join()}}`,
      { 'content-type': STRUCTURED },
      400,
    ],
    ['large', Buffer.alloc(1_250_001, 0x20), { 'content-type': STRUCTURED }, 413],
    ['compressed', 'x', { 'content-type': STRUCTURED, 'content-encoding': 'gzip' }, 415],
    ['an empty batch that is none', '', { 'content-type': BATCH }, 400],
  ])('%s', async (_what, body, headers, status) => {
    const answer = await send(body, headers);
    expect(answer.status, answer.text).toBe(status);
    expect(answer.headers['content-type']).toContain('application/problem+json');
  });

  test('a hundred thousand headers', async () => {
    const many = Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`ce-x${i}`, '1']));
    const answer = await (await wire).send('POST', '/api/triggers', '1', many).then(
      ({ status }) => status,
      () => 'cut off',
    );
    // Node answers before us, or ends the connection while it is still sent.
    expect([431, 'cut off']).toContain(answer);
    expect((await send('1', { ...attributes, 'ce-id': randomUUID() })).status).toBe(202);
  });

  test('other methods', async () => {
    const answer = await (await wire).send('GET', '/api/triggers');
    expect([answer.status, answer.headers['allow']]).toEqual([405, 'POST']);
  });
});
