/** The second article's routes: /api/start, /api/check, /api/stop, and its workflow by the management API. */
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { openApi, type Answer } from '../support/api.ts';
import { awaitUntil } from '../support/await-until.ts';
import { dialectOf } from '../support/dialect.ts';
import { startHarness, type Loose } from '../support/harness.ts';

const calls: string[] = [];
const harness = await startHarness({ onGrpc: (method) => void calls.push(method) });
const { client, logged, temporal } = harness;
const api = await openApi(harness);
const { send, status, start: startByDialect, raise, steer, ended } = dialectOf(harness);
const strict = await startHarness({ worker: false, durable: { GET_COMPAT: 'off' } });

type Word = 'start' | 'check' | 'stop';
const ask = async (word: Word, input: string, method: 'GET' | 'POST' = 'POST'): Promise<Answer> => {
  const url = `/api/${word}/${encodeURIComponent(input)}`;
  const response = await harness.app.inject({ method, url });
  const { payload: text, statusCode, headers } = response;
  const answer = {
    status: statusCode,
    headers,
    text,
    body: text === '' ? undefined : response.json(),
  };
  api.conform(method, url, answer);
  return answer;
};
const costOf = async (request: () => Promise<Answer>): Promise<[string[], Answer]> => {
  calls.length = 0;
  const answer = await request();
  return [[...calls], answer];
};
/** Polls, as the article's client does. */
const polled = (input: string): Promise<Loose> =>
  awaitUntil(`${input} has ended`, async () => {
    const { body } = await ask('check', input);
    return body.runtimeStatus === 1 && body;
  });
const texts = (about: string): string[] =>
  logged.map(({ msg }) => msg as string).filter((msg) => msg.includes(about));

describe.each(['GET', 'POST'] as const)('by %s', (method) => {
  test('start, check, stop: the bodies of the article, one call each', async () => {
    const input = `aaron-${randomUUID()}`;
    const id = `wait:Workflow:${input}`;
    const [starting, begun] = await costOf(() => ask('start', input, method));
    expect([begun.status, begun.text, starting]).toEqual([200, '', ['startWorkflowExecution']]);
    const [checking, checked] = await costOf(() => ask('check', input, method));
    expect([checked.status, checking]).toEqual([200, ['describeWorkflowExecution']]);
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    const instance = {
      name: 'Workflow',
      instanceId: id,
      runtimeStatus: expect.any(Number),
      input,
      output: null,
      customStatus: 'Waiting for Workflow',
      createdTime: time,
      lastUpdatedTime: time,
      history: null,
    };
    expect(checked.body).toEqual(instance);
    // Running, or Pending as long as no worker has taken it up.
    expect([0, 6]).toContain(checked.body.runtimeStatus);
    const [stopping, stopped] = await costOf(() => ask('stop', input, method));
    expect([stopped.status, stopping]).toEqual([200, ['updateWorkflowExecution']]);
    const over = { ...instance, customStatus: 'Stopped' };
    expect(stopped.body).toEqual({ ...over, runtimeStatus: 1 });
    expect(await polled(input)).toEqual({ ...over, runtimeStatus: 1 });
    // The texts of the article, to the letter; worker and gateway each in their order.
    const ofWorkflow = /^(Starting workflow|Workflow) for /;
    const said = texts(input).filter((text) => !text.startsWith('Checking'));
    expect(said.filter((text) => ofWorkflow.test(text))).toEqual([
      `Starting workflow for ${input}`,
      `Workflow for ${input} is stopping`,
    ]);
    expect(said.filter((text) => !ofWorkflow.test(text))).toEqual([
      `Starting a new workflow for ${input}`,
      `Stopping workflow for ${input}`,
      `Found a matching instance with id ${id}`,
    ]);
    expect(texts(`Checking workflow for ${input}`).length).toBeGreaterThan(1);
  });

  test('of nobody: check and stop are 404, without a body', async () => {
    const input = randomUUID();
    for (const word of ['check', 'stop'] as const) {
      const answer = await ask(word, input, method);
      expect([word, answer.status, answer.text]).toEqual([word, 404, '']);
    }
    expect(texts(input)).toEqual([
      `Checking workflow for ${input}`,
      `Stopping workflow for ${input}`,
      `Didn't find a matching instance for ${input}`,
    ]);
  });
});

test('twice under one key is one; after the end it begins anew; a second stop changes nothing', async () => {
  const input = randomUUID();
  const handle = client.workflow.getHandle(`wait:Workflow:${input}`);
  const starts = await Promise.all([ask('start', input), ask('start', input), ask('start', input)]);
  expect(starts.map(({ status: code }) => code)).toEqual([200, 200, 200]);
  const { runId } = await handle.describe();
  // Straight after the start.
  expect((await ask('stop', input)).body.runtimeStatus).toBe(1);
  await polled(input);
  expect((await ask('stop', input)).body).toMatchObject({ runtimeStatus: 1 });
  await ask('start', input);
  expect((await handle.describe()).runId).not.toBe(runId);
  expect((await ask('check', input)).body.runtimeStatus).not.toBe(1);
  await ask('stop', input);
});

