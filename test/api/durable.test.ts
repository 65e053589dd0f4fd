/** The management API of Durable Functions: each code, header and name that clients see. */
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { awaitUntil } from '../support/await-until.ts';
import { dialectOf, MANAGEMENT, type Answer } from '../support/dialect.ts';
import { BASES, failure, MESSAGES } from '../support/dialect-wire.ts';
import { startHarness, type Loose } from '../support/harness.ts';

const seen: string[] = [];
const harness = await startHarness({
  durable: { DURABLE_FUNCTIONS: `Nowhere=Nowhere@nobody-${randomUUID()}` },
  onGrpc: (method) => void seen.push(method),
});
const { app, client, taskQueue } = harness;
const { send, start } = dialectOf(harness);
const ended = (id: string) =>
  awaitUntil('it has ended', async () => {
    const answer = await send('GET', `instances/${id}`);
    return answer.status === 200 && answer;
  });

describe.each(BASES)('POST %s/orchestrators/{functionName}', (base) => {
  test('202 with where to watch and steer it; an id is made up', async () => {
    const answer = await send('POST', `${base}/orchestrators/OrchFunction`, '{"timeout":"PT1H"}');
    expect(answer.status).toBe(202);
    const { id } = answer.body;
    expect(id).toMatch(/^[0-9a-f]{32}$/);
    const instance = `http://localhost:8080${MANAGEMENT}/instances/${id}`;
    const keys = `taskHub=${taskQueue}&connection=Storage&code=`;
    // The rewind address is not among them: only apps answer it.
    expect(answer.body).toEqual({
      id,
      statusQueryGetUri: `${instance}?${keys}`,
      sendEventPostUri: `${instance}/raiseEvent/{eventName}?${keys}`,
      terminatePostUri: `${instance}/terminate?reason={text}&${keys}`,
      purgeHistoryDeleteUri: `${instance}?${keys}`,
      restartPostUri: `${instance}/restart?${keys}`,
      suspendPostUri: `${instance}/suspend?reason={text}&${keys}`,
      resumePostUri: `${instance}/resume?reason={text}&${keys}`,
    });
    expect(answer.headers).toMatchObject({
      location: `${instance}?${keys}`,
      'retry-after': '10',
      'content-type': 'application/json; charset=utf-8',
    });
    await client.workflow.getHandle(id).terminate();
  });
});

