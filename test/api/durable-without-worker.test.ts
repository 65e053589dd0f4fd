/** The management API while no worker has ever run, and what becomes of it all when one comes. */
import { randomUUID } from 'node:crypto';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { awaitUntil } from '../support/await-until.ts';
import { dialectOf, type Answer } from '../support/dialect.ts';
import { failure, MESSAGES } from '../support/dialect-wire.ts';
import { call, feedback, startHarness, type Loose } from '../support/harness.ts';

const grpc: string[] = [];
const harness = await startHarness({
  worker: false,
  durable: { DURABLE_FUNCTIONS: `Nowhere=Nowhere@nobody-${randomUUID()}` },
  onGrpc: (method) => void grpc.push(method),
});
const { send, start, raise, ended } = dialectOf(harness);

const mark = `w${randomUUID().slice(0, 8)}-`;
const named = (name: string) => `${mark}${name}`;
const status = (id: string) => send('GET', `instances/${id}`);
const terminate = (id: string, reason: string) =>
  send('POST', `instances/${id}/terminate?reason=${encodeURIComponent(reason)}`);
/** Whatever is answered. */
const tryRaise = (id: string) => send('POST', `instances/${id}/raiseEvent/Any`, '{"n":1}');
const empty = (answer: Answer) => [answer.status, answer.text];
const listed = (ids: readonly string[], query = '') =>
  awaitUntil(`${query} lists ${ids.join(' ')}`, async () => {
    const { body } = await send('GET', `instances?instanceIdPrefix=${mark}&${query}`);
    const found = body.map(({ instanceId }: Loose) => instanceId).toSorted();
    return JSON.stringify(found) === JSON.stringify(ids.toSorted()) && body;
  });

/** The first article's own route, and the approvals', make things of ours before a worker does. */
const onboarding = async (): Promise<string> => {
  const { status: code, body } = await call(harness, 'POST', '/Onboarding/Start', { title: 'Ada' });
  expect(code).toBe(202);
  return body.id;
};
const approval = async (): Promise<string> => {
  const policy = { stages: [{ name: 'one', approvers: ['user:anna'] }] };
  const made = await call(harness, 'POST', '/api/approvals', { title: 'Chairs', policy });
  expect(made.status, made.text).toBe(201);
  return `approval:${made.body.id}`;
};

