/** What hostile clients send to the management API: bodies, types, names, queries, verbs and headers. */
import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { LIMITS } from '../../src/contracts/limits.ts';
import { awaitUntil } from '../support/await-until.ts';
import { dialectOf, MANAGEMENT, type Answer } from '../support/dialect.ts';
import { BASES, dialectWire, failure, MESSAGES, titled } from '../support/dialect-wire.ts';
import { call, feedback, startHarness, type Loose } from '../support/harness.ts';

const grpc: string[] = [];
const harness = await startHarness({
  durable: { DURABLE_FUNCTIONS: `Nowhere=Nowhere@nobody-${randomUUID()}` },
  onGrpc: (method) => void grpc.push(method),
});
const { app, client } = harness;
const { send, start, raise, ended } = dialectOf(harness);
const { ask, raw } = dialectWire(await app.listen({ host: '127.0.0.1', port: 0 }));

const STARTERS = [...BASES, '/api'];
/** One that waits, one that has ended, and none. */
let open = '';
let over = '';
const nobody = randomUUID();
beforeAll(async () => {
  open = await start('OrchFunction', { timeout: 'PT1H' });
  over = await start('ApprovalTexts', { a: 1 });
  await ended(over);
});
beforeEach(() => {
  grpc.length = 0;
});
afterAll(async () => {
  // The one that got all the garbage still does what it is for, and so does the worker.
  await raise(open, 'Approval', false);
  const output = ['Your project design proposal has been -  Rejected!'];
  expect(await ended(open)).toMatchObject({ runtimeStatus: 'Completed', output });
  expect((await ended(await start('ApprovalTexts'))).output).toHaveLength(2);
  expect(({} as Loose).polluted).toBeUndefined();
});

const told = ({ status, body }: Answer): [status: number, message: string] => [
  status,
  body?.Message,
];
const event = (id: string, name = 'Any') => `instances/${id}/raiseEvent/${name}`;
const nothingStarted = () => expect(grpc).not.toContain('startWorkflowExecution');
/** One part of a path; dots alone would be steps in it. */
const part = (text: string) =>
  /^\.+$/.test(text) ? text.replaceAll('.', '%2E') : encodeURIComponent(text);

describe('36: bodies that are no acceptable JSON', () => {
  test.each<[what: string, body: Buffer | string]>([
    ['malformed', '{"a":'],
    ['only white space', ' \n'],
    ['a trailing comma', '[1,]'],
    ['two values', '1 2'],
    ['a comment', '/* */ 1'],
    ['single quotes', "'a'"],
    ['a word', 'undefined'],
    ['a byte order mark', '\uFEFF{}'],
    ['invalid UTF-8', Buffer.from([0x22, 0xff, 0x22])],
    ['UTF-16', Buffer.from('{"a":1}', 'utf16le')],
    ['gzip', gzipSync('{"a":1}')],
    ['a lone surrogate', '"\\ud800"'],
    ['a lone surrogate in a name', '{"\\udc00":1}'],
    ['NUL', '"\\u0000"'],
    ['duplicate names', '{"a":1,"a":2}'],
    ['duplicate names, one of them escaped', '{"a":1,"\\u0061":2}'],
    ['__proto__', '{"__proto__":{"polluted":1}}'],
    ['__proto__, escaped', '{"\\u005f_proto__":{"polluted":1}}'],
    ['constructor.prototype', '{"constructor":{"prototype":{"polluted":1}}}'],
    ['1e999', '[1e999]'],
    ['-1e999', '-1e999'],
    ['NaN', 'NaN'],
    ['Infinity', '[Infinity]'],
    ['a number in hexadecimal', '0x10'],
    ['a number of 100,000 digits', '9'.repeat(100_000)],
    ['depth 65', '['.repeat(65) + ']'.repeat(65)],
    ['depth 100,000', '['.repeat(100_000) + ']'.repeat(100_000)],
    ['depth 100,000 of objects', '{"a":'.repeat(100_000) + '1' + '}'.repeat(100_000)],
    ['depth 1,000,000, never closed', '['.repeat(1_000_000)],
  ])('%s', async (_what, body) => {
    for (const base of STARTERS)
      expect(told(await ask('POST', `${base}/orchestrators/OrchFunction`, body))).toEqual([
        400,
        MESSAGES.json,
      ]);
    nothingStarted();
    expect(told(await ask('POST', event(open), body))).toEqual([400, MESSAGES.json]);
    expect(grpc).not.toContain('signalWorkflowExecution');
    // Who there is comes before what is sent.
    expect((await ask('POST', event(nobody), body)).status).toBe(404);
    expect((await ask('POST', event(over), body)).status).toBe(410);
  });

  test.each<[what: string, body: string]>([
    ['depth 64', '['.repeat(64) + ']'.repeat(64)],
    ['names that JavaScript has for itself', '{"constructor":1,"toString":{"length":0},"":[]}'],
    ['a text of everything else', JSON.stringify('\u0001\u2028\uFFFF😀"\\</script>')],
    ['20,000 names', JSON.stringify(Object.fromEntries([...Array(20_000).keys()].entries()))],
  ])('what is unusual only is kept as it is: %s', async (_what, body) => {
    const { status, body: started } = await ask('POST', 'orchestrators/ApprovalTexts', body);
    expect(status).toBe(202);
    expect((await ended(started.id)).input).toEqual(JSON.parse(body));
    expect((await ask('POST', event(open), body)).status).toBe(202);
  });
});