describe('a start', () => {
  test('takes any JSON whatever its type says, and nothing for null', async () => {
    for (const [payload, type] of [
      ['', 'application/octet-stream'],
      ['', 'application/json'],
      ['"text"', 'text/plain'],
      ['[1]', 'application/json; charset=utf-8'],
    ] as const) {
      const id = randomUUID();
      const headers = { 'content-type': type };
      const answer = await send('POST', `orchestrators/ApprovalTexts/${id}`, payload, headers);
      expect([answer.status, answer.body.id]).toEqual([202, id]);
      const { body } = await send('GET', `instances/${id}`);
      expect(body.input).toEqual(payload === '' ? null : JSON.parse(payload));
    }
  });

  test('of what is not JSON, of an unknown function, under an id that cannot be: 400', async () => {
    const broken = await send('POST', 'orchestrators/OrchFunction', '{bad');
    expect([broken.status, broken.body]).toEqual([
      400,
      failure('Invalid JSON content', expect.any(String)),
    ]);
    const unknown = await send('POST', 'orchestrators/Nobody', 'null');
    const told = "The function 'Nobody' doesn't exist, is disabled, or is not an orchestrator";
    expect([unknown.status, unknown.body]).toEqual([
      400,
      failure(MESSAGES.argument, expect.stringContaining(told)),
    ]);
    for (const id of ['@me', 'a%2Fb', 'a%5Cb', 'a%23b', 'a%3Fb', 'a%0Ab', 'x'.repeat(257)]) {
      const wrong = await send('POST', `orchestrators/OrchFunction/${id}`, 'null');
      expect([id, wrong.status, wrong.body]).toEqual([
        id,
        400,
        failure(MESSAGES.argument, expect.stringContaining('Instance IDs must not')),
      ]);
    }
  });

  test('under awkward ids works, in whatever case the route is written', async () => {
    for (const id of ['ein Fall: 50 %', 'ümlaut~_.-', "it's", 'a"b', 'x'.repeat(256)]) {
      const own = `${id.slice(0, 200)}${randomUUID()}`.slice(0, 256);
      const path = encodeURIComponent(own);
      const answer = await send('POST', `ORCHESTRATORS/approvaltexts/${path}/`, 'null');
      expect([answer.status, answer.body.id]).toEqual([202, own]);
      await awaitUntil('it has ended', async () => {
        const { status, body } = await send('GET', `Instances/${path}/`);
        return status === 200 && body.instanceId === own;
      });
    }
  });

  test('of one that runs is 500 and changes nothing; of one that has ended another one', async () => {
    const id = await start('OrchFunction', { timeout: 'PT1H' });
    const twice = await send('POST', `orchestrators/OrchFunction/${id}`, 'null');
    expect([twice.status, twice.body]).toEqual([
      500,
      failure(
        MESSAGES.internal,
        expect.stringMatching(
          /^An Orchestration instance with the status (Running|Pending) already exists\.$/,
        ),
      ),
    ]);
    await send('POST', `instances/${id}/raiseEvent/Approval`, 'true');
    await ended(id);
    await start('ApprovalTexts', null, id);
    expect((await ended(id)).body.name).toBe('ApprovalTexts');
  });

  test('that waits: the bare output in time, the addresses after it, 400 for more pause than time', async () => {
    const wait = (query: string, input: unknown) =>
      send('POST', `orchestrators/OrchFunction?${query}`, JSON.stringify(input));
    const inTime = await wait('timeout=10&pollingInterval=0.5', { timeout: 'PT0.2S' });
    expect([inTime.status, inTime.body]).toEqual([200, [expect.stringContaining('ESCALATION')]]);
    const late = await wait('timeout=0.3&pollingInterval=0.1', { timeout: 'PT1H' });
    expect([late.status, late.headers['retry-after']]).toEqual([202, '10']);
    await client.workflow.getHandle(late.body.id).terminate();
    const wrong = await wait('timeout=1&pollingInterval=2', { timeout: 'PT0.1S' });
    expect([wrong.status, wrong.body]).toEqual([
      400,
      failure(MESSAGES.argument, expect.any(String)),
    ]);
    // One alone is ignored.
    expect((await wait('timeout=5', { timeout: 'PT0.1S' })).status).toBe(202);
  });
});

