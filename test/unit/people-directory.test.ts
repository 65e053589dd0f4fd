/** The file of the people: what it may say, what is told of its mistakes, and when it is read again. */
import { mkdtemp, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NO_DIRECTORY } from '../../src/contracts/people.ts';
import { loadDirectory } from '../../src/people/index.ts';
import { parseDirectory } from '../../src/people/parse.ts';
import { StartupError } from '../../src/startup-error.ts';

let root: string;
let count = 0;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'dossier-people-'));
});
afterAll(() => rm(root, { recursive: true }));

const silent = (): void => {};

async function fileOf(text: string): Promise<string> {
  count += 1;
  const file = join(root, `directory-${count}.yaml`);
  await writeFile(file, text);
  return file;
}

test('without a file nobody is known, and nobody knows who has which role', () => {
  expect(loadDirectory(undefined, silent)).toBe(NO_DIRECTORY);
  expect(NO_DIRECTORY.membersOf('manager')).toBeUndefined();
});

test('people are found by id and by role, in the order of the file', async () => {
  const file = await fileOf(
    'users:\n- {id: b, roles: [x, y, x]}\n- {id: a, name: Anna, mail: a@example.org, roles: [x], manager: b, timeZone: Asia/Kolkata}\n- id: c\n',
  );
  const directory = loadDirectory(file, silent);
  expect(directory.person('a')).toEqual({
    id: 'a',
    name: 'Anna',
    mail: 'a@example.org',
    roles: ['x'],
    manager: 'b',
    timeZone: 'Asia/Kolkata',
  });
  expect(directory.person('c')).toEqual({ id: 'c', roles: [] });
  expect(directory.membersOf('x')?.map(({ id }) => id)).toEqual(['b', 'a']);
  for (const unknown of ['constructor', '__proto__', ''])
    expect([directory.person(unknown), directory.membersOf(unknown)]).toEqual([undefined, []]);
});

test('JSON will do, and absences are told in UTC', async () => {
  const away = { from: '2026-07-20T00:00:00+02:00', to: '2026-08-03T00:00:00Z', substitute: 'b' };
  const file = await fileOf(JSON.stringify({ users: [{ id: 'a', away }, { id: 'b' }] }));
  expect(loadDirectory(file, silent).person('a')?.away).toEqual({
    from: '2026-07-19T22:00:00.000Z',
    to: '2026-08-03T00:00:00.000Z',
    substitute: 'b',
  });
});

test('the example is right', () => {
  const warnings: string[] = [];
  const directory = loadDirectory('examples/directory.yaml', (_fields, text) =>
    warnings.push(text),
  );
  expect(directory.membersOf('engineer')).toHaveLength(3);
  expect(directory.membersOf('operator')).toHaveLength(1);
  expect(warnings).toEqual([]);
});