describe('43: content types', () => {
  test.each([
    ['none', undefined],
    ['text', 'text/plain'],
    ['a form', 'application/x-www-form-urlencoded'],
    ['a form in parts', 'multipart/form-data; boundary=x'],
    ['a relative of JSON', 'application/json5'],
    ['a patch', 'application/json-patch+json'],
    ['an empty one', ''],
    ['half of one', 'application'],
    ['two', 'application/json, text/plain'],
    ['garbage', ';;;'],
    ['5,000 characters', 'x'.repeat(5_000)],
  ])('%s: nothing to a start, 400 to an event, after who there is', async (_what, type) => {
    const headers = { 'content-type': type };
    const started = await ask('POST', 'orchestrators/ApprovalTexts', '{"a":1}', headers);
    const events: number[] = [];
    for (const id of [nobody, over, open])
      events.push((await ask('POST', event(id), '1', headers)).status);
    expect([started.status, ...events]).toEqual([202, 404, 410, 400]);
    expect((await ended(started.body.id)).input).toEqual({ a: 1 });
    expect(grpc).not.toContain('signalWorkflowExecution');
  });

  test.each([
    'APPLICATION/JSON',
    'application/json;charset=utf-8',
    'application/json ; charset="utf-8"; x=y',
    'application/json; charset=',
  ])('an event takes %s', async (type) => {
    expect((await ask('POST', event(open), '1', { 'content-type': type })).status).toBe(202);
  });
});