describe('without a worker', () => {
  afterEach(() => {
    // Either would wait for one.
    expect(grpc).not.toContain('queryWorkflow');
    expect(grpc).not.toContain('updateWorkflowExecution');
  });

  test('a start is taken, and is Pending', async () => {
    const id = await start('OrchFunction', { timeout: 'PT1H' }, named('waits'));
    const { status: code, headers, body } = await send('GET', `instances/${id}?showHistory=true`);
    expect([code, headers['retry-after']]).toEqual([202, '5']);
    expect(body).toEqual({
      name: 'OrchFunction',
      instanceId: id,
      runtimeStatus: 'Pending',
      input: { timeout: 'PT1H' },
      customStatus: null,
      output: null,
      createdTime: expect.any(String),
      lastUpdatedTime: expect.any(String),
    });
    const own = await onboarding();
    expect((await status(own)).body).toMatchObject({
      runtimeStatus: 'Pending',
      customStatus: 'Waiting for feedback',
    });
    expect((await terminate(own, 'Enough')).status).toBe(202);
  });

  test('an id in use is in use, and what has not begun cannot be rewound or purged', async () => {
    const id = named('waits');
    const busy = failure(
      MESSAGES.internal,
      'An Orchestration instance with the status Pending already exists.',
    );
    for (const path of [
      `orchestrators/OrchFunction/${id}`,
      `instances/${id}/restart?restartWithNewInstanceId=false`,
    ]) {
      const { status: code, body } = await send('POST', path, 'null');
      expect([code, body]).toEqual([500, busy]);
    }
    expect((await send('POST', `instances/${id}/rewind`)).status).toBe(500);
    expect((await send('DELETE', `instances/${id}`)).status).toBe(412);
    expect((await status(id)).body.runtimeStatus).toBe('Pending');
  });

  test('nobody waits longer than asked to', async () => {
    const began = Date.now();
    const query = 'timeout=0.3&pollingInterval=0.1';
    const waited = await send('POST', `orchestrators/Nowhere/${named('nowhere')}?${query}`, 'null');
    expect([waited.status, waited.headers['retry-after']]).toEqual([202, '10']);
    expect(Date.now() - began).toBeGreaterThanOrEqual(300);
    expect(Date.now() - began).toBeLessThan(5_000);
  });

  test('events are kept, for whom there is', async () => {
    expect(empty(await tryRaise(named('waits')))).toEqual([202, '']);
    expect(empty(await tryRaise(named('nobody')))).toEqual([404, '']);
    const text = { 'content-type': 'text/plain' };
    const wrong = await send('POST', `instances/${named('waits')}/raiseEvent/Any`, '1', text);
    expect([wrong.status, wrong.body.Message]).toEqual([400, MESSAGES.type]);
  });

  test('what is none of ours, as far as anybody can know, is terminated at once, and purged', async () => {
    const ids = [named('a'), named('b'), named('c')];
    for (const [i, name] of ['OrchFunction', 'StartWorkflow', 'Nowhere'].entries()) {
      const id = await start(name, { title: 'Ada', timeout: 'PT1H' }, ids[i]);
      await raise(id, 'Any', i);
      expect(empty(await terminate(id, 'No worker & no hope'))).toEqual([202, '']);
      const { status: code, body } = await status(id);
      expect([code, body.runtimeStatus, body.output]).toEqual([
        200,
        'Terminated',
        'No worker & no hope',
      ]);
      expect(empty(await terminate(id, 'Again'))).toEqual([410, '']);
      expect(empty(await tryRaise(id))).toEqual([410, '']);
      expect(empty(await send('POST', `instances/${id}/rewind`))).toEqual([410, '']);
    }
    const [first = '', ...others] = ids;
    const purged = await send('DELETE', `instances/${first}`);
    expect([purged.status, purged.body]).toEqual([200, { instancesDeleted: 1 }]);
    for (const answer of [await status(first), await send('DELETE', `instances/${first}`)])
      expect(empty(answer)).toEqual([404, '']);

    const rows = await listed(others, 'runtimeStatus=Terminated');
    expect(rows.map(({ output }: Loose) => output)).toEqual(
      others.map(() => 'No worker & no hope'),
    );
    await listed([...others, named('waits'), named('nowhere')]);
    await listed([named('waits'), named('nowhere')], 'runtimeStatus=Pending');
    await listed([], 'runtimeStatus=Running');
    const since = encodeURIComponent(rows.map(({ createdTime }: Loose) => createdTime).sort()[0]);
    const many = await send(
      'DELETE',
      `instances?createdTimeFrom=${since}&runtimeStatus=Terminated`,
    );
    expect([many.status, many.body]).toEqual([200, { instancesDeleted: others.length }]);
    await listed([named('waits'), named('nowhere')]);
    // The ids are free again.
    await start('OrchFunction', { timeout: 'PT1H' }, first);
    expect((await terminate(first, 'Enough')).status).toBe(202);
  });

  test('what is restarted is Pending, too', async () => {
    const { status: code, body } = await send('POST', `instances/${named('waits')}/restart`);
    expect(code).toBe(202);
    expect((await status(body.id)).body).toMatchObject({
      name: 'OrchFunction',
      runtimeStatus: 'Pending',
      input: { timeout: 'PT1H' },
    });
    expect((await terminate(body.id, 'Enough')).status).toBe(202);
  });
});