describe('what is wrong is told with its place', () => {
  const user = (more: string): string => `users:\n- id: b\n- id: a\n  ${more}\n`;
  test.each([
    ['a list', '- id: a\n', ':1: / must be an object with users'],
    ['nothing', '', ': / must be an object with users'],
    ['no users', 'people: []\n', ':1: /people is not a known property; there are: users'],
    ['users as an object', 'users: {a: {}}\n', ':1: /users must be a list'],
    ['no id', 'users:\n- name: Anna\n', ':2: /users/0/id is required'],
    ['an id with a space', 'users:\n- id: a b\n', ':2: /users/0/id must be a user id'],
    ['an id as approvers have it', 'users:\n- id: "user:a"\n', ':2: /users/0/id must be a user id'],
    ['a number', 'users:\n- id: 7\n', ':2: /users/0/id must be a user id'],
    ['an id twice', 'users:\n- id: a\n- id: b\n- id: a\n', ':4: /users/2/id a is there already'],
    ['an unknown property', user('phone: 1'), ':4: /users/1/phone is not a known property; there'],
    ['a name in two lines', user('name: "A\\r\\nBcc: x"'), ':4: /users/1/name must be a text of'],
    ['an empty name', user('name: ""'), ':4: /users/1/name must be a text of'],
    ['no mail', user('mail: anna'), ':4: /users/1/mail must be an address'],
    ['two mails', user('mail: a@x.org,b@x.org'), ':4: /users/1/mail must be an address'],
    ['a mail with a name', user('mail: Anna <a@x.org>'), ':4: /users/1/mail must be an address'],
    ['a mail in two lines', user('mail: "a@x.org\\nBcc: b@x.org"'), ':4: /users/1/mail must be an'],
    ['a mail with a line end', user('mail: "a@x.org\\r\\n"'), ':4: /users/1/mail must be an'],
    ['roles as a text', user('roles: manager'), ':4: /users/1/roles must be a list'],
    ['a role that is no text', user('roles: [1]'), ':4: /users/1/roles/0 must be the name of a'],
    ['a role with a comma', user('roles: ["a,b"]'), ':4: /users/1/roles/0 must be the name of a'],
    ['all roles', user('roles: ["*"]'), ':4: /users/1/roles/0 must be the name of a role'],
    ['an unknown manager', user('manager: c'), ':4: /users/1/manager c is not a user of this file'],
    ['no zone', user('timeZone: Mars/Olympus'), ':4: /users/1/timeZone "Mars/Olympus" is no IANA'],
    ['an offset', user('timeZone: "+01:00"'), ':4: /users/1/timeZone "+01:00" is no IANA'],
    ['away without an end', user('away: {from: 2026-01-01T00:00:00Z}'), '/users/1/away/to is req'],
    ['a date', user('away: {from: 2026-01-01, to: 2026-02-01T00:00:00Z}'), '/away/from must be an'],
    [
      '30 February',
      user('away: {from: 2026-02-30T00:00:00Z, to: 2026-04-01T00:00:00Z}'),
      '/away/from must be an instant',
    ],
    [
      'away until before',
      user('away: {from: 2026-02-01T00:00:00Z, to: 2026-02-01T00:00:00Z}'),
      ':4: /users/1/away/to must be later than from',
    ],
    [
      'away before by the zones',
      user('away: {from: 2026-02-01T00:00:00Z, to: 2026-02-01T00:30:00+01:00}'),
      ':4: /users/1/away/to must be later than from',
    ],
    [
      'oneself as substitute',
      user('away: {from: 2026-01-01T00:00:00Z, to: 2026-02-01T00:00:00Z, substitute: a}'),
      ':4: /users/1/away/substitute is the user itself',
    ],
    [
      'an unknown substitute',
      user('away: {from: 2026-01-01T00:00:00Z, to: 2026-02-01T00:00:00Z, substitute: c}'),
      ':4: /users/1/away/substitute c is not a user of this file',
    ],
    ['no YAML', 'users: [\n', 'directory-'],
  ])('%s', async (_what, text, said) => {
    const file = await fileOf(text);
    const message = messageOf(() => loadDirectory(file, silent));
    expect(message).toContain(said);
    expect(message).toContain(file);
  });

  test('all of it at once, ten lines at most', async () => {
    const file = await fileOf(`users:\n${'- {id: a, manager: x}\n'.repeat(20)}`);
    expect(messageOf(() => loadDirectory(file, silent)).split('\n')).toHaveLength(10);
  });

  test('a file that is not there', () => {
    const file = join(root, 'nowhere.yaml');
    expect(messageOf(() => loadDirectory(file, silent))).toMatch(
      /^DIRECTORY_FILE .*nowhere\.yaml cannot be read: ENOENT/,
    );
  });
});

test('circles of managers are allowed, and told once each', async () => {
  const file = await fileOf(
    'users:\n- {id: d, manager: b}\n- {id: a, manager: b}\n- {id: b, manager: c}\n- {id: c, manager: a}\n- {id: e, manager: e}\n- {id: f}\n',
  );
  const warnings: string[] = [];
  const directory = loadDirectory(file, (_fields, text) => warnings.push(text));
  expect(directory.person('a')?.manager).toBe('b');
  expect(warnings).toEqual([
    `${file}:3: /users/1/manager is a circle: a -> b -> c -> a; where a manager is asked for, the fallback decides`,
    `${file}:6: /users/4/manager is a circle: e -> e; where a manager is asked for, the fallback decides`,
  ]);
});

