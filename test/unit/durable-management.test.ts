/** What the management API reads and writes, without any server: queries, ids, statuses, addresses, functions. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { functionNamed } from '../../src/contracts/durable.ts';
import { durableFunctions } from '../../src/durable-functions.ts';
import { instanceIdProblem } from '../../src/contracts/instance-id.ts';
import { DurableQuery } from '../../src/api/durable/management/query.ts';
import { isFinal, seconds, statusFilter } from '../../src/api/durable/management/status.ts';
import { managementUris } from '../../src/api/durable/management/uris.ts';

const query = (search: string) => new DurableQuery(search);

describe('a query', () => {
  test('has names in any case, and joins what is repeated', () => {
    const read = query('SHOWINPUT=False&runtimeStatus=Running,Failed&runtimestatus=Pending');
    expect(read.flag('showInput')).toBe(false);
    expect(read.list('runtimeStatus')).toEqual(['Running', 'Failed', 'Pending']);
  });

  test.each([
    ['true', true],
    ['True', true],
    ['FALSE', false],
    ['1', undefined],
    ['yes', undefined],
    ['', undefined],
  ])('takes %s for a flag as .NET does', (text, flag) => {
    expect(query(`x=${text}`).flag('x')).toBe(flag);
  });

  test.each([
    ['2026-01-31T08:00:00Z', '2026-01-31T08:00:00.000Z'],
    ['2026-01-31T08:00:00.1234567Z', '2026-01-31T08:00:00.123Z'],
    ['2026-01-31T08:00:00', '2026-01-31T08:00:00.000Z'],
    ['2026-01-31T08:00:00%2B02:00', '2026-01-31T06:00:00.000Z'],
    ['2026-01-31', '2026-01-31T00:00:00.000Z'],
    // A plus that is not encoded is a space, and the zone none.
    ['2026-01-31T08:00:00+02:00', undefined],
    ['2026-13-31T08:00:00Z', undefined],
    ['soon', undefined],
    ['', undefined],
  ])('takes %s for an instant, or drops it', (text, instant) => {
    expect(query(`x=${text}`).instant('x')).toBe(instant);
  });

  test('counts from 1, in seconds from 0', () => {
    expect(['5', '0', '-1', 'x', '1.5'].map((text) => query(`x=${text}`).count('x'))).toEqual([
      5,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect(
      ['0.5', '0', '30', '-1', '1e9', ''].map((text) => query(`x=${text}`).seconds('x')),
    ).toEqual([500, 0, 30_000, undefined, undefined, undefined]);
  });

  test('is never an error', () => {
    fc.assert(
      fc.property(fc.string(), (search) => {
        const read = query(search);
        for (const name of ['x', '', '__proto__']) {
          read.text(name);
          read.flag(name);
          read.instant(name);
          read.seconds(name);
        }
      }),
    );
  });
});

test.each([
  ['a', undefined],
  ['document:4711', undefined],
  ['with spaces and ünï', undefined],
  ['x'.repeat(256), undefined],
  ['x'.repeat(257), 'must not exceed 256 characters'],
  ['😀'.repeat(128), undefined],
  ['漢'.repeat(256), undefined],
  ['@a', "must not start with '@'"],
  ['a/b', 'must not contain'],
  ['a\\b', 'must not contain'],
  ['a#b', 'must not contain'],
  ['a?b', 'must not contain'],
  ['a\u0000b', 'must not contain'],
  ['a\nb', 'must not contain'],
  ['a\ud800b', 'must not contain'],
])('the id %j', (id, problem) => {
  const found = instanceIdProblem(id);
  if (problem === undefined) expect(found).toBeUndefined();
  else expect(found).toContain(problem);
});

test('a filter of statuses: names exactly, numbers, others skipped, none of them is no filter', () => {
  expect(statusFilter(['Running', '3', 'completed', 'x', '9'])).toEqual(
    new Set(['Running', 'Failed']),
  );
  expect(statusFilter(['running', 'x'])).toBeUndefined();
  expect(statusFilter([])).toBeUndefined();
  expect(
    ['Completed', 'Failed', 'Canceled', 'Terminated'].every((one) => isFinal(one as 'Failed')),
  ).toBe(true);
  expect(isFinal('Suspended')).toBe(false);
  expect(seconds('2026-01-31T08:00:00.123Z')).toBe('2026-01-31T08:00:00Z');
});

test('addresses: of the request’s origin, the id encoded, placeholders as they are', () => {
  const uris = managementUris('a b+ü', {
    origin: 'http://localhost:8080',
    taskHub: 'dossier',
    code: 'c0de',
  });
  const instance = 'http://localhost:8080/runtime/webhooks/durabletask/instances/a%20b%2B%C3%BC';
  expect(uris).toEqual({
    id: 'a b+ü',
    statusQueryGetUri: `${instance}?taskHub=dossier&connection=Storage&code=c0de`,
    sendEventPostUri: `${instance}/raiseEvent/{eventName}?taskHub=dossier&connection=Storage&code=c0de`,
    terminatePostUri: `${instance}/terminate?reason={text}&taskHub=dossier&connection=Storage&code=c0de`,
    rewindPostUri: `${instance}/rewind?reason={text}&taskHub=dossier&connection=Storage&code=c0de`,
    purgeHistoryDeleteUri: `${instance}?taskHub=dossier&connection=Storage&code=c0de`,
    restartPostUri: `${instance}/restart?taskHub=dossier&connection=Storage&code=c0de`,
    suspendPostUri: `${instance}/suspend?reason={text}&taskHub=dossier&connection=Storage&code=c0de`,
    resumePostUri: `${instance}/resume?reason={text}&taskHub=dossier&connection=Storage&code=c0de`,
  });
});

describe('DURABLE_FUNCTIONS', () => {
  const named = (setting: string | undefined, name: string) =>
    functionNamed(durableFunctions(setting, 'ours'), name);

  test('adds to ours, which it can replace; names count in any case', () => {
    expect(named(undefined, 'orchfunction')).toEqual({
      name: 'OrchFunction',
      workflowType: 'OrchFunction',
      taskQueue: 'ours',
    });
    const setting = 'Hello=Greet@their-queue, OrchFunction = Other ,';
    expect(named(setting, 'hello')).toEqual({
      name: 'Hello',
      workflowType: 'Greet',
      taskQueue: 'their-queue',
    });
    expect(named(setting, 'OrchFunction')).toMatchObject({
      workflowType: 'Other',
      taskQueue: 'ours',
    });
    for (const name of ['Nobody', '__proto__', 'constructor', ''])
      expect(named(setting, name)).toBeUndefined();
  });

  test.each(['Hello=', '=Greet', 'a/b=Greet', 'Hello=@queue', 'Hello=Greet,Other'])(
    'says what is wrong with %s',
    (setting) => {
      expect(() => durableFunctions(setting, 'ours')).toThrow(/DURABLE_FUNCTIONS has/);
    },
  );

  test('is a file, too', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'dossier-functions-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const path = join(folder, 'functions.yaml');
    await writeFile(path, 'Hello: Greet@their-queue\nOther: Other\n');
    expect(named(path, 'Hello')).toMatchObject({ workflowType: 'Greet', taskQueue: 'their-queue' });
    expect(named(path, 'Other')).toMatchObject({ taskQueue: 'ours' });
    await writeFile(path, '- Hello\n');
    expect(() => named(path, 'Hello')).toThrow(/must have a line for each function/);
    expect(() => named(join(folder, 'none'), 'Hello')).toThrow(/no file that can be read/);
  });
});