test('started straight after a stop it waits again', async () => {
  const input = randomUUID();
  for (let i = 0; i < 5; i += 1) {
    expect((await ask('start', input)).status).toBe(200);
    expect([0, 6]).toContain((await ask('check', input)).body.runtimeStatus);
    expect((await ask('stop', input)).body.runtimeStatus).toBe(1);
  }
});

test.each([
  'a b',
  'ä/ö?#%25',
  '../..',
  '.a',
  'a~b:c',
  '😀',
  "o'neill",
  '"quoted" \\ ',
  'document:4711',
  '*',
  'a\nb',
])('any text is a key: %j', async (input) => {
  expect((await ask('start', input)).status).toBe(200);
  const { body } = await ask('check', input);
  expect(body.input).toBe(input);
  expect(body.instanceId).toMatch(/^wait:Workflow:[A-Za-z0-9._~-]+$/);
  expect((await status(body.instanceId)).input).toBe(input);
  expect((await ask('stop', input)).body.input).toBe(input);
  expect((await polled(input)).input).toBe(input);
});

test('what cannot be a key is 400; bodies are ignored, whatever they are', async () => {
  for (const input of ['\0', 'x'.repeat(257), '😀'.repeat(100)])
    expect((await ask('start', input)).status, input.slice(0, 10)).toBe(400);
  const input = randomUUID();
  for (const [type, payload] of [
    ['text/plain', 'hello'],
    ['application/json', '{"broken'],
    ['application/x-www-form-urlencoded', 'a=1'],
  ] as const) {
    const url = `/api/start/${input}`;
    const headers = { 'content-type': type };
    const { statusCode } = await harness.app.inject({ method: 'POST', url, headers, payload });
    expect(statusCode, type).toBe(200);
  }
  await ask('stop', input);
});

test('check and stop are for anybody, and still know it when Temporal has forgotten it', async () => {
  const input = randomUUID();
  const nobody = { 'x-user': 'nobody', 'x-roles': '' };
  await ask('start', input);
  const url = `/api/stop/${input}`;
  const stopped = await harness.app.inject({ method: 'POST', url, headers: nobody });
  expect(stopped.statusCode, stopped.payload).toBe(200);
  const before = await polled(input);
  await temporal.call({}, ({ workflowService }) =>
    workflowService.deleteWorkflowExecution({
      namespace: 'default',
      workflowExecution: { workflowId: before.instanceId },
    }),
  );
  await awaitUntil(
    'Temporal has forgotten it',
    () =>
      client.workflow
        .getHandle(before.instanceId)
        .describe()
        .then(
          () => false,
          () => true,
        ),
    60_000,
  );
  expect((await ask('check', input)).body).toEqual(before);
  expect((await ask('stop', input)).body).toEqual(before);
  await ask('start', input);
  expect((await ask('check', input)).body.runtimeStatus).not.toBe(1);
  await ask('stop', input);
}, 90_000);

test('one that its owner keeps to themselves is nobody else’s', async () => {
  const input = randomUUID();
  const made = await harness.app.inject({
    method: 'POST',
    url: `/api/waits/Workflow/${input}`,
    headers: { 'x-user': 'olga', 'x-roles': '' },
  });
  expect(made.statusCode).toBe(201);
  const nobody = { 'x-user': 'nobody', 'x-roles': '' };
  const codes = ['start', 'check', 'stop'].map(async (word) => {
    const url = `/api/${word}/${input}`;
    return (await harness.app.inject({ method: 'POST', url, headers: nobody })).statusCode;
  });
  expect(await Promise.all(codes)).toEqual([200, 404, 404]);
  // Whoever may see it, may.
  expect((await ask('stop', input)).body).toMatchObject({ name: 'Workflow', runtimeStatus: 1 });
});

test('GET_COMPAT=off: GET only checks; HEAD never does more', async () => {
  const code = async (app: typeof harness.app, method: 'GET' | 'HEAD', url: string) =>
    (await app.inject({ method, url })).statusCode;
  const key = randomUUID();
  for (const word of ['start', 'stop'])
    expect(await code(strict.app, 'GET', `/api/${word}/${key}`), word).toBe(405);
  expect(await code(strict.app, 'GET', `/api/check/${key}`)).toBe(404);
  const posted = await strict.app.inject({ method: 'POST', url: `/api/start/${key}` });
  expect(posted.statusCode).toBe(200);
  expect(await code(strict.app, 'GET', `/api/check/${key}`)).toBe(200);
  for (const word of ['start', 'stop'])
    expect(await code(harness.app, 'HEAD', `/api/${word}/${key}`), word).toBe(405);
  const foreign = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' };
  const url = `/api/start/${randomUUID()}`;
  const { statusCode } = await harness.app.inject({ method: 'GET', url, headers: foreign });
  expect(statusCode).toBe(403);
});

