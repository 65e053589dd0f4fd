/** Events, templates and triggers: what they are, and what is wrong with others. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fingerprintOf, messageKey } from '../../src/api/triggers/cloud-event.ts';
import { eventOfFile, isUnfinished, markOf } from '../../src/api/triggers/dropped-file.ts';
import {
  contentOf,
  decodedHeader,
  eventsIn,
  structuredEvent,
} from '../../src/api/triggers/http-binding.ts';
import { planFor, triggerFor } from '../../src/api/triggers/rules.ts';
import { fillTemplate, parseTemplate } from '../../src/api/triggers/template.ts';
import { asProblem } from '../../src/api/errors.ts';
import { parseStrict } from '../../src/api/plugins/json-body.ts';
import type { Json } from '../../src/contracts/json.ts';
import { eventJson, type CloudEvent } from '../../src/contracts/triggers.ts';
import { durableFunctions } from '../../src/durable-functions.ts';
import { StartupError } from '../../src/startup-error.ts';
import { loadTriggers } from '../../src/trigger-settings.ts';
import { unfitPlaces } from '../../src/workflows/shared/json.ts';

const BASE = { specversion: '1.0', id: '1', source: '/s', type: 't' };
const FUNCTIONS = durableFunctions('Order=PlaceOrder@shop', 'ours');

const eventFrom = (value: unknown): CloudEvent => {
  const result = structuredEvent(value);
  if (!result.ok) throw new Error(JSON.stringify(result.refusal));
  return result.value;
};
const refusedAt = (value: unknown): string[] => {
  const result = structuredEvent(value);
  return result.ok ? [] : (result.refusal.errors ?? []).map(({ pointer }) => pointer);
};
const problemIn = (read: () => unknown): [code: string, pointers: string[]] => {
  try {
    read();
  } catch (error) {
    const { refusal } = asProblem(error);
    return [refusal.code, (refusal.errors ?? []).map(({ pointer }) => pointer)];
  }
  throw new Error('it was taken');
};
const templateOf = (text: string) => {
  const parsed = parseTemplate(text);
  if ('wrong' in parsed) throw new Error(parsed.wrong);
  return parsed.template;
};

/** Texts that an attribute can be, with every kind of character. */
const attributeText = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 50 })
  .filter((text) => !/[\p{Cc}\p{Noncharacter_Code_Point}]/u.test(text) && text.isWellFormed());
