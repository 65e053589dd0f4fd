/** Files of document types: what is read, what is told of what is wrong, and where; defaults. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { documentTypes, loadDocumentTypes } from '../../src/document-types/index.ts';
import { StartupError } from '../../src/startup-error.ts';

const section = { title: 'Any', schema: { type: 'object' } };
const valid = {
  name: 'leave',
  version: 1,
  title: 'Leave',
  sections: { Dates: section },
  approval: { stages: [{ name: 'head', approvers: ['role:head'] }] },
};

let root: string;
let count = 0;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'dossier-types-'));
});
afterAll(() => rm(root, { recursive: true }));

test('YAML and JSON files are read, everything else is left alone', async () => {
  const directory = await filled({
    'b.yaml':
      'name: beta\nversion: 2\ntitle: Beta\nsections: {A: {title: A, schema: {type: object}}}\napproval: {stages: [{name: s, approvers: [anyone]}]}\n',
    'a.json': JSON.stringify({ ...valid, name: 'alpha' }),
    'c.yml': JSON.stringify({ ...valid, name: 'gamma' }),
    'README.md': '# not a type',
    '.DS_Store': 'x',
  });
  const types = await loadDocumentTypes(directory);
  expect(types.all.map(({ name }) => name)).toEqual(['alpha', 'beta', 'gamma']);
});

test('a type is found by its name; for another the names there are are told', async () => {
  const types = await loadDocumentTypes(await filled({ 'a.json': JSON.stringify(valid) }));
  expect(types.find('leave')).toMatchObject({ ok: true, value: { name: 'leave' } });
  for (const name of ['Leave', 'constructor', '']) {
    expect(types.find(name)).toMatchObject({
      refusal: { code: 'unknown-type', detail: expect.stringContaining('there are: leave.') },
    });
  }
  expect(documentTypes([]).find('x')).toMatchObject({
    refusal: { detail: expect.stringContaining('there are: none.') },
  });
});

test('limits of the settings reach the types of the files', async () => {
  const directory = await filled({ 'a.json': JSON.stringify(valid) });
  const { all } = await loadDocumentTypes(directory, { section: 1, document: 2 });
  expect(all[0]?.limits).toEqual({ section: 1, document: 2 });
});

describe('a file that is broken stops the start and is named, with the place', () => {
  const stage = { name: 'one', approvers: ['anyone'] };
  test.each<[string, unknown, string]>([
    ['no name', { ...valid, name: undefined }, '/name is required'],
    ['a name with a space', { ...valid, name: 'a b' }, '/name'],
    ['version 0', { ...valid, version: 0 }, '/version'],
    ['a version as text', { ...valid, version: '1' }, '/version'],
    ['no title', { ...valid, title: '' }, '/title'],
    ['a misspelt member', { ...valid, sectoins: {} }, '/sectoins is not a known property'],
    ['no sections', { ...valid, sections: {} }, '/sections'],
    [
      'a section without schema',
      { ...valid, sections: { A: { title: 'A' } } },
      '/sections/A/schema is required',
    ],
    [
      'a section that is no object',
      sections({ A: { title: 'A', schema: { type: 'string' } } }),
      '/sections/A/schema/type',
    ],
    ['a section name with a slash', sections({ 'a/b': section }), '/sections/a~1b'],
    ['too small a version', { ...valid, version: 0 }, 'must be a whole number from 1'],
    [
      'a child without a name',
      { ...valid, children: { '1': {} } },
      '/children/1 is not a known property here: a name must be',
    ],
    [
      'a child that is dropped',
      { ...valid, children: { a: { onCancel: 'drop' } } },
      '/children/a/onCancel must be cancel or keep',
    ],
    ['no child at a time', { ...valid, children: { a: { max: 0 } } }, '/children/a/max'],
    [
      'a permission nobody knows',
      { ...valid, permissions: { write: ['anyone'] } },
      '/permissions/write is not a known property; there are: create, read, edit, submit, cancel, sensitive',
    ],
    [
      'nobody who may read',
      { ...valid, permissions: { read: [] } },
      '/permissions/read must be a list',
    ],
    ['too large a document', { ...valid, limits: { document: 1_200_001 } }, '/limits/document'],
    ['a limit of nothing', { ...valid, limits: { section: 0 } }, '/limits/section'],
    ['reminders without a time', { ...valid, reminders: {} }, '/reminders/every is required'],
    [
      'no reminder',
      { ...valid, reminders: { every: 'P1D', max: 0 } },
      '/reminders/max must be a whole number from 1 to 100',
    ],
    ['101 reminders', { ...valid, reminders: { every: 'P1D', max: 101 } }, '/reminders/max'],
    [
      'more than 20 searchable fields',
      { ...valid, searchable: Array.from({ length: 21 }, (_, i) => `metadata.f${i}`) },
      '/searchable must be a list of at most 20',
    ],
    [
      'the same dependency twice',
      sections({ A: section, B: { ...section, dependsOn: ['A', 'A'] } }),
      '/sections/B/dependsOn must be',
    ],
    ['a definition of 256 KiB', { ...valid, description: 'x'.repeat(256 * 1024) }, '/ takes 26'],
    ['a section named command', sections({ command: section }), 'command'],
    ['nobody who may fill', sections({ A: { ...section, fill: [] } }), '/sections/A/fill'],
    [
      'somebody odd who may fill',
      sections({ A: { ...section, fill: ['boss'] } }),
      '/sections/A/fill/0',
    ],
    ['metadata that is a text', { ...valid, metadata: 'any' }, '/metadata'],
    ['another way to submit', { ...valid, submit: 'later' }, '/submit must be manual or automatic'],
    [
      'cancel at its old place',
      { ...valid, cancel: ['anyone'] },
      '/cancel is not a known property',
    ],
    ['no stage', { ...valid, approval: { stages: [] } }, '/approval/stages'],
    [
      '21 stages',
      {
        ...valid,
        approval: { stages: Array.from({ length: 21 }, (_, i) => ({ ...stage, name: `s${i}` })) },
      },
      '/approval/stages must be a list of one to 20',
    ],
    [
      'two stages with one name',
      { ...valid, approval: { stages: [stage, stage] } },
      '/approval/stages/1/name',
    ],
    ...[0, 101, 1.5, 'most', '2'].map((quorum): [string, object, string] => [
      `a quorum of ${quorum}`,
      { ...valid, approval: { stages: [{ ...stage, quorum }] } },
      '/approval/stages/0/quorum must be a whole number from 1 to 100, all or majority',
    ]),
    [
      'an outcome nobody knows',
      { ...valid, approval: { stages: [{ ...stage, onTimeout: 'approved' }] } },
      '/approval/stages/0/onTimeout must be one of wait, reject, approve, expire',
    ],
    [
      'a level to nobody',
      { ...valid, approval: { stages: [{ ...stage, escalation: [{ after: 'P1D' }] }] } },
      '/approval/stages/0/escalation/0/to is required',
    ],
    [
      'another use of earlier approvals',
      { ...valid, approval: { stages: [stage], earlierApprovals: 'drop' } },
      '/approval/earlierApprovals must be reset or keep',
    ],
    [
      'an event with the name of a section',
      { ...valid, approval: { event: 'Dates', stages: [stage] } },
      'section',
    ],
    ['an empty text', { ...valid, texts: { open: '' } }, '/texts/open'],
    ['a list', [valid], '/'],
    ['nothing', null, '/'],
    [
      'a schema with a wrong pattern',
      schemaOf({ a: { type: 'string', pattern: '[' } }),
      '/sections/A/schema',
    ],
    ['a schema with an unknown type', schemaOf({ a: { type: 'strng' } }), '/sections/A/schema'],
    [
      'a schema with a dangling reference',
      schemaOf({ a: { $ref: '#/$defs/none' } }),
      '/sections/A/schema',
    ],
    ['a schema with a wrong limit', schemaOf({ a: { minLength: 'x' } }), '/sections/A/schema'],
    [
      'metadata with a wrong pattern',
      { ...valid, metadata: { type: 'object', properties: { a: { pattern: '(' } } } },
      '/metadata',
    ],
    ['metadata that are no object', { ...valid, metadata: { type: 'array' } }, '/metadata'],
  ])('%s', async (_what, raw, place) => {
    const message = await failure({ 'odd.json': JSON.stringify(raw) });
    expect(message).toMatch(/odd\.json:1: /);
    expect(message).toContain(place);
  });

  test.each<[string, string]>([
    ['wrong YAML', 'name: [a\nb: }'],
    ['the same key twice', 'name: a\nname: b\n'],
    ['an unknown alias', 'name: *nowhere\n'],
    ['an empty file', ''],
    ['NUL', 'name: "\0"\n'],
  ])('%s', async (_what, text) => {
    const message = await failure({ 'odd.yaml': text });
    for (const line of message.split('\n')) expect(line).toMatch(/odd\.yaml:\d: \S/);
  });

  test('a directory in its place', async () => {
    const directory = await filled({});
    await mkdir(join(directory, 'odd.yaml'));
    expect(await failureOf(directory)).toContain('odd.yaml');
  });
});

test('two files with the same name of a type stop the start, and the second is named', async () => {
  const message = await failure({
    'a.json': JSON.stringify(valid),
    'b.json': JSON.stringify(valid),
  });
  expect(message).toMatch(
    /b\.json:1: \/name the name leave is taken by .*a\.json; choose another$/,
  );
});

test('a child of a type that is not there stops the start, and the place is named', async () => {
  const files = {
    'a.json': JSON.stringify({ ...valid, children: { visa: {}, leave: {} } }, null, 1),
  };
  expect(await failure(files)).toMatch(
    /a\.json:\d+: \/children\/visa is not a document type; there are: leave$/,
  );
  const more = { ...files, 'b.json': JSON.stringify({ ...valid, name: 'visa' }) };
  expect((await loadDocumentTypes(await filled(more))).all).toHaveLength(2);
});

describe('an error', () => {
  const lines = (...text: string[]): string => text.join('\n');
  const head = ['name: x', 'version: 1', 'title: X'];

  test.each<[string, string, string]>([
    [
      'has the line of its place, through the aliases',
      lines(...head, 'sections:', '  A: {title: A, schema: &s', '    {type: array}}'),
      'odd.yaml:6: /sections/A/schema/type must be object',
    ],
    [
      'about what an alias repeats has the line of the anchor',
      lines(
        ...head,
        'sections:',
        '  A: &a {title: A, schema: {type: object},',
        '    fill: [boss]}',
        '  B: *a',
      ),
      'odd.yaml:6: /sections/B/fill/0 must be anyone',
    ],
    [
      'about what is missing has the line of what it is missing in',
      lines(...head, 'sections:', '  A:', '    title: A'),
      'odd.yaml:5: /sections/A/schema is required',
    ],
    ['about the whole has the first line', lines('# comment', '- x'), 'odd.yaml:2: / must be an'],
    ['of syntax has its line', lines(...head, 'x: ]'), 'odd.yaml:4: '],
    ['about a key that is there twice, too', lines(...head, 'name: y'), 'odd.yaml:4: Map keys'],
    ['about an alias to nothing, too', lines(...head, 'x: *a'), 'odd.yaml:4: the alias *a has no'],
    ['about a foreign tag, too', lines(...head, 'x: !!set {a}'), 'odd.yaml:4: Unresolved tag'],
    ['about a key that is a list, too', lines(...head, '? [a]', ': 1'), 'odd.yaml:4: With string'],
    ['about an alias in itself', 'x: &x [*x]', 'odd.yaml: an alias stands inside of what'],
    [
      'about a bomb of aliases',
      lines(
        'a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]',
        'b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]',
        'c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]',
        'd: [*c, *c, *c, *c, *c, *c, *c, *c, *c, *c]',
      ),
      'odd.yaml: Excessive alias count',
    ],
    ['about two documents in one', lines(...head, '---', 'name: y'), 'odd.yaml:4: Source contains'],
    [
      'about a value of YAML that is not JSON',
      lines(...head, 'x: .inf'),
      'odd.yaml:4: /x is not a finite',
    ],
  ])('%s', async (_what, text, expected) => {
    expect(await failure({ 'odd.yaml': text })).toContain(expected);
  });

  test('does not hide the others: each has a line, in their order', async () => {
    const text = lines('version: 0', 'title: X', 'name: 7', 'sections: {}', 'colour: red');
    const message = (await failure({ 'odd.yaml': text })).split('\n');
    expect(message.map((line) => /odd\.yaml:(\d): (\/\w*)/.exec(line)?.slice(1))).toEqual([
      ['1', '/version'],
      ['3', '/name'],
      ['4', '/sections'],
      ['5', '/colour'],
    ]);
  });

  test.each([
    [10, 10],
    [11, 10],
    [40, 10],
  ])('is one of %i, and %i lines are told', async (errors, told) => {
    const unknown = Array.from({ length: errors }, (_, i) => [`odd${i}`, 1]);
    const raw = { ...valid, ...Object.fromEntries(unknown) };
    const message = (await failure({ 'odd.json': JSON.stringify(raw, null, 1) })).split('\n');
    expect(message).toHaveLength(told);
    const last = message.at(-1);
    if (errors > told) expect(last).toContain(`odd.json: and ${errors - told + 1} more errors`);
    else expect(last).toContain(`/odd${errors - 1} is not a known property`);
  });
});

test('a directory that is not there stops the start and names its variable', async () => {
  expect(await failureOf(join(root, 'nowhere'))).toContain('DOCUMENT_TYPES_DIR');
});

function sections(given: object): object {
  return { ...valid, sections: given };
}

function schemaOf(properties: object): object {
  return sections({ A: { title: 'A', schema: { type: 'object', properties } } });
}

async function filled(files: Record<string, string>): Promise<string> {
  const directory = join(root, String((count += 1)));
  await mkdir(directory);
  for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text);
  return directory;
}

async function failure(files: Record<string, string>): Promise<string> {
  return failureOf(await filled(files));
}

async function failureOf(directory: string): Promise<string> {
  const error: unknown = await loadDocumentTypes(directory).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(StartupError);
  return (error as Error).message;
}