describe('by the management API', () => {
  test('the function Workflow: started, checked, stopped by its event', async () => {
    const id = await startByDialect('Workflow', 'aaron');
    await awaitUntil('it has begun', async () => (await status(id)).customStatus !== null);
    expect(await status(id)).toMatchObject({
      name: 'Workflow',
      input: 'aaron',
      runtimeStatus: 'Running',
      customStatus: 'Waiting for Workflow',
    });
    // Under its id the article's routes know it as well, and its log has its input.
    expect((await ask('check', id)).body).toMatchObject({ instanceId: id, input: 'aaron' });
    await awaitUntil('the line', () => texts('Starting workflow for aaron').length > 0);
    await raise(id, 'workflow', 'any data');
    expect(await ended(id)).toMatchObject({ runtimeStatus: 'Completed', output: null });
    const at = `/api/waits/Workflow/${id}`;
    const { body } = await api.send('GET', `${at}/result?wait=20s`);
    expect(body).toMatchObject({
      key: id,
      state: 'completed',
      events: [{ event: 'Workflow', data: 'any data' }],
    });
  });

  test('what the routes have started can be suspended, resumed, terminated there', async () => {
    const input = randomUUID();
    await ask('start', input);
    const id = `wait:Workflow:${input}`;
    await awaitUntil('it has begun', async () => (await status(id)).runtimeStatus === 'Running');
    await steer(id, 'suspend?reason=lunch');
    await awaitUntil('it is', async () => (await status(id)).runtimeStatus === 'Suspended');
    expect((await ask('check', input)).body.runtimeStatus).toBe(7);
    expect((await ask('stop', input)).body).toMatchObject({ code: 'suspended', status: 409 });
    await raise(id, 'Workflow', 1);
    expect((await ask('check', input)).body.runtimeStatus).toBe(7);
    await steer(id, 'resume?reason=back');
    await polled(input);
    await ask('start', input);
    expect((await steer(id, 'terminate?reason=enough')).status).toBe(202);
    const over = await awaitUntil('it has ended', async () => {
      const { body } = await ask('check', input);
      return body.runtimeStatus === 5 && body;
    });
    expect(over).toMatchObject({ output: 'enough', customStatus: 'Cancelled' });
  });

  test('whoever has the code of an instance terminates it, whosever it is', async () => {
    const input = randomUUID();
    const guarded = await startHarness({ links: { secrets: ['s'.repeat(32)] } as never });
    const nobody = { 'x-user': 'nobody', 'x-roles': '' };
    const url = `/api/orchestrators/Workflow/${input}`;
    const made = await guarded.app.inject({ method: 'POST', url, payload: '"x"' });
    const check = `/api/check/${input}`;
    await awaitUntil('it has begun', async () => {
      const { statusCode } = await guarded.app.inject({ method: 'GET', url: check });
      return statusCode === 200;
    });
    const { terminatePostUri } = made.json();
    const ending = terminatePostUri.replace('{text}', 'mine').replace(/^http:\/\/[^/]*/, '');
    const asked = await guarded.app.inject({ method: 'POST', url: ending, headers: nobody });
    expect(asked.statusCode, asked.payload).toBe(202);
    await awaitUntil('it has ended', async () => {
      const { payload } = await guarded.app.inject({ method: 'GET', url: check });
      return payload !== '' && JSON.parse(payload).runtimeStatus === 5;
    });
  });

  test('ids of waits are given by the service alone', async () => {
    const answer = await send('POST', 'orchestrators/Workflow/wait:Workflow:x', '"x"');
    expect(answer.status).toBe(400);
  });
});

test('without a worker: start and check answer, stop says that nobody does', async () => {
  const key = randomUUID();
  const { statusCode } = await strict.app.inject({ method: 'POST', url: `/api/start/${key}` });
  expect(statusCode).toBe(200);
  const checked = await strict.app.inject({ method: 'GET', url: `/api/check/${key}` });
  expect(checked.json()).toMatchObject({ runtimeStatus: 6, input: key });
  const stopped = await strict.app.inject({ method: 'POST', url: `/api/stop/${key}` });
  expect([stopped.statusCode, stopped.json().code]).toEqual([503, 'no-worker']);
}, 30_000);
