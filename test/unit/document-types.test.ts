import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { documentTypes, loadDocumentTypes, parseDocumentType } from '../../src/document-types.ts';
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

test('the types that come with us are there', async () => {
  const types = await loadDocumentTypes('document-types');
  expect(types.all.map(({ name }) => name)).toContain('employee-onboarding');
});

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

test('what is left out has its default', () => {
  const result = parseDocumentType(valid);
  expect(result).toMatchObject({
    value: {
      submit: 'automatic',
      editableInReview: false,
      cancel: ['owner'],
      metadata: { type: 'object' },
      sections: { Dates: { required: true, fill: ['anyone'] } },
      approval: { event: 'Approval', stages: [{ quorum: 1, ownerMayDecide: false }] },
      texts: { open: 'Open', approved: { status: 'Approved', output: 'Approved' } },
    },
  });
});

test('of an outcome, one text may be given alone', () => {
  const result = parseDocumentType({ ...valid, texts: { approved: { output: 'Yes' } } });
  expect(result).toMatchObject({
    value: { texts: { approved: { status: 'Approved', output: 'Yes' } } },
  });
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
    ['a section name with a slash', sections({ 'a/b': section }), '/sections'],
    ['a section named command', sections({ command: section }), 'command'],
    ['nobody who may fill', sections({ A: { ...section, fill: [] } }), '/sections/A/fill'],
    [
      'somebody odd who may fill',
      sections({ A: { ...section, fill: ['boss'] } }),
      '/sections/A/fill/0',
    ],
    ['metadata that is a text', { ...valid, metadata: 'any' }, '/metadata'],
    ['another way to submit', { ...valid, submit: 'manual' }, '/submit'],
    ['no approval', { ...valid, approval: undefined }, '/approval is required'],
    ['no stage', { ...valid, approval: { stages: [] } }, '/approval/stages'],
    ['two stages', { ...valid, approval: { stages: [stage, stage] } }, '/approval/stages'],
    [
      'a quorum of two',
      { ...valid, approval: { stages: [{ ...stage, quorum: 2 }] } },
      '/approval/stages/0/quorum',
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
    expect(message).toContain('odd.json');
    expect(message).toContain(place);
    expect(message).not.toContain('\n');
  });

  test.each<[string, string]>([
    ['wrong YAML', 'name: [a\nb: }'],
    ['the same key twice', 'name: a\nname: b\n'],
    ['an unknown alias', 'name: *nowhere\n'],
    ['an empty file', ''],
    ['NUL', 'name: "\0"\n'],
  ])('%s', async (_what, text) => {
    const message = await failure({ 'odd.yaml': text });
    expect(message).toContain('odd.yaml');
    expect(message).not.toContain('\n');
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
  expect(message).toContain('b.json');
  expect(message).toContain('leave');
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
