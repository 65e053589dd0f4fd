/** Whatever can be sent to a document is refused in few words, or is something that the rules can judge. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { COMMAND_KINDS } from '../../src/contracts/documents/commands.ts';
import type { Result } from '../../src/contracts/failures.ts';
import {
  commandFromEvent,
  eventNames,
  parseCommand,
} from '../../src/workflows/documents/commands.ts';
import { decideCreate, parseCreateRequest } from '../../src/workflows/documents/create.ts';
import { decide } from '../../src/workflows/documents/decide.ts';
import { unfitPlaces } from '../../src/workflows/shared/json.ts';
import { Undecodable } from '../../src/workflows/shared/undecodable.ts';
import { callOf, create, onboarding, purchase, refusalOf, time, value } from '../support/rules.ts';
import { attempt, isNotice, onboardingKind, OWNER } from '../support/lives.ts';

describe('garbage', () => {
  /** What a Temporal payload can decode to: JSON with every oddity, bytes, nothing, and what cannot be decoded. */
  const leaf = fc.oneof(
    fc.jsonValue() as fc.Arbitrary<unknown>,
    fc.string({ unit: 'binary' }),
    fc.constantFrom(undefined, Number.NaN, Infinity, -0, '\0', '\uD800', '\uDC00x', ''),
    fc.uint8Array({ maxLength: 8 }),
    fc.constant(new Undecodable('no such encoding')),
    fc.anything(),
  );
  const key = fc.oneof(
    fc.constantFrom('__proto__', 'constructor', 'kind', 'data', 'section', 'type', 'sections'),
    fc.constantFrom('approved', 'reason', 'metadata', 'title', 'actor', 'toString', '\uD800', '\0'),
    fc.string(),
  );
  const tree = fc.letrec<{ node: unknown }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc.array(tie('node'), { maxLength: 3 }),
      fc.array(fc.tuple(key, tie('node')), { maxLength: 4 }).map(objectOf),
    ),
  })).node;
  const deep = fc.integer({ min: 50, max: 5_000 }).map((levels) => {
    let nested: unknown = 1;
    for (let i = 0; i < levels; i += 1) nested = i % 2 ? [nested] : { data: nested };
    return nested;
  });
  /** Nearly right: a command or a request with some members replaced. */
  const nearly = (right: fc.Arbitrary<object>): fc.Arbitrary<unknown> =>
    fc
      .tuple(right, fc.array(fc.tuple(key, fc.oneof(tree, deep)), { maxLength: 2 }))
      .map(([base, members]) => objectOf([...Object.entries(base), ...members]));
  const command = nearly(
    attempt(onboardingKind)
      .filter(({ what }) => !isNotice(what))
      .map(({ what }) => what),
  );
  const request = nearly(
    fc.constant({ type: 'employee-onboarding', metadata: { title: 'Anna' }, sections: {} }),
  );
  const anything = fc.oneof(tree, deep, command, request);

  test('as a command is refused or is one, and the rules can judge it', () => {
    const state = create(onboarding);
    fc.assert(
      fc.property(fc.oneof(command, anything), (raw) => {
        const result = parseCommand(raw);
        if (!result.ok) {
          expect(result.refusal.detail).not.toBe('');
          return;
        }
        expect(COMMAND_KINDS).toContain(result.value.kind);
        expect(unfitPlaces(result.value)).toEqual([]);
        decide(state, result.value, callOf(OWNER, 1));
      }),
      { numRuns: 1_000 },
    );
  });

  test('as an event is refused or is a command', () => {
    const name = fc.oneof(fc.constantFrom(...eventNames(onboarding)), key);
    fc.assert(
      fc.property(name, anything, (event, payload) => {
        const result = commandFromEvent(onboarding, event, payload);
        if (!result.ok) {
          expect(result.refusal.detail).not.toBe('');
          return;
        }
        expect(eventNames(onboarding)).toContain(event);
        expect(parseCommand(result.value)).toEqual(result);
      }),
      { numRuns: 1_000 },
    );
  });

  test('as the input of a start is refused or is a request, and the rules can judge it', () => {
    fc.assert(
      fc.property(fc.oneof(request, anything), (raw) => {
        const result = parseCreateRequest(raw);
        if (!result.ok) {
          expect(result.refusal.detail).not.toBe('');
          return;
        }
        expect(unfitPlaces(result.value)).toEqual([]);
        expect(typeof result.value.type).toBe('string');
        decideCreate(onboarding, result.value, callOf(OWNER, 1));
      }),
      { numRuns: 1_000 },
    );
  });

  const many = 150_000;
  test.each<[string, unknown]>([
    ['unfit values', Array.from({ length: many }, () => '\0')],
    ['unknown names', objectOf(Array.from({ length: many }, (_, i) => [`n${i}`, 0]))],
    ['unfit names', objectOf(Array.from({ length: many / 10 }, (_, i) => [`\0${i}`, 0]))],
    ['a huge name', { ['n'.repeat(1_000_000)]: 0 }],
  ])('with %s is refused in few words: refusals travel and stay in histories', (_what, data) => {
    const fill = (section: string) => parseCommand({ kind: 'fill', section, data: { data } });
    const state = create(onboarding);
    const results = [
      parseCommand(data),
      parseCommand({ ...(data as object), kind: 'cancel' }),
      commandFromEvent(onboarding, 'InterviewFeedback', data),
      commandFromEvent(onboarding, 'SubmissionApproval', { approved: true, ...(data as object) }),
      fill('n'.repeat(1_000_000)),
      parseCreateRequest({ type: 'employee-onboarding', ...(data as object) }),
    ].map((parsed): Result<unknown> =>
      parsed.ok && 'kind' in parsed.value ? decide(state, parsed.value, callOf(OWNER, 1)) : parsed,
    );
    for (const result of results)
      expect(JSON.stringify(result.ok ? {} : result.refusal).length).toBeLessThan(64 * 1024);
  });
});

