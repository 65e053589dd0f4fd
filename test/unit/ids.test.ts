import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  idFromWorkflowId,
  isId,
  isOurs,
  waitAddress,
  waitId,
  waitKeyOf,
  workflowIdCandidates,
  workflowIdOf,
} from '../../src/contracts/ids.ts';

/** As the routes take them; see `DocumentId`. */
const URL_SAFE = /^[A-Za-z0-9._~-]+$/;

const id = fc.stringMatching(/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$/);
/** Temporal takes any text as a workflow id. */
const workflowId = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1 }).filter((text) => text.isWellFormed()),
  fc.string({ unit: fc.constantFrom('~', '.', ':', '4', 'A', '/', ' ', 'ä'), minLength: 1 }),
  fc.string({ unit: 'grapheme' }).map((text) => `document:${text}`),
  id,
  id.map((one) => workflowIdOf('document', one)),
);

test.each(['4711', 'a', '-', '_a.b', 'x'.repeat(128)])('%j is an id', (text) => {
  expect(isId(text)).toBe(true);
});

test.each(['', '.', '..', '.a', 'a/b', 'a b', 'a~20', 'ä', 'a\n', 'a:b', 'a%20', 'x'.repeat(129)])(
  '%j is no id',
  (text) => {
    expect(isId(text)).toBe(false);
  },
);

test('a workflow id is the kind and the id', () => {
  expect(workflowIdOf('document', '4711')).toBe('document:4711');
  expect(idFromWorkflowId('document', 'document:4711')).toBe('4711');
});

test.each([
  ['my-1', 'my-1'],
  ['a b', 'a~20b'],
  ['order:7', 'order~3A7'],
  ['document:a b', 'document~3Aa~20b'],
  ['..', '~2E.'],
  ['a~b', 'a~7Eb'],
  ['é', '~C3~A9'],
])('the workflow id %j is %j', (chosen, expected) => {
  expect(idFromWorkflowId('document', chosen)).toBe(expected);
});

describe('for every id', () => {
  test('build and parse are a pair', () => {
    fc.assert(
      fc.property(id, (one) => {
        expect(isId(one)).toBe(true);
        expect(idFromWorkflowId('document', workflowIdOf('document', one))).toBe(one);
        expect(workflowIdCandidates('document', one)).toEqual([`document:${one}`, one]);
      }),
    );
  });

  test('a workflow id that somebody chose is found again by the id that it got', () => {
    fc.assert(
      fc.property(workflowId, (chosen) => {
        const found = idFromWorkflowId('document', chosen);
        expect(found).toMatch(URL_SAFE);
        expect(found).not.toMatch(/^\.+$/);
        expect(workflowIdCandidates('document', found)).toContain(chosen);
      }),
      { numRuns: 1_000 },
    );
  });

  test('two workflow ids get the same id only when one is the other with the kind in front', () => {
    fc.assert(
      fc.property(workflowId, workflowId, (a, b) => {
        fc.pre(a !== b && a !== `document:${b}` && b !== `document:${a}`);
        expect(idFromWorkflowId('document', a)).not.toBe(idFromWorkflowId('document', b));
      }),
      { numRuns: 1_000 },
    );
  });

  test('whatever comes in a URL has two candidates, the first of which names our own', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9._~-]{1,40}$/), (any) => {
        const [own, verbatim] = workflowIdCandidates('document', any);
        expect(own).toBe(`document:${any}`);
        expect(verbatim?.isWellFormed()).toBe(true);
      }),
    );
  });
});

test.each(['a~', 'a~4', 'a~4G', '~', '~-1', '~ff'])(
  'what is no escape stands for itself: %j',
  (odd) => {
    expect(workflowIdCandidates('document', odd)[1]).toBe(odd);
  },
);

describe('waits', () => {
  const text = fc.string({ unit: 'binary', minLength: 1 }).filter((one) => one.isWellFormed());

  test.each([
    [{ name: 'shipment', key: '4711' }, 'shipment:4711'],
    [{ name: 'a b', key: 'c:d' }, 'a~20b:c~3Ad'],
    [{ name: '.', key: '~' }, '~2E:~7E'],
  ])('%j is found by %j', (wait, address) => {
    expect(waitAddress(wait)).toBe(address);
    expect(waitKeyOf(`wait:${address}`, 'wait')).toEqual(wait);
    expect(isOurs(`wait:${address}`)).toBe(true);
  });

  test('name and key come back, whatever they are; no two waits have one id', () => {
    fc.assert(
      fc.property(text, text, (name, key) => {
        const address = waitAddress({ name, key });
        expect(waitKeyOf(`wait:${address}`, 'Workflow')).toEqual({ name, key });
        expect(address).toMatch(/^[A-Za-z0-9._~-]+:[A-Za-z0-9._~-]+$/);
        expect(workflowIdCandidates('wait', address)[0]).toBe(`wait:${address}`);
      }),
    );
  });

  test('one with a workflow id of another form is called like its type', () => {
    for (const workflowId of ['my-1', 'wait:', 'wait:a', 'wait:a:b:c', 'wait:a b:c', 'wait::c'])
      expect(waitKeyOf(workflowId, 'Workflow')).toEqual({ name: 'Workflow', key: workflowId });
    const address = waitAddress({ name: 'Workflow', key: 'my 1' });
    expect(workflowIdCandidates('wait', address)).toEqual([`wait:${address}`, 'my 1']);
    expect(workflowIdCandidates('wait', 'shipment:my-1')).toEqual(['wait:shipment:my-1']);
  });

  test('those of one key sort by time', () => {
    const wait = { name: 'n', key: 'k' };
    const times = [
      '2026-01-05T08:00:00.000Z',
      '2026-01-05T08:00:00.001Z',
      '2027-01-01T00:00:00.000Z',
    ];
    const ids = times.map((at) => waitId(wait, at));
    expect(ids.toSorted()).toEqual(ids);
    expect(ids[0]).toBe('n:k@2026-01-05T08:00:00.000Z');
  });
});
