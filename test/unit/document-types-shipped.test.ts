/** The document types that come with us, their schema for editors, and what `npm run check-types` says. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { loadDocumentTypes } from '../../src/document-types/index.ts';
import { reportOn, writeSchema } from '../../src/document-types/report.ts';
import { SHAPE } from '../../src/document-types/shape.ts';
import { StartupError } from '../../src/startup-error.ts';
import { schemaErrors } from '../../src/workflows/shared/json.ts';

const valid = {
  name: 'leave',
  version: 1,
  title: 'Leave',
  sections: { Dates: { title: 'Any', schema: { type: 'object' } } },
};

let root: string;
let count = 0;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'dossier-types-'));
});
afterAll(() => rm(root, { recursive: true }));

describe('the types that come with us', async () => {
  const { all } = await loadDocumentTypes('document-types');
  const files = (await readdir('document-types')).filter((file) => file.endsWith('.yaml'));

  test('are five', () => {
    expect(all.map(({ name }) => name)).toEqual([
      'credit-application',
      'design-proposal',
      'employee-onboarding',
      'expense-claim',
      'interview',
    ]);
  });

  test('have nothing to warn of but what is readable in Temporal', async () => {
    const { lines, failed } = await reportOn('document-types');
    expect(failed).toBe(false);
    const warnings = lines.filter((line) => line.startsWith('warning'));
    expect(warnings.length).toBeGreaterThan(0);
    expect(warnings.filter((line) => !/ \/(.*\/sensitive|titleSearchable) /.test(line))).toEqual(
      [],
    );
  });

  test.each(files)('%s tells editors its schema', async (file) => {
    const text = await readFile(join('document-types', file), 'utf8');
    expect(text.split('\n')[0]).toBe(
      '# yaml-language-server: $schema=./schema/document-type.schema.json',
    );
  });

  test('the schema for editors is the shape; else: npm run check-types -- --write-schema', async () => {
    const path = 'document-types/schema/document-type.schema.json';
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual(SHAPE);
  });

  test.each(files)('%s fits the schema by the validator of another house, too', async (file) => {
    const raw: unknown = parse(await readFile(join('document-types', file), 'utf8'));
    const ajv = new Ajv2020({ strict: false, allErrors: true });
    expect(ajv.validate(SHAPE, raw), ajv.errorsText()).toBe(true);
    expect(ajv.validate(SHAPE, { ...(raw as object), titel: 'x' })).toBe(false);
  });

  test('the schema explains every property', () => {
    const unexplained: string[] = [];
    const visit = (value: unknown, path: string): void => {
      if (typeof value !== 'object' || value === null) return;
      for (const [key, below] of Object.entries(value)) {
        if (key !== 'properties') visit(below, `${path}/${key}`);
        else
          for (const [name, one] of Object.entries(below as Record<string, object>)) {
            if (!('title' in one && 'description' in one)) unexplained.push(`${path}/${name}`);
            visit(one, `${path}/${name}`);
          }
      }
    };
    visit(SHAPE, '');
    expect(unexplained).toEqual([]);
  });

  test('the onboarding says literally what clients compare', () => {
    expect(all.find(({ name }) => name === 'employee-onboarding')).toMatchObject({
      version: 1,
      submit: 'automatic',
      editableInReview: true,
      permissions: { cancel: ['anyone'], edit: ['owner'] },
      children: { interview: { onCancel: 'cancel' } },
      approval: { event: 'SubmissionApproval' },
      texts: {
        open: 'Waiting for feedback',
        inReview: 'Awaiting submission',
        approved: { status: 'Submitted document', output: 'Submitted: True' },
        rejected: { status: 'Submitted document', output: 'Submitted: False' },
      },
    });
  });

  const url = 'https://files.example/1.pdf';
  const item = { date: '2026-03-01', category: 'meals', amount: 19.99 };
  const amounts = { currency: 'EUR', items: [item], total: 19.99 };
  const request = {
    applicant: 'Ada',
    email: 'ada@example.com',
    birthDate: '1990-12-10',
    amount: 20_000,
    currency: 'CHF',
    purpose: 'car',
    months: 36,
  };
  const meeting = { startsAt: '2026-03-01T10:00:00Z', place: 'video', interviewers: ['Bo'] };
  test.each<[string, string, object, string[]]>([
    ['expense-claim', 'metadata', { costCentre: 'ENG-1200' }, []],
    ['expense-claim', 'metadata', { costCentre: 'eng 1200' }, ['/costCentre']],
    ['expense-claim', 'Amounts', amounts, []],
    ['expense-claim', 'Amounts', { ...amounts, total: 19.999 }, ['/total']],
    ['expense-claim', 'Receipts', { files: [{ name: 'a.pdf', url }] }, []],
    ['expense-claim', 'Receipts', { files: [] }, ['/files']],
    ['credit-application', 'Request', request, []],
    ['credit-application', 'Request', { ...request, email: 'ada', x: 1 }, ['/email', '/x']],
    ['interview', 'Schedule', { ...meeting, link: url }, []],
    ['interview', 'Schedule', meeting, ['/link']],
    ['interview', 'Schedule', { ...meeting, place: 'phone' }, []],
    ['design-proposal', 'metadata', { team: 'Core', labels: ['api'] }, []],
    ['design-proposal', 'metadata', { team: 'Core', labels: ['A b'] }, ['/labels/0']],
  ])('%s: %s takes what it should', (name, part, data, wrong) => {
    const type = all.find((one) => one.name === name);
    const schema = part === 'metadata' ? type?.metadata : type?.sections[part]?.schema;
    const errors = schemaErrors(schema ?? {}, data).map(({ pointer }) => pointer);
    expect([...new Set(errors)].toSorted()).toEqual(wrong);
  });
});

describe('a report', () => {
  test('has a line for what is right, and for each warning and error', async () => {
    const { sections: _, ...without } = valid;
    const directory = await filled({
      'a.json': JSON.stringify({ ...valid, titleSearchable: true }, null, 1),
      'b.yaml': JSON.stringify({ ...without, name: 'b', titel: 'x' }, null, 1),
      'c.yaml': 'x: [',
    });
    const { lines, failed } = await reportOn(directory);
    expect(failed).toBe(true);
    expect(lines).toEqual([
      `ok  leave v1  ${directory}/a.json`,
      expect.stringMatching(/^warning .*\/a\.json:\d+ \/titleSearchable titles stand in plain/),
      `error ${directory}/b.yaml:1 /sections is required`,
      expect.stringMatching(/^error .*\/b\.yaml:\d+ \/titel is not a known property; there are/),
      expect.stringMatching(/^error .*\/c\.yaml:1 Flow sequence/),
    ]);
  });

  test('does not fail because of warnings, nor because there is nothing', async () => {
    const warned = await filled({ 'a.json': JSON.stringify({ ...valid, titleSearchable: true }) });
    expect(await reportOn(warned)).toMatchObject({ failed: false });
    const empty = await filled({});
    expect(await reportOn(empty)).toEqual({
      failed: false,
      lines: [`warning ${empty} has no types`],
    });
  });

  test('of a directory that is not there is a StartupError', async () => {
    await expect(reportOn(join(root, 'nowhere'))).rejects.toBeInstanceOf(StartupError);
  });

  test('does not take the schema for editors for a type', async () => {
    const directory = await filled({ 'a.json': JSON.stringify(valid) });
    const path = await writeSchema(directory);
    expect(path).toBe(join(directory, 'schema', 'document-type.schema.json'));
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual(SHAPE);
    expect((await reportOn(directory)).lines).toHaveLength(1);
  });
});

async function filled(files: Record<string, string>): Promise<string> {
  const directory = join(root, String((count += 1)));
  await mkdir(directory);
  for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text);
  return directory;
}