describe('GET instances/{id}', () => {
  test('202 with its own address while it runs, 200 when it has ended; every name is there', async () => {
    const id = await start('OrchFunction', { timeout: 'PT1H' });
    const url = `instances/${id}?showInput=True&code=`;
    const running = await awaitUntil('it runs', async () => {
      const answer = await send('GET', url);
      return answer.body.runtimeStatus === 'Running' && answer;
    });
    expect(running.status).toBe(202);
    expect(running.headers).toMatchObject({
      location: `http://localhost:8080${MANAGEMENT}/${url}`,
      'retry-after': '5',
    });
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(running.body).toEqual({
      name: 'OrchFunction',
      instanceId: id,
      runtimeStatus: 'Running',
      input: { timeout: 'PT1H' },
      customStatus: null,
      output: null,
      createdTime: time,
      lastUpdatedTime: time,
    });
    expect((await send('POST', `instances/${id}/raiseEvent/Approval`, 'true')).status).toBe(202);
    const { status, headers, body } = await ended(id);
    expect(status).toBe(200);
    expect(headers).not.toHaveProperty('retry-after');
    const output = ['Your project design proposal has been -  Approved!'];
    expect(body).toMatchObject({ runtimeStatus: 'Completed', output });
    const hidden = await send('GET', `instances/${id}?showinput=false`);
    expect(hidden.body).toMatchObject({ input: null, output });
  });

  test('with its history when it is asked for, under both names that clients read', async () => {
    const id = await start('OrchFunction', { timeout: 'PT0.1S' });
    await ended(id);
    const plain = await send('GET', `instances/${id}?showHistory=true&showInput=false`);
    expect(plain.body.historyEvents[0]).toEqual({
      EventType: 'ExecutionStarted',
      FunctionName: 'OrchFunction',
      Timestamp: expect.any(String),
    });
    expect(plain.body.history).toEqual(plain.body.historyEvents);
    const whole = await send('GET', `instances/${id}?showHistory=true&showHistoryOutput=true`);
    expect(whole.body.historyEvents.at(-1)).toMatchObject({
      EventType: 'ExecutionCompleted',
      OrchestrationStatus: 'Completed',
      Result: [expect.stringContaining('ESCALATION')],
    });
  });

  test('of a workflow of another task queue is 404: it is none of the hub', async () => {
    const workflowId = randomUUID();
    await client.workflow.start('Other', { workflowId, taskQueue: `other-${workflowId}` });
    expect((await send('GET', `instances/${workflowId}`)).status).toBe(404);
    expect((await send('POST', `instances/${workflowId}/terminate`)).status).toBe(404);
    await client.workflow.getHandle(workflowId).terminate();
    expect((await send('DELETE', `instances/${workflowId}`)).status).toBe(404);
    expect((await send('GET', `instances?instanceIdPrefix=${workflowId}`)).body).toEqual([]);
  });

  test('of nobody is 404 without a body', async () => {
    for (const id of [randomUUID(), 'x'.repeat(999), '%40me', '%00']) {
      const { status, text } = await send('GET', `instances/${id}`);
      expect([id, status, text]).toEqual([id, 404, '']);
    }
  });

  test('terminated: its reason is the output; failed: its message, and 500 only when asked', async () => {
    const id = await start('OrchFunction', { timeout: 'PT1H' });
    await client.workflow.getHandle(id).terminate('no longer needed');
    expect((await ended(id)).body).toMatchObject({
      runtimeStatus: 'Terminated',
      output: 'no longer needed',
    });
    const poison = await start('StartWorkflow', 7);
    const { body } = await ended(poison);
    expect(body).toMatchObject({ runtimeStatus: 'Failed', output: expect.any(String) });
    const asked = await send('GET', `instances/${poison}?returnInternalServerErrorOnFailure=true`);
    expect([asked.status, asked.body]).toEqual([500, body]);
  });

  test('costs one describe and two reads of one event; without a worker too, where it is Pending', async () => {
    const id = await start('Nowhere', { a: 1 });
    seen.length = 0;
    const { status, body } = await send('GET', `instances/${id}`);
    expect(status).toBe(202);
    expect(body).toMatchObject({ name: 'Nowhere', runtimeStatus: 'Pending', input: { a: 1 } });
    expect(seen.toSorted()).toEqual([
      'describeWorkflowExecution',
      'getWorkflowExecutionHistory',
      'getWorkflowExecutionHistoryReverse',
    ]);
    const history = await send('GET', `instances/${id}?showHistory=true`);
    expect(history.body).not.toHaveProperty('historyEvents');
    expect((await send('POST', `instances/${id}/raiseEvent/Any`, '{"b":2}')).status).toBe(202);
    await client.workflow.getHandle(id).terminate();
  });
});

describe('POST instances/{id}/raiseEvent/{eventName}', () => {
  const raise = (id: string, payload?: string, headers = {}) =>
    send('POST', `instances/${id}/raiseEvent/Any`, payload, headers);

  test('in this order: 404 for nobody, 410 after the end, 400 for another type, 400 for no JSON, 202', async () => {
    const text = { 'content-type': 'text/plain' };
    const missing = await raise(randomUUID(), '{bad', text);
    expect([missing.status, missing.text]).toEqual([404, '']);
    const id = await start('ApprovalTexts');
    await ended(id);
    const over = await raise(id, '{bad', text);
    expect([over.status, over.text]).toEqual([410, '']);

    const open = await start('OrchFunction', { timeout: 'PT1H' });
    const only = 'Only application/json request content is supported';
    expect((await raise(open, '{bad', text)).body).toEqual(failure(only, only));
    for (const payload of ['{bad', '']) {
      const wrong = await raise(open, payload);
      expect([wrong.status, wrong.body.Message]).toEqual([400, 'Invalid JSON content']);
    }
    const right = await raise(open, 'null', { 'content-type': 'APPLICATION/JSON; charset=utf-8' });
    expect([right.status, right.text]).toEqual([202, '']);
    const raised = await awaitUntil('it has begun', async () => {
      const { body } = await send('GET', `instances/${open}?showHistory=true`);
      return body.historyEvents?.find(({ EventType }: Loose) => EventType === 'EventRaised');
    });
    expect(raised).toMatchObject({ Name: 'Any', Input: null });
    await client.workflow.getHandle(open).terminate();
  });

  test('takes no name that Temporal has for itself, or that suspends', async () => {
    const id = await start('OrchFunction', { timeout: 'PT1H' });
    for (const name of ['__temporal_x', 'durable:suspend'])
      expect((await send('POST', `instances/${id}/raiseEvent/${name}`, '1')).status).toBe(400);
    expect((await send('POST', `instances/${id}/raiseEvent/Approval`, 'true')).status).toBe(202);
    await ended(id);
  });
});