/** As the specification has senders write it. */
const encoded = (text: string): string =>
  [...Buffer.from(text)]
    .map((byte) =>
      byte <= 0x20 || byte >= 0x7f || byte === 0x22 || byte === 0x25
        ? `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
        : String.fromCharCode(byte),
    )
    .join('');
/** What the gateway takes: no minus zero, no number that is not exact. */
const anyJson = fc.jsonValue().filter((value) => {
  try {
    parseStrict(Buffer.from(JSON.stringify(value)));
    return true;
  } catch {
    return false;
  }
}) as fc.Arbitrary<Json>;

describe('header values', () => {
  test('whatever a sender has encoded comes out as it was', () => {
    fc.assert(
      fc.property(attributeText, (text) => {
        expect(decodedHeader(encoded(text))).toBe(text);
      }),
    );
  });

  test.each([
    ['Euro%20%E2%82%AC%20%F0%9F%98%80', 'Euro € 😀'],
    ['%e2%82%ac', '€'],
    ['"quoted \\"text\\" \\\\"', 'quoted "text" \\'],
    ['"a%20b"', 'a b'],
    ['a"b', 'a"b'],
    ['100%', '100%'],
    ['%zz%2', '%zz%2'],
    ['%2520', '%20'],
    [Buffer.from('é').toString('latin1'), 'é'],
    ['', ''],
  ])('%s', (value, text) => expect(decodedHeader(value)).toBe(text));

  test('what is not UTF-8 becomes what no attribute may have', () => {
    const headers = { 'ce-id': '%FF', 'ce-source': '/s', 'ce-type': 't', 'ce-specversion': '1.0' };
    expect(problemIn(() => eventsIn(headers))).toEqual(['invalid-request', ['/headers/ce-id']]);
  });
});

describe('an event', () => {
  test('is the same in both modes', () => {
    fc.assert(
      fc.property(
        fc.record({ id: attributeText, type: attributeText, subject: attributeText }),
        fc.option(anyJson, { nil: undefined }),
        (given, data) => {
          const attributes = { ...BASE, ...given, datacontenttype: 'application/json' };
          const headers = Object.fromEntries(
            Object.entries({ ...BASE, ...given }).map(([name, value]) => [
              `ce-${name}`,
              encoded(value),
            ]),
          );
          const body = data === undefined ? undefined : Buffer.from(JSON.stringify(data));
          const binary = eventsIn({ ...headers, 'content-type': 'application/json' }, body);
          const clean = data === undefined ? undefined : (JSON.parse(JSON.stringify(data)) as Json);
          const structured = eventFrom({
            ...attributes,
            ...(clean === undefined ? {} : { data: clean }),
          });
          expect(binary).toEqual(structured);
          expect(fingerprintOf(binary as CloudEvent)).toBe(fingerprintOf(structured));
          expect(eventFrom(eventJson(structured))).toEqual(structured);
        },
      ),
    );
  });

  test.each<[string, unknown, string[]]>([
    ['is an object', [], ['']],
    ['needs four attributes', {}, ['/specversion', '/id', '/source', '/type']],
    ['is of version 1.0', { ...BASE, specversion: '0.3' }, ['/specversion']],
    ['is of version 1.0, as a text', { ...BASE, specversion: 1 }, ['/specversion']],
    ['has an id that is not empty', { ...BASE, id: '' }, ['/id']],
    ['has an id that is a text', { ...BASE, id: 7 }, ['/id']],
    ['has attributes without NUL', { ...BASE, id: 'a\0b' }, ['/id']],
    ['has attributes without C1', { ...BASE, id: 'a\u0085b' }, ['/id']],
    ['has no lone surrogates', { ...BASE, id: '\ud800' }, ['/id']],
    ['has no characters that are none', { ...BASE, id: '\ufffe' }, ['/id']],
    ['has no endless attributes', { ...BASE, id: 'x'.repeat(2_049) }, ['/id']],
    ['comes from a URI', { ...BASE, source: 'a b' }, ['/source']],
    ['has a time', { ...BASE, time: 'yesterday' }, ['/time']],
    ['has a time that there is', { ...BASE, time: '2026-02-31T25:00:00Z' }, ['/time']],
    ['has a media type', { ...BASE, datacontenttype: 'json' }, ['/datacontenttype']],
    ['has a schema that is a URI', { ...BASE, dataschema: '/x' }, ['/dataschema']],
    ['names attributes in small letters', { ...BASE, traceParent: 'x' }, ['/traceParent']],
    [
      'has no attribute __proto__',
      JSON.parse(`{"__proto__":"x","id":"1"}`),
      ['/specversion', '/source', '/type', '/__proto__'],
    ],
    ['has plain extensions', { ...BASE, ext: { a: 1 }, half: 0.5 }, ['/ext', '/half']],
    ['has data once', { ...BASE, data: 1, data_base64: 'AA==' }, ['/data_base64']],
    ['has base64 that is one', { ...BASE, data_base64: 'A' }, ['/data_base64']],
    [
      'has at most 100 attributes',
      Object.assign(
        { ...BASE },
        Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`x${i}`, 1])),
      ),
      ['/'],
    ],
  ])('%s', (_what, value, pointers) => expect(refusedAt(value)).toEqual(pointers));

  test('may have what is unset as null, and extensions of any plain kind', () => {
    const event = eventFrom({ ...BASE, subject: null, flag: true, count: -3, empty: '' });
    expect(event.attributes).toEqual({ ...BASE, flag: true, count: -3, empty: '' });
  });

  test('whatever is sent, it is an event or refused, and nothing else', () => {
    const any = fc.oneof(
      fc.anything(),
      fc.dictionary(
        fc.constantFrom('id', 'source', 'type', 'specversion', 'time', 'data_base64'),
        fc.anything(),
      ),
    );
    fc.assert(
      fc.property(any, (value) => {
        expect(structuredEvent(value)).toHaveProperty('ok');
      }),
    );
  });
});

describe('content', () => {
  test.each<[string, Buffer, string | undefined, Json, boolean]>([
    ['JSON', Buffer.from('{"a":1}'), 'application/json; charset=utf-8', { a: 1 }, false],
    ['JSON of another kind', Buffer.from('1'), 'application/vnd.x+json', 1, false],
    ['text', Buffer.from('é'), 'text/plain', 'é', false],
    ['XML', Buffer.from('<a/>'), 'application/soap+xml', '<a/>', false],
    ['text with a NUL', Buffer.from('a\0'), 'text/plain', 'YQA=', true],
    ['text in another alphabet', Buffer.from([0xe9]), 'text/plain; charset=latin1', '6Q==', true],
    ['bytes', Buffer.from('{}'), 'application/octet-stream', 'e30=', true],
    ['bytes of no type', Buffer.from('{}'), undefined, 'e30=', true],
  ])('%s', (_what, bytes, type, data, isBase64) =>
    expect(contentOf(bytes, type)).toEqual({ data, isBase64 }),
  );

  test('JSON that is none', () => {
    for (const body of ['{', '{"a":1,"a":2}', '"\\u0000"', '\ufeff1'])
      expect(problemIn(() => contentOf(Buffer.from(body), 'application/json'))[0]).toBe(
        'malformed-json',
      );
  });

  test.each<[string, Record<string, string>, string]>([
    ['no event at all', { 'content-type': 'application/json' }, 'invalid-request'],
    ['another format', { 'content-type': 'application/cloudevents+xml' }, 'unsupported-media-type'],
    [
      'another alphabet',
      { 'content-type': 'application/cloudevents+json; charset=utf-16' },
      'unsupported-media-type',
    ],
    [
      'compressed',
      { 'content-type': 'application/cloudevents+json', 'content-encoding': 'gzip' },
      'unsupported-media-type',
    ],
    ['no type', { 'content-type': 'application/x-unreadable' }, 'unsupported-media-type'],
    ['an empty body', { 'content-type': 'application/cloudevents+json' }, 'malformed-json'],
  ])('of a request: %s', (_what, headers, code) =>
    expect(problemIn(() => eventsIn(headers))[0]).toBe(code),
  );

  test('of a batch: each wrong place, with its number; not too many', () => {
    const headers = { 'content-type': 'application/cloudevents-batch+json' };
    const send = (value: unknown) => () => eventsIn(headers, Buffer.from(JSON.stringify(value)));
    expect(problemIn(send([BASE, { ...BASE, id: '' }]))).toEqual(['invalid-request', ['/1/id']]);
    expect(problemIn(send(BASE))[0]).toBe('invalid-request');
    expect(problemIn(send(Array.from({ length: 101 }, () => BASE)))[0]).toBe('too-large');
  });
});

describe('the same message', () => {
  test('is told by source and id, and nothing else', () => {
    const keys = [
      { source: '/s', id: '1' },
      { source: '/s1', id: '1' },
      { source: '/', id: 's1' },
      { source: '/s', id: '1 ' },
    ].map((one) => messageKey(eventFrom({ ...BASE, ...one })));
    expect(new Set(keys).size).toBe(keys.length);
    expect(messageKey(eventFrom({ ...BASE, type: 'other', data: 1 }))).toBe(keys[0]);
  });

  test('says the same in whatever order, and nothing else says it', () => {
    fc.assert(
      fc.property(anyJson, anyJson, (a, b) => {
        const [one, other] = [a, b].map((data) => fingerprintOf(eventFrom({ ...BASE, data })));
        const same = JSON.stringify(ordered(a)) === JSON.stringify(ordered(b));
        expect(one === other).toBe(same);
        expect(
          fingerprintOf(eventFrom({ ...BASE, time: '2026-01-01T00:00:00Z', data: reversed(a) })),
        ).toBe(one);
      }),
    );
    const says = [{}, { data: null }, { data: [] }, { data: {} }, { data: '' }, { subject: 'x' }];
    const prints = says.map((one) => fingerprintOf(eventFrom({ ...BASE, ...one })));
    expect(new Set(prints).size).toBe(says.length);
  });
});

type Pairs = { pairs: [string, unknown][] };
const ordered = (value: Json): unknown =>
  Array.isArray(value)
    ? value.map(ordered)
    : typeof value === 'object' && value !== null
      ? ({
          pairs: Object.entries(value)
            .map(([k, v]) => [k, ordered(v)] as [string, unknown])
            .toSorted(([a], [b]) => (a < b ? -1 : 1)),
        } satisfies Pairs)
      : value;
const reversed = (value: Json): Json =>
  Array.isArray(value)
    ? value.map(reversed)
    : typeof value === 'object' && value !== null
      ? Object.fromEntries(
          Object.entries(value)
            .toReversed()
            .map(([k, v]) => [k, reversed(v)]),
        )
      : value;

describe('templates', () => {
  const event = eventFrom({
    ...BASE,
    subject: 'sub',
    count: 3,
    data: { order: { id: 'o-1', n: 7, ok: false, none: null, list: [1] }, '': 'e' },
  });
  test.each([
    ['plain', 'plain'],
    ['{subject}', 'sub'],
    ['{type}/{count}', 't/3'],
    ['order-{data.order.id}-{data.order.n}', 'order-o-1-7'],
    ['{data.order.ok}', 'false'],
    ['{{{id}}}', '{1}'],
    ['', ''],
  ])('%s', (text, filled) =>
    expect(fillTemplate(templateOf(text), event)).toEqual({ ok: true, value: filled }),
  );

  test.each([
    ['{data}', '/data'],
    ['{data.order.none}', '/data/order/none'],
    ['{data.order.list}', '/data/order/list'],
    ['{data.order.constructor}', '/data/order/constructor'],
    ['{data.toString.name}', '/data/toString/name'],
    ['{missing}', '/missing'],
    ['{data.a/b}', '/data/a~1b'],
  ])('%s is not there', (text, pointer) =>
    expect(fillTemplate(templateOf(text), event)).toMatchObject({
      ok: false,
      refusal: { code: 'invalid-data', errors: [{ pointer }] },
    }),
  );

  test.each(['{', '}', '{a', 'a}', '{}', '{A}', '{data.}', '{data..a}', '{.a}', '{a b}', '{a{b}}'])(
    '%s is none',
    (text) => expect(parseTemplate(text)).toHaveProperty('wrong'),
  );

  test('any text with its braces doubled stands for itself', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const doubled = text.replaceAll(/[{}]/g, '$&$&');
        expect(fillTemplate(templateOf(doubled), event)).toEqual({ ok: true, value: text });
      }),
    );
  });

  test('what an event says comes out as it is, and no part of it is a place', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1 }).filter((text) => unfitPlaces(text).length === 0),
        (text) => {
          const one = eventFrom({ ...BASE, data: { text } });
          expect(fillTemplate(templateOf('<{data.text}>'), one)).toEqual({
            ok: true,
            value: `<${text}>`,
          });
        },
      ),
    );
  });
});

describe('triggers', () => {
  const triggers = loadTriggers(
    `
    - { type: order.placed, source: /shop, start: order, id: 'order-{data.id}' }
    - { type: 'order.*', subject: 'vip-*', start: Hello, input: event }
    - { type: 'order.*', signal: Proceed, instance: '{subject}' }`,
    FUNCTIONS,
  );
  const fitting = (more: object) =>
    triggers.indexOf(triggerFor(triggers, eventFrom({ ...BASE, ...more })) as never);

  test('the first that fits counts', () => {
    expect(fitting({ type: 'order.placed', source: '/shop' })).toBe(0);
    expect(fitting({ type: 'order.placed', subject: 'vip-1' })).toBe(1);
    expect(fitting({ type: 'order.placed' })).toBe(2);
    expect(fitting({ type: 'order.' })).toBe(2);
    expect(fitting({ type: 'orders' })).toBe(-1);
    expect(fitting({ type: 'Order.placed' })).toBe(-1);
  });

  test('a plan is complete', () => {
    const event = eventFrom({ ...BASE, type: 'order.placed', source: '/shop', data: { id: 4 } });
    const key = messageKey(event);
    expect(planFor(triggers, event, { key, taskQueues: [] })).toEqual({
      ok: true,
      value: {
        effect: {
          kind: 'start',
          name: 'Order',
          workflowId: 'order-4',
          workflowType: 'PlaceOrder',
          taskQueue: 'shop',
        },
        payload: { id: 4 },
      },
    });
    const vip = eventFrom({ ...BASE, type: 'order.x', subject: 'vip-1' });
    const plan = planFor(triggers, vip, { key, taskQueues: [] });
    expect(plan).toMatchObject({
      value: { effect: { workflowId: key.slice(0, 32) }, payload: vip.attributes },
    });
  });

  test('there are none without the setting', () =>
    expect(loadTriggers(undefined, FUNCTIONS)).toEqual([]));

  test.each([
    ['no list', '{}', 'must be a list'],
    ['an empty list', '[]', 'must be a list of 1'],
    ['no YAML', '[{', 'TRIGGERS:1'],
    ['no type', '[{"start": "Hello"}]', 'TRIGGERS:1: /0/type is required'],
    [
      'another name',
      '[{"type": "a", "starts": "Hello"}]',
      '/0/starts is not a known property; there are: type',
    ],
    ['nothing to do', '[{"type": "a"}]', '/0 needs either start or signal'],
    [
      'both to do',
      '[{"type": "a", "start": "Hello", "signal": "b", "instance": "c"}]',
      '/0 needs either',
    ],
    [
      'no such function',
      '[{"type": "a", "start": "Nope"}]',
      '/0/start must be one of the functions: StartWorkflow',
    ],
    ['a signal to nobody', '[{"type": "a", "signal": "b"}]', '/0/instance is required'],
    [
      'an id of a signal',
      '[{"type": "a", "signal": "b", "instance": "c", "id": "d"}]',
      '/0/id goes with start',
    ],
    [
      'an instance of a start',
      '[{"type": "a", "start": "Hello", "instance": "c"}]',
      '/0/instance goes with signal',
    ],
    [
      'a name of the service',
      '[{"type": "a", "signal": "dossier:notice", "instance": "c"}]',
      '/0/signal is a name',
    ],
    [
      'half a place',
      '[{"type": "a", "start": "Hello", "id": "{data"}]',
      '/0/id has a brace without its other at character 1',
    ],
    [
      'a place that is none',
      '[{"type": "a", "start": "Hello", "id": "{Data}"}]',
      '/0/id has {Data}',
    ],
    ['no file', 'nowhere.yaml', 'TRIGGERS is "nowhere.yaml", which is no file'],
  ])('%s ends the start', (_what, setting, message) => {
    expect(() => loadTriggers(setting, FUNCTIONS)).toThrow(StartupError);
    expect(() => loadTriggers(setting, FUNCTIONS)).toThrow(message);
  });

  test('the example is right', () =>
    expect(loadTriggers('examples/triggers.yaml', FUNCTIONS).length).toBeGreaterThan(1));
});

describe('a dropped file', () => {
  const writtenAt = new Date('2026-01-31T08:00:00.123Z');
  const fileOf = (name: string, text: string | Buffer) => ({
    name,
    writtenAt,
    bytes: Buffer.from(text),
  });

  test('is an event of its own, or holds one', () => {
    const event = eventOfFile(fileOf('stop-7.txt', 'now'));
    expect(event).toMatchObject({
      attributes: {
        type: 'dossier.file',
        source: '/trigger-folder',
        subject: 'stop-7.txt',
        time: writtenAt.toISOString(),
      },
      data: 'now',
    });
    expect(eventOfFile(fileOf('a.json', '{"b": 1}')).data).toEqual({ b: 1 });
    expect(eventOfFile(fileOf('a.json', JSON.stringify({ ...BASE, data: 2 })))).toEqual(
      eventFrom({ ...BASE, data: 2 }),
    );
    expect(eventOfFile(fileOf('a.png', Buffer.from([1, 2])))).toMatchObject({
      data: 'AQI=',
      isBase64: true,
    });
    expect(eventOfFile(fileOf('empty', '')).data).toBe('');
  });

  test('is another one with another name, time or content', () => {
    const file = fileOf('a', 'b');
    const all = [file, fileOf('c', 'b'), fileOf('a', 'c'), { ...file, writtenAt: new Date(0) }];
    expect(new Set(all.map(markOf)).size).toBe(4);
    expect(new Set(all.map((one) => messageKey(eventOfFile(one)))).size).toBe(4);
    expect(messageKey(eventOfFile({ ...file }))).toBe(messageKey(eventOfFile(file)));
  });

  test.each(['.hidden', 'a.tmp', 'a.PART', 'a~', 'a.crdownload', 'a.txt.swp'])(
    '%s is not finished',
    (name) => expect(isUnfinished(name)).toBe(true),
  );
  test.each(['a', 'a.json', 'tmp', 'a.tmp.json'])('%s is', (name) =>
    expect(isUnfinished(name)).toBe(false),
  );
});