describe('a command', () => {
  const wrong = (raw: object): string[] =>
    (refusalOf(parseCommand(raw)).errors ?? []).map(({ pointer }) => pointer).toSorted();

  test.each<[object, string[]]>([
    [{}, ['/kind']],
    [{ kind: 'constructor' }, ['/kind']],
    [{ kind: 'fill' }, ['/data', '/section']],
    [{ kind: 'fill', section: 'A', data: [] }, ['/data']],
    [{ kind: 'fill', section: 'A', data: {}, ifVersion: 0 }, ['/ifVersion']],
    [{ kind: 'fill', section: 'A', data: {}, ifVersion: 'x' }, ['/ifVersion']],
    [{ kind: 'fill-many', sections: { A: 1, B: null } }, ['/sections/A', '/sections/B']],
    [{ kind: 'merge', section: 'A', patch: null }, ['/patch']],
    [
      { kind: 'patch', section: 'A', operations: [{ op: 'do' }] },
      ['/operations/0/op', '/operations/0/path'],
    ],
    [{ kind: 'patch', section: 'A', operations: {} }, ['/operations']],
    [
      { kind: 'edit', title: '', metadata: null, sections: { A: [] } },
      ['/metadata', '/sections/A', '/title'],
    ],
    [{ kind: 'submit', version: 1.5, ifVersion: 'x' }, ['/ifVersion', '/version']],
    [{ kind: 'cancel', reason: 'x'.repeat(2001) }, ['/reason']],
    [{ kind: 'comment', text: '' }, ['/text']],
    [{ kind: 'assign', section: 'A', to: 'two words' }, ['/to']],
    [{ kind: 'extend', until: 'tomorrow' }, ['/until']],
    [{ kind: 'transfer', to: null }, ['/to']],
    [{ kind: 'link' }, ['/child']],
    [{ kind: 'migrate', force: true }, ['/force']],
  ])('%j is told what is wrong', (raw, pointers) => {
    expect(wrong(raw)).toEqual(pointers);
  });

  test.each<object>([
    { kind: 'fill', section: 'A', data: {}, ifVersion: '*', actor: 'anna' },
    { kind: 'fill-many', sections: { A: {} }, ifVersion: 3 },
    { kind: 'edit' },
    { kind: 'edit', sections: { A: null, B: {} } },
    { kind: 'patch', section: 'A', operations: [{ op: 'test', path: '', value: null }] },
    { kind: 'approve', version: 1, reason: 'Yes' },
    { kind: 'assign', section: 'A', to: null },
    { kind: 'extend', until: time() },
  ])('%j is one', (raw) => {
    expect(value(parseCommand(raw))).toEqual(raw);
  });
});

describe('an event', () => {
  const command = (name: string, payload: unknown) =>
    value(commandFromEvent(purchase, name, payload));

  test('fills a section, decides, or carries any command', () => {
    expect(command('Check', { a: 1 })).toEqual({ kind: 'fill', section: 'Check', data: { a: 1 } });
    expect(command('Approval', true)).toEqual({ kind: 'approve' });
    expect(command('Approval', { approved: false, reason: 'No' })).toEqual({
      kind: 'reject',
      reason: 'No',
    });
    expect(command('command', { kind: 'cancel' })).toEqual({ kind: 'cancel' });
  });

  test('of another name is unknown', () => {
    const refusal = refusalOf(commandFromEvent(purchase, 'constructor', {}));
    expect(refusal.code).toBe('unknown-event');
    expect(refusal.detail).toContain('Request, Check, Note, Approval, command');
    expect(refusalOf(commandFromEvent(purchase, 'Approval', 'yes')).code).toBe('invalid-data');
  });
});

/** As `JSON.parse` makes objects: `__proto__` is a property like any other. */
function objectOf(entries: readonly (readonly [string, unknown])[]): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (const [name, item] of entries)
    Object.defineProperty(object, name, {
      value: item,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  return object;
}