describe('POST instances/{id}/terminate', () => {
  const terminate = (id: string, reason: string) =>
    send('POST', `instances/${id}/terminate?reason=${encodeURIComponent(reason)}`);

  test('404 for nobody, 202 and then 410; the reason is the output', async () => {
    expect((await terminate(randomUUID(), 'x')).status).toBe(404);
    const id = await start('OrchFunction', { timeout: 'PT1H' });
    const done = await terminate(id, 'not & any more');
    expect([done.status, done.text]).toEqual([202, '']);
    const { body } = await ended(id);
    expect(body).toMatchObject({ runtimeStatus: 'Terminated', output: 'not & any more' });
    const over = await terminate(id, 'again');
    expect([over.status, over.text]).toEqual([410, '']);
    const empty = await start('Nowhere');
    expect((await send('POST', `instances/${empty}/terminate`)).status).toBe(202);
    expect((await ended(empty)).body).toMatchObject({ runtimeStatus: 'Terminated', output: '' });
  });

  test('of a document of ours cancels it: it is archived, and is Terminated here and in lists', async () => {
    const id = `t${randomUUID()}`;
    await start('StartWorkflow', { title: 'Ada' }, id);
    await awaitUntil('it waits', async () => {
      const { body } = await send('GET', `instances/${id}`);
      return body.customStatus !== null;
    });
    expect((await terminate(id, 'Moved away')).status).toBe(202);
    const { body } = await ended(id);
    expect(body).toMatchObject({ runtimeStatus: 'Terminated', output: 'Moved away' });
    const read = await app.inject({ url: `/api/documents/${id}`, headers: { host: 'localhost' } });
    expect(read.json()).toMatchObject({ state: 'cancelled', closedReason: 'Moved away' });
    await awaitUntil('it is listed', async () => {
      const list = await send('GET', `instances?instanceIdPrefix=${id}&runtimeStatus=Terminated`);
      return list.body.length === 1 && list.body[0].output === 'Moved away';
    });
    const done = await send('GET', `instances?instanceIdPrefix=${id}&runtimeStatus=Completed`);
    expect(done.body).toEqual([]);
  });

  test('of an approval of ours withdraws it', async () => {
    const created = await app.inject({
      method: 'POST',
      url: '/api/approvals',
      headers: { host: 'localhost' },
      payload: { title: 'Chairs', policy: { stages: [{ name: 'one', approvers: ['user:anna'] }] } },
    });
    const id = `approval:${created.json<{ id: string }>().id}`;
    expect((await terminate(id, 'No chairs')).status).toBe(202);
    const { body } = await ended(id);
    expect(body).toMatchObject({ runtimeStatus: 'Terminated', output: 'No chairs' });
  });
});