describe('when a worker comes', () => {
  const ids = { orchestrated: named('document'), own: '', cancelled: '', withdrawn: '' };
  const texts = Array.from({ length: 100 }, (_, i) => `No. ${i}`);
  const kept = async (id: string, events: readonly (readonly [name: string, data: unknown])[]) => {
    for (const [name, data] of events) await raise(id, name, data);
  };
  const EVENTS = [
    // Comes too early, and so for nothing; in any other order it would be the answer.
    ['SubmissionApproval', true],
    ['ContractFeedback', { ...feedback, isPassed: false }],
    ['InterviewFeedback', feedback],
    ['ContractFeedback', feedback],
    ['BackgroundCheckFeedback', feedback],
    ['SubmissionApproval', false],
  ] as const;
  const historyOf = async (id: string): Promise<Loose[]> => {
    const at = `/api/documents/${id.replace('document:', '')}`;
    const { body } = await call(harness, 'GET', `${at}/history?limit=500`);
    return body._embedded.entries;
  };

  beforeAll(async () => {
    await start('StartWorkflow', { title: 'Ada' }, ids.orchestrated);
    ids.own = await onboarding();
    ids.cancelled = await onboarding();
    ids.withdrawn = await approval();
    // The first decides.
    await kept(named('waits'), [
      ['Approval', false],
      ['Approval', true],
    ]);
    await kept(
      ids.orchestrated,
      texts.map((text) => ['command', { kind: 'comment', text }] as const),
    );
    for (const id of [ids.orchestrated, ids.own]) await kept(id, EVENTS);

    await kept(ids.cancelled, [['InterviewFeedback', feedback]]);
    for (const [id, reason] of [
      [ids.cancelled, 'She stays'],
      [ids.cancelled, 'Too late'],
      [ids.withdrawn, 'No chairs'],
    ] as const) {
      // What is ours is told to end, and has not ended before a worker tells it.
      expect(empty(await terminate(id, reason))).toEqual([202, '']);
      const { status: code, body } = await status(id);
      expect([code, body.runtimeStatus, body.output]).toEqual([202, 'Pending', null]);
      expect((await send('DELETE', `instances/${id}`)).status).toBe(412);
    }
    await kept(ids.cancelled, [['ContractFeedback', feedback]]);
    await harness.startWorker();
  });

  test('events decide in their order', async () => {
    expect(await ended(named('waits'))).toMatchObject({
      runtimeStatus: 'Completed',
      output: ['Your project design proposal has been -  Rejected!'],
    });
  });

  test.each(['orchestrated', 'own'] as const)('events fill in their order: %s', async (which) => {
    const body = await ended(ids[which]);
    const entries = await historyOf(ids[which]);
    const commands: string[] = entries.map(({ command }) => command);
    expect(commands.filter((one) => one.startsWith('fill'))).toEqual(
      ['Contract', 'Interview', 'Contract', 'BackgroundCheck'].map((one) => `fill ${one}Feedback`),
    );
    expect(entries.filter(({ accepted }) => !accepted)).toMatchObject([{ code: 'wrong-state' }]);
    expect(body).toMatchObject({ runtimeStatus: 'Completed', output: 'Submitted: False' });
  });

  test('a hundred events of one name are there in their order', async () => {
    await ended(ids.orchestrated);
    const entries = await historyOf(ids.orchestrated);
    const comments = entries.filter(({ command }) => command === 'comment');
    expect(comments.map(({ reason }) => reason)).toEqual(texts);
  });

  test('what is ours ends as it was first told to, and with what came before that', async () => {
    for (const [id, output] of [
      [ids.cancelled, 'She stays'],
      [ids.withdrawn, 'No chairs'],
    ] as const)
      expect(await ended(id)).toMatchObject({ runtimeStatus: 'Terminated', output });
    const at = `/api/documents/${ids.cancelled.replace('document:', '')}`;
    const { body } = await call(harness, 'GET', at);
    expect(body).toMatchObject({
      state: 'cancelled',
      closedReason: 'She stays',
      sections: { InterviewFeedback: { state: 'filled' }, ContractFeedback: { state: 'open' } },
    });
    expect((await send('DELETE', `instances/${ids.cancelled}`)).status).toBe(200);
    expect((await status(ids.cancelled)).status).toBe(404);
  });

  test('whose worker has not come still waits for it', async () => {
    expect((await status(named('nowhere'))).body.runtimeStatus).toBe('Pending');
    expect((await terminate(named('nowhere'), 'Enough')).status).toBe(202);
  });
});
