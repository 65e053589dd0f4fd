/** Item 36 of the abuse tests: only what every JSON parser reads alike gets past the gateway. */
import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sendProblem } from '../../src/api/errors.ts';
import { acceptStrictJson, parseStrict } from '../../src/api/plugins/json-body.ts';
import { LIMITS } from '../../src/contracts/limits.ts';

let app: FastifyInstance;
beforeAll(async () => {
  app = Fastify({ bodyLimit: LIMITS.body });
  app.setErrorHandler(sendProblem);
  acceptStrictJson(app);
  app.post('/', async (request) => ({ body: request.body ?? 'none' }));
  await app.ready();
});
afterAll(() => app.close());

async function post(payload: string | Buffer, headers: Record<string, string> = {}) {
  const response = await app.inject({
    method: 'POST',
    url: '/',
    payload,
    headers: { 'content-type': 'application/json', ...headers },
  });
  const media = response.headers['content-type'];
  return { ...response.json(), status: response.statusCode, media };
}

describe('refused as malformed-json, with a problem, is', () => {
  test.each<[string, string | Buffer]>([
    ['malformed JSON', '{"a": 1,}'],
    ['a comment', '{/* a */}'],
    ['single quotes', "{'a': 1}"],
    ['two values', '{} {}'],
    ['half a value', '{"a": [1, 2'],
    ['blank', '  \n '],
    ['a byte order mark', '\uFEFF{}'],
    ['UTF-16', Buffer.from('{"a": 1}', 'utf16le')],
    ['invalid UTF-8', Buffer.from([0x22, 0xc3, 0x28, 0x22])],
    ['an encoded surrogate', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])],
    ['a lone high surrogate', '{"a": "\\ud800"}'],
    ['a lone low surrogate', '["\\udc00x"]'],
    ['a lone surrogate in a name', '{"\\ud800": 1}'],
    ['NUL in a text', '{"a": "\\u0000"}'],
    ['a duplicate name', '{"a": 1, "a": 2}'],
    ['a duplicate name, once escaped', '{"a": 1, "\\u0061": 2}'],
    ['a duplicate name further down', '{"x": [{"a": 1, "a": {}}]}'],
    ['NaN', '{"a": NaN}'],
    ['Infinity', '[-Infinity]'],
    ['1e400', '{"a": 1e400}'],
    ['-0', '[-0]'],
    ['-0.0e5', '[-0.0e5]'],
    ['an integer that no double holds', '{"a": 9007199254740993}'],
    ['a leading zero', '[01]'],
    ['a leading plus', '[+1]'],
    ['arrays 10,000 deep', '['.repeat(10_000) + ']'.repeat(10_000)],
    ['objects 10,000 deep', '{"a":'.repeat(10_000) + '1' + '}'.repeat(10_000)],
    ['65 levels', '['.repeat(65) + ']'.repeat(65)],
    ['half a million open brackets', '['.repeat(500_000)],
    ['__proto__', '{"__proto__": {"polluted": true}}'],
    ['__proto__, escaped', '{"__pro\\u0074o__": {"polluted": true}}'],
    ['__proto__ further down', '{"a": [{"__proto__": null}]}'],
    ['constructor.prototype', '{"constructor": {"prototype": {"polluted": true}}}'],
    ['constructor.prototype, escaped', '{"c\\u006fnstructor": {"prototype": {"polluted": 1}}}'],
  ])('%s', async (_what, payload) => {
    const answer = await post(payload);
    expect(answer).toMatchObject({ status: 400, code: 'malformed-json' });
    expect(answer.media).toMatch(/^application\/problem\+json/);
    expect(Buffer.byteLength(JSON.stringify(answer))).toBeLessThan(8 * 1024);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  test('a hundred thousand unfit values, at once and in few words', async () => {
    const started = performance.now();
    const answer = await post(JSON.stringify(Array.from({ length: 130_000 }, () => '\0')));
    expect(answer).toMatchObject({ status: 400, code: 'malformed-json' });
    expect(answer.errors.length).toBeLessThanOrEqual(20);
    expect(performance.now() - started).toBeLessThan(3_000);
  });
});

describe('refused as unsupported-media-type is', () => {
  test.each([
    ['another type', { 'content-type': 'text/plain' }],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['XML', { 'content-type': 'application/xml' }],
    ['another charset', { 'content-type': 'application/json; charset=utf-16' }],
    ['another charset in quotes', { 'content-type': 'application/json; charset="latin1"' }],
    ['compression', { 'content-encoding': 'gzip' }],
  ])('%s', async (_what, headers) => {
    const answer = await post('{}', headers);
    expect(answer).toMatchObject({ status: 415, code: 'unsupported-media-type' });
    expect(answer.media).toMatch(/^application\/problem\+json/);
  });
});

test('a body above the limit is too-large', async () => {
  const answer = await post(JSON.stringify('x'.repeat(LIMITS.body)));
  expect(answer).toMatchObject({ status: 413, code: 'too-large' });
});

describe('accepted is', () => {
  test.each<[string, string, unknown]>([
    ['an object', '{"a": [1, null, true, "ä€\u{1F600}"]}', { a: [1, null, true, 'ä€\u{1F600}'] }],
    ['a pair of surrogates, escaped', '"\\ud83d\\ude00"', '\u{1F600}'],
    ['null', 'null', 'none'],
    ['a bare boolean', 'false', false],
    [
      'numbers that survive',
      '[0, -1, 0.1, 1e3, 1E-7, 9007199254740991]',
      [0, -1, 0.1, 1e3, 1e-7, 2 ** 53 - 1],
    ],
    ['64 levels', '['.repeat(64) + ']'.repeat(64), JSON.parse('['.repeat(64) + ']'.repeat(64))],
    ['a constructor that is only a word', '{"constructor": "builder"}', { constructor: 'builder' }],
    ['no body', '', 'none'],
  ])('%s', async (_what, payload, body) => {
    expect(await post(payload)).toMatchObject({ status: 200, body });
  });

  test.each(['application/json; charset=utf-8', 'application/json;charset="UTF-8"'])(
    '%s',
    async (type) => {
      expect(await post('{"a": 1}', { 'content-type': type })).toMatchObject({ status: 200 });
    },
  );
});

test('what is parsed is a plain value', () => {
  expect(parseStrict(Buffer.from('{"a": {"b": 1}}'))).toEqual({ a: { b: 1 } });
});