describe('POST instances/{id}/restart', () => {
  test('starts the same function with the same input, under a new id unless told otherwise', async () => {
    const id = await start('ApprovalTexts', { n: 7 });
    await ended(id);
    const other = await send('POST', `instances/${id}/restart`);
    expect([other.status, other.headers['retry-after']]).toEqual([202, '10']);
    expect(other.body.id).toMatch(/^[0-9a-f]{32}$/);
    expect((await ended(other.body.id)).body).toMatchObject({
      name: 'ApprovalTexts',
      input: { n: 7 },
    });
    const same = await send('POST', `instances/${id}/restart?restartWithNewInstanceId=false`);
    expect([same.status, same.body.id]).toEqual([202, id]);
    await ended(id);
  });

  test('of nobody is 400, of one that runs under its own id 500; it can wait', async () => {
    const nobody = await send('POST', `instances/${randomUUID()}/restart`);
    const told = 'InstanceId does not match a valid orchestration instance.';
    expect([nobody.status, nobody.body]).toEqual([400, failure(told, told)]);
    const id = await start('OrchFunction', { timeout: 'PT1H' });
    const live = await send('POST', `instances/${id}/restart?restartWithNewInstanceId=False`);
    expect([live.status, live.body.Message]).toEqual([500, MESSAGES.internal]);
    await client.workflow.getHandle(id).terminate();
    const texts = await start('ApprovalTexts');
    await ended(texts);
    const waited = await send('POST', `instances/${texts}/restart?timeout=10&pollingInterval=1`);
    expect([waited.status, waited.body]).toEqual([200, (await ended(texts)).body.output]);
  });
});

describe('POST instances/{id}/rewind', () => {
  const rewind = (id: string) => send('POST', `instances/${id}/rewind?reason=mended`);

  test('takes up what has failed in another run, which is the instance from then on', async () => {
    const id = `r${randomUUID()}`;
    await start('StartWorkflow', 7, id);
    const failed = await ended(id);
    expect(failed.body.runtimeStatus).toBe('Failed');
    const before = (await client.workflow.getHandle(id).describe()).runId;
    const done = await rewind(id);
    expect([done.status, done.text]).toEqual([202, '']);
    const after = (await client.workflow.getHandle(id).describe()).runId;
    expect(after).not.toBe(before);
    // It fails again for the same reason, and was created when it was.
    expect((await ended(id)).body).toEqual({
      ...failed.body,
      lastUpdatedTime: expect.any(String),
    });
  });

  test('404 for nobody, 410 for what has ended otherwise, 500 for what runs', async () => {
    expect((await rewind(randomUUID())).status).toBe(404);
    const id = await start('ApprovalTexts');
    await ended(id);
    expect((await rewind(id)).status).toBe(410);
    const open = await start('OrchFunction', { timeout: 'PT1H' });
    const live = await rewind(open);
    expect([live.status, live.body.Message]).toEqual([500, MESSAGES.internal]);
    await client.workflow.getHandle(open).terminate();
  });
});

describe('POST /api/orchestrators/{functionName}', () => {
  test('answers as an app does, with the address for rewinding too', async () => {
    for (const path of ['', `/${randomUUID()}`]) {
      const answer = await send('POST', `/api/orchestrators/ApprovalTexts${path}`, 'null');
      expect(answer.status).toBe(202);
      const { id } = answer.body;
      const instance = `http://localhost:8080${MANAGEMENT}/instances/${id}`;
      expect(answer.body).toMatchObject({
        statusQueryGetUri: expect.stringContaining(`${instance}?`),
        rewindPostUri: `${instance}/rewind?reason={text}&taskHub=${taskQueue}&connection=Storage&code=`,
      });
      expect(answer.headers['location']).toBe(answer.body.statusQueryGetUri);
      await ended(id);
    }
    const unknown = await send('POST', '/api/orchestrators/Nobody', 'null');
    expect([unknown.status, unknown.body.Message]).toEqual([400, MESSAGES.argument]);
  });
});