describe('the file changes', () => {
  /** With a clock that moves when the test says so. */
  async function watched(text: string) {
    const file = await fileOf(text);
    const warnings: string[] = [];
    let at = 0;
    const directory = loadDirectory(
      file,
      (_fields, message) => warnings.push(message),
      () => at,
    );
    return {
      file,
      warnings,
      directory,
      ids: () => directory.membersOf('x')?.map(({ id }) => id),
      pass: (ms: number) => (at += ms),
    };
  }
  const users = (...ids: string[]): string =>
    JSON.stringify({ users: ids.map((id) => ({ id, roles: ['x'] })) });

  test('it counts from the next use on, but is looked at once a second at most', async () => {
    const { file, ids, pass, directory } = await watched(users('a'));
    await writeFile(file, users('a', 'b'));
    pass(999);
    expect(ids()).toEqual(['a']);
    pass(1);
    expect(directory.person('b')).toBeDefined();
    expect(ids()).toEqual(['a', 'b']);
  });

  test('another file in its place counts too, of the same size and time', async () => {
    const { file, ids, pass } = await watched(users('a'));
    const other = await fileOf(users('b'));
    const time = new Date('2026-01-01T00:00:00Z');
    await utimes(file, time, time);
    pass(1_000);
    expect(ids()).toEqual(['a']);
    await utimes(other, time, time);
    await rename(other, file);
    pass(1_000);
    expect(ids()).toEqual(['b']);
  });

  test('a version that is wrong is told once, and the last one that was right stays', async () => {
    const { file, ids, pass, warnings } = await watched(users('a'));
    await writeFile(file, 'users: nobody\n');
    for (let i = 0; i < 3; i += 1) {
      pass(1_000);
      expect(ids()).toEqual(['a']);
    }
    expect(warnings).toEqual(['DIRECTORY_FILE is wrong now; what it said before stays']);
    await rm(file);
    for (let i = 0; i < 3; i += 1) {
      pass(1_000);
      expect(ids()).toEqual(['a']);
    }
    expect(warnings).toHaveLength(2);
    await writeFile(file, users('c'));
    pass(1_000);
    expect(ids()).toEqual(['c']);
    expect(warnings).toHaveLength(2);
  });

  test('a clock that is set back does not stop it', async () => {
    const { file, ids, pass } = await watched(users('a'));
    pass(-3_600_000);
    await writeFile(file, users('b'));
    expect(ids()).toEqual(['b']);
  });
});

describe('whatever the file says,', () => {
  const odd = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.constantFrom('a', 'b', '__proto__', 'UTC', '2026-01-01T00:00:00Z', '2026-02-01T00:00:00Z'),
  );
  const place = fc.constantFrom('id', 'name', 'mail', 'roles', 'manager', 'timeZone', 'away', 'x');
  const user = fc.oneof(fc.dictionary(place, odd), odd);

  test('nothing is thrown, and what is right fits together', () => {
    fc.assert(
      fc.property(fc.oneof(odd, fc.record({ users: fc.array(user) })), (raw) => {
        const result = parseDirectory(raw);
        if (!result.ok) {
          expect(result.refusal.errors?.length).toBeGreaterThan(0);
          return;
        }
        const ids = result.value.people.map(({ id }) => id);
        expect(new Set(ids).size).toBe(ids.length);
        for (const { manager } of result.value.people)
          if (manager !== undefined) expect(ids).toContain(manager);
      }),
      { numRuns: 500 },
    );
  });

  test('there is a warning exactly when climbing from somebody never ends', () => {
    const managers = fc.array(fc.option(fc.nat(7), { nil: undefined }), {
      minLength: 8,
      maxLength: 8,
    });
    fc.assert(
      fc.property(managers, (given) => {
        const users = given.map((manager, i) => ({
          id: `u${i}`,
          ...(manager === undefined ? {} : { manager: `u${manager}` }),
        }));
        const result = parseDirectory({ users });
        const endless = given.some((_, i) => {
          let at: number | undefined = i;
          for (let steps = 0; steps < 9 && at !== undefined; steps += 1) at = given[at];
          return at !== undefined;
        });
        expect(result.ok && result.value.warnings.length > 0).toBe(endless);
      }),
    );
  });
});

function messageOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(StartupError);
    return (error as Error).message;
  }
  throw new Error('nothing was refused');
}
