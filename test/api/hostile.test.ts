/** What hostile clients send: bodies, names and floods; and what answers and logs tell them. */
import { gzipSync } from 'node:zlib';
import pino from 'pino';
import { describe, expect, test } from 'vitest';
import { awaitUntil } from '../support/await-until.ts';
import { gatewaysOf } from '../support/gateway.ts';
import { call, feedback, SECTIONS, startHarness, type Loose } from '../support/harness.ts';
import { wireTo } from '../support/wire.ts';

const harness = await startHarness();
const { send } = wireTo(await harness.app.listen({ host: '127.0.0.1', port: 0 }));
const gatewayWith = gatewaysOf(harness);

describe('bodies that are no acceptable JSON', () => {
  const CASES: readonly [string, Buffer | string][] = [
    ['malformed', '{"type":'],
    ['trailing comma', '{"type":"x",}'],
    ['a second value', '{} {}'],
    ['a comment', '{/* */}'],
    ['byte order mark', '\uFEFF{"type":"employee-onboarding"}'],
    ['invalid UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
    ['lone surrogate', '{"type":"\\ud800"}'],
    ['NUL', '{"type":"\\u0000"}'],
    ['duplicate names', '{"type":"a","type":"employee-onboarding"}'],
    ['the same name, escaped', '{"type":"a","\\u0074ype":"employee-onboarding"}'],
    ['NaN', '{"type":NaN}'],
    ['Infinity', '{"type":Infinity}'],
    ['1e400', '{"type":1e400}'],
    ['-0', '{"type":-0}'],
    ['__proto__', '{"__proto__":{"polluted":1},"type":"employee-onboarding"}'],
    ['constructor.prototype', '{"constructor":{"prototype":{"polluted":1}}}'],
    ['10,000 levels', '['.repeat(10_000) + ']'.repeat(10_000)],
    ['100 levels', '['.repeat(100) + ']'.repeat(100)],
    ['empty', ''],
    ['null', 'null'],
    ['an array', '[]'],
    ['a text', '"employee-onboarding"'],
    ['a number', '1'],
  ];
  test.each(CASES)('%s', async (_what, body) => {
    for (const [method, path] of [
      ['POST', '/api/documents'],
      ['PUT', '/api/documents/any/sections/InterviewFeedback'],
    ] as const) {
      const answer = await send(method, path, body);
      expect(answer.status, answer.text).toBe(400);
      expect(answer.headers['content-type']).toContain('application/problem+json');
      expect(['malformed-json', 'invalid-request']).toContain(JSON.parse(answer.text).code);
    }
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});

describe('what answers and logs give away', () => {
  test('no stack, path or address in any problem', async () => {
    const answers = await Promise.all([
      send('POST', '/api/documents', '{'),
      send('POST', '/api/documents', '{"type":"nope"}'),
      send('GET', '/api/documents/nobody', ''),
      send('GET', '/api/documents?limit=x', ''),
      send('GET', '/api/documents?cursor=x', ''),
      send('GET', '/nowhere', ''),
      send('GET', '/api/documents/%ff', ''),
      send('DELETE', '/api/documents', ''),
      send('POST', '/api/documents', '<a/>', { 'content-type': 'text/xml' }),
      send('GET', '/api', '', { host: 'evil.example' }),
    ]);
    for (const { status, text, headers } of answers) {
      expect(status, text).toBeGreaterThanOrEqual(400);
      expect(status, text).toBeLessThan(500);
      expect(headers['content-type']).toContain('application/problem+json');
      expect(text).not.toMatch(/node_modules|\.[tj]s\b|\bat \w+ \(|grpc|127\.0\.0\.1:\d+|stack/i);
      const body = JSON.parse(text);
      expect(body).toMatchObject({ status, code: expect.any(String), detail: expect.any(String) });
      expect(body.instance).toMatch(/^urn:dossier:request:[0-9a-f-]{36}$/);
    }
  });

  test('a defect is answered without its message, and logged with it', async () => {
    const broken = {
      all: [],
      find: () => {
        throw new Error('secret detail at /srv/app.ts');
      },
    };
    const { app, logged } = await gatewayWith({ documentTypes: broken });
    const answer = await call({ app }, 'POST', '/api/documents', { type: 'employee-onboarding' });
    expect(answer).toMatchObject({ status: 500, body: { code: 'internal' } });
    expect(answer.text).not.toContain('secret');
    expect(JSON.stringify(logged)).toContain('secret detail');
  });

  test('newlines in headers and URLs make one JSON line each', async () => {
    const lines: string[] = [];
    const log = pino({ base: null }, { write: (line: string) => void lines.push(line) });
    const { app } = await gatewayWith({ log });
    const forged = '\n{"level":30,"msg":"forged"}';
    await app.inject({
      url: `/api/documents/x%0a%7B%22msg%22%3A%22forged%22%7D`,
      headers: { 'x-user': 'a' },
    });
    await app.inject({ url: '/api', headers: { 'x-user': `eve${forged}` } });
    await app.inject({ url: `/nowhere${forged}` });
    await awaitUntil(
      'logged',
      () => lines.filter((line) => line.includes('"request"')).length >= 3,
    );
    for (const line of lines) {
      expect(line.trimEnd()).not.toContain('\n');
      expect(JSON.parse(line).msg).not.toBe('forged');
    }
  });
});

describe('34: too much', () => {
  const names = (count: number): string =>
    `{${Array.from({ length: count }, (_, i) => `"n${i}":1`).join()}}`;
  const AT = '/api/documents';
  const CASES: readonly [string, Buffer | string, Record<string, string>, boolean, number[]][] = [
    ['2 MB', JSON.stringify({ type: 'x'.repeat(2_000_000) }), {}, false, [413]],
    ['10 MB', JSON.stringify({ type: 'x'.repeat(10_000_000) }), {}, false, [413]],
    [
      '2 MB in chunks, without a length',
      JSON.stringify({ type: 'x'.repeat(2_000_000) }),
      {},
      true,
      [413],
    ],
    [
      'gzip',
      gzipSync('{"type":"employee-onboarding"}'),
      { 'content-encoding': 'gzip' },
      false,
      [415],
    ],
    [
      'a gzip bomb',
      gzipSync(Buffer.alloc(50_000_000)),
      { 'content-encoding': 'gzip' },
      false,
      [413, 415],
    ],
    ['100,000 names', names(100_000), {}, false, [400, 413]],
    [
      '100,000 names in metadata',
      `{"type":"employee-onboarding","metadata":${names(60_000)}}`,
      {},
      false,
      [201, 413, 422],
    ],
    [
      'a section of 100,000 names',
      `{"type":"employee-onboarding","sections":{"ContractFeedback":${names(60_000)}}}`,
      {},
      false,
      [413, 422],
    ],
  ];
  test.each(CASES)('%s', async (_what, body, headers, chunked, statuses) => {
    const began = Date.now();
    const answer = await send('POST', AT, body, headers, chunked).catch((error: Loose) => {
      // The answer may be there while the body is still on its way; then the connection ends.
      expect(['EPIPE', 'ECONNRESET']).toContain(error.code);
      return undefined;
    });
    if (answer) expect(statuses, answer.text.slice(0, 200)).toContain(answer.status);
    expect(Date.now() - began).toBeLessThan(5_000);
    expect((await call(harness, 'GET', '/healthz')).status).toBe(200);
  });

  test('a document survives whatever is sent to it', async () => {
    const made = await call(harness, 'POST', '/api/documents', { type: 'employee-onboarding' });
    const at = `/api/documents/${made.body.id}`;
    const put = `${at}/sections/ContractFeedback`;
    for (const body of [
      JSON.stringify({ feedback: 'x'.repeat(2_000_000), isPassed: true }),
      JSON.stringify({ feedback: 'x'.repeat(1_200_000), isPassed: true }),
      names(100_000),
      `{"feedback":${'['.repeat(10_000)}${']'.repeat(10_000)}}`,
    ]) {
      const answer = await send('PUT', put, body);
      expect([400, 413, 422], answer.text.slice(0, 200)).toContain(answer.status);
      expect(answer.text.length).toBeLessThan(50_000);
    }
    expect((await call(harness, 'PUT', put, feedback)).status).toBe(200);
    expect((await call(harness, 'GET', at)).body).toMatchObject({ state: 'open', version: 2 });
  });
});

describe('37: names that JavaScript has for itself', () => {
  test.each([
    [
      'POST',
      '/api/documents',
      '{"type":"employee-onboarding","metadata":{"__proto__":{"polluted":1}}}',
    ],
    [
      'POST',
      '/api/documents',
      '{"type":"employee-onboarding","metadata":{"constructor":{"prototype":{"polluted":1}}}}',
    ],
    [
      'POST',
      '/api/documents',
      '{"type":"employee-onboarding","sections":{"__proto__":{"polluted":1}}}',
    ],
    ['POST', '/api/bulk', '{"action":"cancel","filter":{"__proto__":{"owner":"x"}}}'],
    ['GET', '/api/documents?__proto__[polluted]=1', ''],
    ['GET', '/api/documents?constructor.prototype.polluted=1', ''],
    ['GET', '/api/documents?constructor=1', ''],
    ['GET', '/api/notifications?__proto__=1', ''],
  ])('%s %s %s is refused', async (method, path, body) => {
    const answer = await send(method, path, body);
    expect(answer.status, answer.text).toBe(400);
    expect(({} as Loose).polluted).toBeUndefined();
  });

  test('as user, role, key or type they are plain texts', async () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      const headers = { 'x-user': name, 'x-roles': `${name},x`, 'idempotency-key': name };
      const made = await call(
        harness,
        'POST',
        '/api/documents',
        { type: 'employee-onboarding' },
        headers,
      );
      expect(made.status, made.text).toBe(201);
      expect(made.body.owner).toBe(name);
      const at = `/api/documents/${made.body.id}`;
      const given = await call(
        harness,
        'POST',
        `${at}/assign`,
        { section: 'ContractFeedback', to: name },
        headers,
      );
      expect(given.body.sections.ContractFeedback.assignee).toBe(name);
      const type = await call(harness, 'POST', '/api/documents', { type: name });
      expect([type.status, type.body.code]).toEqual([422, 'unknown-type']);
      expect((await call(harness, 'GET', `/api/document-types/${name}`)).status).toBe(404);
      expect((await call(harness, 'GET', `${at}/sections/${name}`)).status).toBe(404);
    }
    expect(({} as Loose).polluted).toBeUndefined();
  });
});

describe('27: many at once', () => {
  test.each([14, 50])('%i updates of one document are all answered', async (count) => {
    const made = await call(harness, 'POST', '/api/documents', { type: 'employee-onboarding' });
    const at = `/api/documents/${made.body.id}`;
    const answers = await Promise.all(
      Array.from({ length: count }, (_, i) =>
        call(harness, 'PUT', `${at}/sections/${SECTIONS[i % 2]}`, {
          ...feedback,
          feedback: `No. ${i}`,
        }),
      ),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const versions = answers.map(({ body }) => body.version).toSorted((a, b) => a - b);
    expect(versions, 'each has a version of its own').toEqual(versions.map((_, i) => i + 2));
  });
});