describe('DELETE instances', () => {
  const purge = (path: string) => send('DELETE', `instances${path}`);

  test('one: 404 at once and in lists, whatever Temporal still shows; the id is free again', async () => {
    const id = `p${randomUUID()}`;
    await start('ApprovalTexts', { n: 1 }, id);
    await ended(id);
    await start('ApprovalTexts', { n: 2 }, id);
    await ended(id);
    const done = await purge(`/${id}`);
    expect([done.status, done.body]).toEqual([200, { instancesDeleted: 1 }]);
    for (const gone of [await send('GET', `instances/${id}`), await purge(`/${id}`)])
      expect([gone.status, gone.text]).toEqual([404, '']);
    expect((await send('GET', `instances?instanceIdPrefix=${id}`)).body).toEqual([]);
    expect((await send('POST', `instances/${id}/raiseEvent/Any`, '1')).status).toBe(404);
    await start('ApprovalTexts', { n: 3 }, id);
    expect((await ended(id)).body.input).toEqual({ n: 3 });
  });

  test('one that has not ended is not purged: 412', async () => {
    const id = await start('OrchFunction', { timeout: 'PT1H' });
    expect((await purge(`/${id}`)).status).toBe(412);
    expect((await send('GET', `instances/${id}`)).status).toBe(202);
    await client.workflow.getHandle(id).terminate();
    expect((await purge(`/${randomUUID()}`)).status).toBe(404);
  });

  test('many: by time and status, only what has ended; 404 for none, 400 without a beginning', async () => {
    const wrong = await purge('?runtimeStatus=Completed');
    expect([wrong.status, wrong.body]).toEqual([
      400,
      "Please provide value for 'createdTimeFrom' parameter.",
    ]);
    const since = encodeURIComponent(new Date().toISOString());
    const ids = [randomUUID(), randomUUID(), randomUUID()];
    for (const id of ids) await start('ApprovalTexts', null, id);
    for (const id of ids) await ended(id);
    const runs = await start('OrchFunction', { timeout: 'PT1H' });
    await awaitUntil('all are listed', async () => {
      const { body } = await send(
        'GET',
        `instances?createdTimeFrom=${since}&runtimeStatus=Completed`,
      );
      return ids.every((id) => body.some(({ instanceId }: Loose) => instanceId === id));
    });
    expect((await purge(`?createdTimeFrom=${since}&runtimeStatus=Running`)).status).toBe(404);
    expect((await purge(`?createdTimeFrom=${since}&runtimeStatus=Failed`)).status).toBe(404);
    const done = await purge(`?createdTimeFrom=${since}&runtimeStatus=Completed`);
    expect(done.status).toBe(200);
    expect(done.body.instancesDeleted).toBeGreaterThanOrEqual(ids.length);
    for (const id of ids) expect((await send('GET', `instances/${id}`)).status).toBe(404);
    expect((await send('GET', `instances/${runs}`)).status).toBe(202);
    await client.workflow.getHandle(runs).terminate();
    const before = encodeURIComponent('2000-01-01T00:00:00Z');
    const none = await purge(`?createdTimeFrom=${before}&createdTimeTo=${before}`);
    expect([none.status, none.text]).toEqual([404, '']);
  });
});