describe('34: too much', () => {
  const bytes = (size: number) => JSON.stringify('x'.repeat(size - 2));

  test.each([
    ['at once', false],
    ['in chunks, without a length', true],
  ])('%s: as much as the limit is taken, more is 413', async (_how, chunked) => {
    const post = (url: string, size: number) => ask('POST', url, bytes(size), {}, chunked);
    for (const size of [LIMITS.body + 1, 10_000_000]) {
      for (const base of STARTERS)
        expect((await post(`${base}/orchestrators/ApprovalTexts`, size)).status).toBe(413);
      for (const id of [open, over, nobody]) expect((await post(event(id), size)).status).toBe(413);
    }
    expect(grpc, 'nothing comes of it').toEqual([]);
    const { status, body } = await post('orchestrators/ApprovalTexts', LIMITS.body);
    expect(status).toBe(202);
    const { input } = await ended(body.id);
    expect(input).toHaveLength(LIMITS.body - 2);
    expect((await post(event(open), LIMITS.body)).status).toBe(202);
  });

  test('what is only announced is not waited for', async () => {
    const answer = await raw(
      `POST ${MANAGEMENT}/orchestrators/ApprovalTexts HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000000000\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toContain('"ExceptionMessage"');
  });
});

describe('38: ids', () => {
  const own = `h${randomUUID().slice(0, 8)}`;

  test.each([
    'a b',
    ' a ',
    'a+b',
    'a%20b',
    '100 %',
    'a;b,c=d&e',
    '*',
    "' OR 1=1 --",
    '"quoted"',
    '<script>',
    '{eventName}',
    '{text}',
    '$&',
    'x.',
    '...',
    '__proto__',
    'constructor',
    'null',
    '😀',
    'e\u0301',
    'а',
    '\u202Ex',
    '\uFEFFx',
    '\u2028',
    '漢'.repeat(200),
  ])('%j is an id, and the addresses that the start answers lead to it', async (text) => {
    const id = text.startsWith('...') ? `${text}${own}` : `${own}${text}`;
    const input = '{"timeout":"PT1H"}';
    const started = await ask('POST', `orchestrators/OrchFunction/${part(id)}`, input);
    expect([started.status, started.body.id]).toEqual([202, id]);
    const at = (name: string, placeholder = '', filled = '') => {
      const uri = new URL(String(started.body[name]).replace(`${placeholder}?`, `${filled}?`));
      return `${uri.pathname}${uri.search}`;
    };
    const status = await ask('GET', at('statusQueryGetUri'));
    expect([status.status, status.body?.instanceId]).toEqual([202, id]);
    const sent = await ask('POST', at('sendEventPostUri', '{eventName}', 'Other'), '1');
    expect(sent.status).toBe(202);
    expect((await ask('DELETE', at('purgeHistoryDeleteUri'))).status).toBe(412);
    expect((await ask('POST', at('terminatePostUri'))).status).toBe(202);
    expect((await ask('POST', at('terminatePostUri'))).status).toBe(410);
    expect((await ask('DELETE', at('purgeHistoryDeleteUri'))).status).toBe(200);
    expect((await ask('GET', at('statusQueryGetUri'))).status).toBe(404);
  });

  /** As they stand in a path. */
  const NONE = [
    '..%2f',
    '..%2F..%2Fetc%2Fpasswd',
    '%2e%2e%2f',
    'a%5Cb',
    'a%2Fb',
    '%00',
    'a%00',
    '%0A',
    'a%0d%0aX: y'.replace(' ', '%20'),
    '%7F',
    '%C2%85',
    '%40me',
    '@me',
    'a%3Fb',
    'a%23b',
    'x'.repeat(257),
    'x'.repeat(1_001),
    '%E6%BC%A2'.repeat(257),
    '%F0%9F%98%80'.repeat(250),
  ];

  test.each(titled(NONE))('%s is none: a start is 400, all else 404', async (_what, id) => {
    for (const base of STARTERS)
      expect(told(await ask('POST', `${base}/orchestrators/ApprovalTexts/${id}`, '{}'))).toEqual([
        400,
        MESSAGES.argument,
      ]);
    expect(grpc).toEqual([]);
    for (const base of BASES) {
      const at = `${base}/instances/${id}`;
      const answers = [
        await ask('GET', at),
        await ask('DELETE', at),
        await ask('POST', `${at}/raiseEvent/Any`, '1'),
        await ask('POST', `${at}/terminate`),
        await ask('POST', `${at}/rewind`),
      ];
      expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404]);
      expect((await ask('POST', `${at}/restart`)).status).toBe(400);
    }
    nothingStarted();
  });

  test('an empty one is nobody', async () => {
    for (const [method, path] of [
      ['POST', 'instances//terminate'],
      ['POST', 'instances//raiseEvent/Any'],
      ['POST', 'instances//rewind'],
      ['GET', 'instances//'],
    ] as const) {
      const { status, text } = await ask(method, path, method === 'GET' ? '' : '1');
      expect([path, status, text]).toEqual([path, 404, '']);
    }
    expect((await ask('POST', 'instances//restart')).status).toBe(400);
  });

  test('what looks like another id is another one', async () => {
    const id = `${own}-Twin`;
    await start('OrchFunction', { timeout: 'PT1H' }, id);
    const others = ['%00', '%20', '.', '%0A', '%E2%80%8B', '%CC%81', ';', ';a=b', '%3Fa', '%23a']
      .map((tail) => `${id}${tail}`)
      .concat(id.toLowerCase(), id.toUpperCase(), `%20${id}`, `.%2F${id}`, `x%2F..%2F${id}`);
    for (const other of others) {
      const answer = await ask('POST', `instances/${other}/terminate`);
      expect([other, answer.status, answer.text]).toEqual([other, 404, '']);
    }
    expect((await ask('GET', `instances/${id}`)).status).toBe(202);
    expect((await ask('POST', `instances/${id}/terminate/`)).status).toBe(202);
  });
});

describe('names of functions', () => {
  const NONE = [
    'Nobody',
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    '__temporal_x',
    'durable:suspend',
    '..',
    '%2e%2e',
    'ApprovalTexts%20',
    '%20ApprovalTexts',
    'ApprovalTexts%00',
    'ApprovalTexts%0A',
    'ApprovalTexts.',
    'ApprovalTexts,OrchFunction',
    'Approval%2FTexts',
    'ApprovalTexts%2F..%2FOrchFunction',
    '%CE%91pprovalTexts',
    // The sign for Kelvin, whose small letter is a k.
    'StartWor%E2%84%AAflow',
    "'%20OR%201=1--",
    '%F0%9F%98%80',
    '%00',
    '*',
    'x'.repeat(1_001),
    // Workflow types that there are, and that are no functions.
    'document',
    'approval',
    'mail',
    'webhook',
    'reconcile',
    'temporal-sys-scheduler-workflow',
  ];
  test.each(titled(NONE))('%s is none: 400, and Temporal is not asked', async (_what, name) => {
    for (const base of STARTERS)
      for (const id of ['', `/${randomUUID()}`]) {
        const { status, body } = await ask('POST', `${base}/orchestrators/${name}${id}`, '{}');
        expect([status, body.ExceptionMessage]).toEqual([
          400,
          expect.stringContaining("doesn't exist"),
        ]);
      }
    expect(grpc).toEqual([]);
  });

  test.each(['mail', 'webhook'])(
    'a %s of ours is no instance: lists do not have it, and its id leads nowhere',
    async (type) => {
      const workflowId = `${type}-${randomUUID()}`;
      const { taskQueue } = harness;
      await client.workflow.start(type, { workflowId, taskQueue, args: [{}], startDelay: '1h' });
      const at = `instances/${workflowId}`;
      const answers = [
        await ask('GET', at),
        await ask('POST', `${at}/raiseEvent/Any`, '1'),
        await ask('POST', `${at}/restart`),
        await ask('POST', `${at}/terminate`),
        await ask('DELETE', at),
      ];
      // Whatever was answered, nothing of it stays behind.
      const ids = [workflowId, answers[2]?.body?.id].filter((id) => id !== undefined);
      for (const id of ids)
        await client.workflow
          .getHandle(id)
          .terminate()
          .catch(() => undefined);
      expect(answers.map(({ status }) => status)).toEqual([404, 404, 400, 404, 404]);
      nothingStarted();
    },
  );
});

describe('names of events', () => {
  const document = `hd${randomUUID()}`;
  beforeAll(async () => {
    await start('StartWorkflow', { title: 'Ada' }, document);
  });

  const RESERVED = [
    '__temporal_x',
    '__temporal_',
    'durable:suspend',
    'durable:resume',
    'durable:terminate',
    'durable:',
    'dossier:notice',
    '__stack_trace',
    '__enhanced_stack_trace',
    // More than Temporal takes: 1,000 bytes.
    'x'.repeat(1_001),
    'x'.repeat(2_900),
    '%E6%BC%A2'.repeat(400),
  ];
  test.each(titled(RESERVED))('%s is refused', async (_what, name) => {
    for (const id of [open, document]) {
      const { status, body } = await ask('POST', event(id, name), '1');
      expect([status, body.Message]).toEqual([400, MESSAGES.argument]);
    }
    expect(grpc).not.toContain('signalWorkflowExecution');
  });

  test('an empty one is no route', async () => {
    for (const path of [`instances/${open}/raiseEvent`, `instances/${open}/raiseEvent/`])
      expect((await ask('POST', path, '1')).status).toBe(404);
  });

  const ODD = [
    '__proto__',
    'constructor',
    'toString',
    'a/b',
    '../Approval',
    '..',
    '😀',
    ' ',
    'Appro val',
    'a+b%',
    '\0',
    '\n',
    'Approval\0',
    "'; DROP TABLE",
    'x'.repeat(900),
  ];
  test('others are events that nobody waits for, and do no harm', async () => {
    for (const name of ODD)
      for (const id of [open, document]) {
        const { status } = await ask('POST', event(id, part(name)), '{"approved":true}');
        expect([name, status]).toEqual([name, 202]);
      }
    const names = await awaitUntil('they are in its history', async () => {
      const { body } = await ask('GET', `instances/${open}?showHistory=true`);
      const raised = (body.historyEvents ?? []).map(({ Name }: Loose) => Name);
      return raised.includes(ODD.at(-1)) && raised;
    });
    expect(names).toEqual(expect.arrayContaining(ODD));
    expect((await ask('GET', `instances/${open}`)).body.runtimeStatus).toBe('Running');
  });

  test('a document records them as refused, goes on, and is archived with them', async () => {
    await raise(document, 'InterviewFeedback', feedback);
    const at = `/api/documents/${document}`;
    await awaitUntil('it has taken the section', async () => {
      const { body } = await call(harness, 'GET', at);
      return body.progress?.done === 1 && body.version === 2;
    });
    const { body } = await call(harness, 'GET', `${at}/history?limit=100`);
    const refused = body._embedded.entries.filter(({ accepted }: Loose) => !accepted);
    expect(refused.length).toBeGreaterThanOrEqual(ODD.length);
    expect(new Set(refused.map(({ code }: Loose) => code))).toEqual(new Set(['unknown-event']));
    expect((await ask('POST', `instances/${document}/terminate?reason=Enough`)).status).toBe(202);
    expect((await ended(document)).output).toBe('Enough');
    expect((await call(harness, 'GET', at)).body).toMatchObject({ state: 'cancelled' });
  });
});

describe('queries', () => {
  const waiting = async (name = 'OrchFunction'): Promise<string> => {
    const id = await start(name, name === 'OrchFunction' ? { timeout: 'PT1H' } : { title: 'Ada' });
    await awaitUntil('it has begun', async () => {
      const { body } = await ask('GET', `instances/${id}`);
      return body.runtimeStatus === 'Running';
    });
    return id;
  };

  test.each([
    ['a+b%2Bc', 'a b+c'],
    ['50%', '50%'],
    ['%zz%20%', '%zz %'],
    ['%ED%A0%80', '\uFFFD\uFFFD\uFFFD'],
    ['a&reason=b', 'a,b'],
    ['a&REASON=b&other=c', 'a,b'],
    ['a=b?c/d', 'a=b?c/d'],
    ['%3Cscript%3E', '<script>'],
    ['%0A%22%5C', '\n"\\'],
    ['{text}', '{text}'],
    ['', ''],
    ['%F0%9F%98%80', '😀'],
  ])('the reason %s is the text %j', async (sent, text) => {
    const id = await waiting();
    expect((await ask('POST', `instances/${id}/terminate?reason=${sent}`)).status).toBe(202);
    const body = await ended(id);
    expect([body.runtimeStatus, body.output]).toEqual(['Terminated', text]);
  });

  test.each([
    ['with a NUL', 'a%00b'],
    ['of white space', '%20%0A'],
    ['of 10,000 characters', 'x'.repeat(10_000)],
    ['that is too long within a character', `x${'%F0%9F%98%80'.repeat(1_000)}`],
  ])('a reason %s ends what it is for, ours or not', async (_what, reason) => {
    for (const name of ['OrchFunction', 'StartWorkflow']) {
      const id = await waiting(name);
      const { status } = await ask('POST', `instances/${id}/terminate?reason=${reason}`);
      expect(status).toBe(202);
      const body = await awaitUntil(`a ${name} has ended`, async () => {
        const answer = await ask('GET', `instances/${id}`);
        return answer.status === 200 && answer.body;
      });
      expect(body.runtimeStatus).toBe('Terminated');
    }
  });

  const USELESS = [
    '%',
    '%zz=%zz',
    '&&&&',
    '=',
    '?',
    '__proto__=1&constructor=2&toString=3',
    'showInput[]=false&showInput[0]=false',
    'showInput=false&showInput=false',
    'showInput=no&showHistory=%00',
    'showinput=%ED%A0%80',
    'top=1&createdTimeFrom=never',
    'taskHub=&connection=&code=',
    Array.from({ length: 2_500 }, (_, i) => `a${i}`).join('&'),
  ];
  test.each(titled(USELESS))('%s is as if it were not there', async (_what, query) => {
    const plain = await ask('GET', `instances/${over}`);
    const answer = await ask('GET', `instances/${over}?${query}`);
    expect([answer.status, answer.body]).toEqual([200, plain.body]);
  });

  test('10,000 parameters are read, where somebody lets them through', async () => {
    const query = Array.from({ length: 10_000 }, (_, i) => `showHistory=${i}`).join('&');
    const url = `${MANAGEMENT}/instances/${over}?${query}`;
    const began = Date.now();
    expect((await send('GET', url)).status).toBe(200);
    expect(Date.now() - began).toBeLessThan(1_000);
    const answer = await raw(`GET ${url} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
  });
});

describe('paths that cannot be read are refused as the contract does', () => {
  test.each(titled(['%', '%zz', 'a%2', '%ED%A0%80', '%C0%AE', '%FF', 'x'.repeat(10_000)]))(
    '%s',
    async (_what, text) => {
      const answers = [];
      for (const base of BASES)
        for (const [method, path] of [
          ['GET', `instances/${text}`],
          ['DELETE', `instances/${text}`],
          ['POST', `instances/${text}/raiseEvent/Any`],
          ['POST', `instances/${open}/raiseEvent/${text}`],
          ['POST', `instances/${text}/terminate`],
          ['POST', `instances/${text}/rewind`],
          ['POST', `instances/${text}/restart`],
          ['POST', `orchestrators/${text}`],
          ['POST', `orchestrators/ApprovalTexts/${text}`],
        ] as const)
          answers.push(await ask(method, `${base}/${path}`, method === 'POST' ? '1' : ''));
      // Whether such an id is none or nobody's is a matter of taste.
      for (const { status } of answers) expect([400, 404]).toContain(status);
      nothingStarted();
    },
  );
});

describe('44: verbs', () => {
  const ROUTES: Readonly<Record<string, readonly string[]>> = {
    '': [],
    instances: ['GET', 'DELETE'],
    'instances/{id}': ['GET', 'DELETE'],
    'instances/{id}/raiseEvent/Any': ['POST'],
    'instances/{id}/terminate': ['POST'],
    'instances/{id}/rewind': ['POST'],
    'instances/{id}/restart': ['POST'],
    'instances/{id}/other': [],
    'orchestrators/ApprovalTexts': ['POST'],
    'orchestrators/ApprovalTexts/{id}': ['POST'],
    'orchestrators/ApprovalTexts/{id}/more': [],
    orchestrators: [],
  };
  test.each(['HEAD', 'OPTIONS', 'PUT', 'PATCH', 'TRACE', 'PROPFIND', 'GET', 'POST', 'DELETE'])(
    '%s where it is none is 404 without a body',
    async (method) => {
      const found: string[] = [];
      for (const base of BASES)
        for (const [route, methods] of Object.entries(ROUTES)) {
          if (methods.includes(method)) continue;
          for (const slash of ['', '/']) {
            const path = `${base}/${route}${slash}`.replace('{id}', open);
            const { status, text } = await ask(method, path);
            if (status !== 404 || text !== '') found.push(`${path}: ${status} ${text}`);
          }
        }
      expect(found).toEqual([]);
      expect(grpc).toEqual([]);
    },
  );

  test("an app's own starter starts by POST, and not by these", async () => {
    for (const method of ['HEAD', 'OPTIONS', 'PUT', 'PATCH', 'DELETE']) {
      const { statusCode } = await app.inject({
        method: method as 'PUT',
        url: '/api/orchestrators/ApprovalTexts',
        headers: { host: 'localhost' },
      });
      expect([404, 405]).toContain(statusCode);
    }
    expect(grpc).toEqual([]);
  });
});

describe('42: headers', () => {
  const HEADERS: [status: number, headers: Record<string, string>][] = [
    [400, { 'x-user': 'a b' }],
    [400, { 'x-user': 'x'.repeat(129) }],
    [400, { 'x-roles': 'operator,\u00e9' }],
    [403, { host: 'evil.example' }],
    [403, { host: 'localhost.evil.example' }],
    [403, { 'sec-fetch-site': 'cross-site' }],
    [202, { 'x-http-method-override': 'DELETE', 'x-method-override': 'DELETE' }],
    [202, { accept: 'image/png', 'accept-charset': 'x', 'accept-encoding': '*;q=0' }],
    [202, { 'x-ms-continuation-token': 'of no use here', 'if-match': '*', range: 'bytes=0-1' }],
    [202, { cookie: '='.repeat(5_000) }],
  ];
  test.each(
    HEADERS.map(
      ([status, headers]) => [status, JSON.stringify(headers).slice(0, 60), headers] as const,
    ),
  )('%i for %s', async (status, _what, headers) => {
    expect((await ask('GET', `instances/${open}`, '', headers)).status).toBe(status);
  });

  test('addresses are those of the host that was asked, whatever others say', async () => {
    const forwarded = {
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'https',
      forwarded: 'host=evil.example',
      'x-original-url': '/evil',
    };
    const answer = await ask('GET', `instances/${open}`, '', { host: 'localhost:1', ...forwarded });
    expect(answer.headers['location']).toBe(`http://localhost:1${MANAGEMENT}/instances/${open}`);
  });

  test('a request by an absolute address, as through a proxy, is answered with the same one', async () => {
    const at = `http://localhost:8080${MANAGEMENT}/instances/${open}`;
    const answer = await raw(
      `GET ${at} HTTP/1.1\r\nHost: localhost:8080\r\nConnection: close\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 202 /);
    expect(/^location: (.*)\r$/im.exec(answer)?.[1]).toBe(at);
  });

  test.each([
    ['a length and chunks', 'Content-Length: 4\r\nTransfer-Encoding: chunked', '0\r\n\r\n'],
    ['two lengths', 'Content-Length: 4\r\nContent-Length: 5', 'null '],
    ['a length that is none', 'Content-Length: -1', ''],
    ['chunks twice', 'Transfer-Encoding: chunked, identity', '0\r\n\r\n'],
    ['a folded header', 'X: a\r\n b: c', ''],
    ['a header without a name', ': x', ''],
    ['16 KB of header', `X: ${'x'.repeat(17_000)}`, ''],
  ])('%s: refused, and started is nothing', async (_what, header, body) => {
    const answer = await raw(
      `POST ${MANAGEMENT}/orchestrators/ApprovalTexts HTTP/1.1\r\nHost: localhost\r\n${header}\r\nConnection: close\r\n\r\n${body}`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect(grpc).toEqual([]);
  });
});

test('refusals are what clients of the contract read, and give nothing away', async () => {
  const answers = [
    await ask('POST', 'orchestrators/ApprovalTexts', '{'),
    await ask('POST', 'orchestrators/Nobody', '{}'),
    await ask('POST', event(open), '{'),
    await ask('POST', event(open, 'durable:x'), '1'),
    await ask('POST', `orchestrators/OrchFunction/${open}`, '{}'),
    await ask('DELETE', `instances/${open}`),
    await ask('POST', `instances/${open}/rewind`),
    await ask('GET', `instances/${open}`, '', { host: 'evil.example' }),
  ];
  for (const { text, body } of answers) {
    expect(body).toEqual(failure(expect.any(String)));
    expect(text).not.toMatch(/node_modules|\.[tj]s\b|\bat \w+ \(|grpc|127\.0\.0\.1:\d+/i);
  }
});