describe('GET instances', () => {
  const mark = `l${randomUUID().slice(0, 8)}-`;
  const page = (query: string, token?: string) =>
    send(
      'GET',
      `instances/?${query}`,
      undefined,
      token === undefined ? {} : { 'x-ms-continuation-token': token },
    );
  const idsOf = ({ body }: Answer): string[] => body.map(({ instanceId }: Loose) => instanceId);
  const all = async (query: string): Promise<string[]> => {
    const ids: string[] = [];
    for (let token: string | undefined; token !== '';) {
      const answer = await page(`instanceIdPrefix=${mark}&${query}`, token);
      expect([answer.status, answer.text.slice(0, 1)]).toEqual([200, '[']);
      token = answer.headers['x-ms-continuation-token'];
      ids.push(...idsOf(answer));
    }
    return ids;
  };
  const until = (query: string, ids: readonly string[]) =>
    awaitUntil(`${query} is ${ids.join()}`, async () => {
      const found = await all(query);
      return JSON.stringify(found.toSorted()) === JSON.stringify(ids.toSorted());
    });
  const named = (name: string) => `${mark}${name}`;

  test('by prefix, status and time, in pages, each instance once', async () => {
    const since = new Date().toISOString();
    const [done, runs, waits, again] = ['done', 'runs', 'waits', 'again'].map(named) as [
      string,
      string,
      string,
      string,
    ];
    await start('ApprovalTexts', { n: 1 }, done);
    await start('OrchFunction', { timeout: 'PT1H' }, runs);
    await start('Nowhere', null, waits);
    // Two runs of one id: the first failed, and is no instance any more.
    await start('StartWorkflow', 7, again);
    await ended(again);
    await start('ApprovalTexts', null, again);
    for (const id of [done, again]) await ended(id);

    await until('', [done, runs, waits, again]);
    await until('top=1', [done, runs, waits, again]);
    await until('runtimeStatus=Completed', [done, again]);
    await until('runtimeStatus=Completed,Running', [done, again, runs]);
    await until('runtimestatus=Pending&showInput=false', [waits]);
    await until('runtimeStatus=Failed', []);
    await until('runtimeStatus=Terminated&runtimeStatus=ContinuedAsNew', []);
    await until('runtimeStatus=ContinuedAsNew', []);
    // What is no status is no filter, and what is no time none either.
    await until('runtimeStatus=completed&createdTimeFrom=soon', [done, runs, waits, again]);
    await until(`createdTimeFrom=${since}`, [done, runs, waits, again]);
    await until(`createdTimeTo=${since}`, []);
    const { body, headers } = await page(`instanceIdPrefix=${done}`);
    expect(body).toEqual([(await send('GET', `instances/${done}`)).body]);
    expect(headers['x-ms-continuation-token']).toBe('');
    const hidden = await page(`instanceIdPrefix=${done}&showInput=false`);
    expect(hidden.body[0]).toMatchObject({ input: null, runtimeStatus: 'Completed' });
    for (const id of [runs, waits]) await client.workflow.getHandle(id).terminate();
  });

  test('a page of fifty is one visibility call, and reads only what it shows', async () => {
    const id = named('counted');
    const ids = Array.from({ length: 50 }, (_, i) => `${id}-${i}`);
    for (const one of ids) await start('ApprovalTexts', null, one);
    for (const one of ids) await ended(one);
    const counted = (query = '') => page(`instanceIdPrefix=${id}&top=50${query}`);
    await awaitUntil('all are listed, as they have ended', async () => {
      const { body } = await counted('&runtimeStatus=Completed');
      return body.length === ids.length;
    });
    const calls = async (query: string) => {
      seen.length = 0;
      expect((await counted(query)).body).toHaveLength(ids.length);
      return [...new Set(seen)].map((name) => [name, seen.filter((one) => one === name).length]);
    };
    const ends = ['getWorkflowExecutionHistoryReverse', ids.length];
    expect(await calls('&showInput=false')).toEqual([['listWorkflowExecutions', 1], ends]);
    const all = await calls('');
    expect(all).toHaveLength(3);
    expect(all).toContainEqual(['getWorkflowExecutionHistory', ids.length]);
  });

  test('a token that is none of this list is 400; awkward prefixes are prefixes', async () => {
    const { headers } = await page('top=1');
    const token = headers['x-ms-continuation-token'];
    expect(token).not.toBe('');
    for (const [query, given] of [
      ['top=1', 'garbage'],
      ['top=1', `A${token}`],
      ['top=1&runtimeStatus=Failed', token],
    ] as const) {
      seen.length = 0;
      const answer = await page(query, given);
      expect([answer.status, answer.body.Message]).toEqual([400, expect.any(String)]);
      expect(seen, 'Temporal is not asked, which would take it 19 s').toEqual([]);
    }
    for (const [i, awkward] of ["it's", 'a"b', '50 %', 'ü', 'a_b'].entries()) {
      const id = `${mark}x${i}${awkward}`;
      await start('ApprovalTexts', null, encodeURIComponent(id));
      await awaitUntil(`${id} is listed`, async () =>
        idsOf(await page(`instanceIdPrefix=${encodeURIComponent(id)}`)).includes(id),
      );
    }
    expect(idsOf(await page(`instanceIdPrefix=${mark}x%25`))).toEqual([]);
  });
});

test('unknown routes and other verbs are 404 without a body', async () => {
  for (const [method, path] of [
    ['GET', ''],
    ['GET', '/orchestrators/OrchFunction'],
    ['PUT', '/instances/x'],
    ['POST', '/instances/x'],
    ['POST', '/instances/x/dance'],
    ['GET', '/instances/x/raiseEvent/y'],
    ['POST', '/makeprimary'],
    ['GET', '/entities/x/y'],
  ] as const) {
    const { status, text } = await send(method, `${MANAGEMENT}${path}`);
    expect([method, path, status, text]).toEqual([method, path, 404, '']);
  }
});
