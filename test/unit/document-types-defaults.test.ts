/** What a document type has that its file does not say. */
import { expect, test } from 'vitest';
import { LIMITS } from '../../src/contracts/limits.ts';
import { parseDocumentType } from '../../src/document-types/index.ts';

const section = { title: 'Any', schema: { type: 'object' } };
const valid = {
  name: 'leave',
  version: 1,
  title: 'Leave',
  sections: { Dates: section },
  approval: { stages: [{ name: 'head', approvers: ['role:head'] }] },
};

test('what is left out has its default', () => {
  const { approval: _, ...smallest } = valid;
  expect(parseDocumentType(smallest)).toEqual({
    ok: true,
    value: {
      name: 'leave',
      version: 1,
      title: 'Leave',
      metadata: { type: 'object' },
      sections: {
        Dates: {
          title: 'Any',
          schema: { type: 'object' },
          required: true,
          dependsOn: [],
          fill: ['anyone'],
        },
      },
      searchable: [],
      titleSearchable: false,
      submit: 'manual',
      editableInReview: false,
      requireIfMatch: false,
      permissions: {
        create: ['anyone'],
        read: ['anyone'],
        edit: ['owner'],
        submit: ['owner'],
        cancel: ['owner'],
        sensitive: ['owner'],
      },
      children: {},
      webhooks: [],
      limits: { section: LIMITS.section, document: LIMITS.document },
      texts: {
        open: 'Open',
        inReview: 'In review',
        approved: { status: 'Approved', output: 'Approved' },
        rejected: { status: 'Rejected', output: 'Rejected' },
      },
    },
  });
});

test('what is given in part has the rest of its default', () => {
  const reminders = { every: 'P1D' };
  const raw = {
    ...valid,
    $schema: './schema/document-type.schema.json',
    sections: { Dates: { ...section, reminders } },
    reminders,
    permissions: { cancel: ['anyone'] },
    children: { interview: {} },
  };
  const result = parseDocumentType(raw);
  expect(result).toMatchObject({
    value: {
      sections: { Dates: { reminders: { every: 'P1D', max: 10 } } },
      reminders: { every: 'P1D', max: 10 },
      permissions: { create: ['anyone'], edit: ['owner'], cancel: ['anyone'] },
      children: { interview: { onCancel: 'keep', finishBeforeSubmit: false, max: 100 } },
      approval: { event: 'Approval', stages: [{ quorum: 1, ownerMayDecide: false }] },
    },
  });
  expect(result).not.toHaveProperty('value.$schema');
});

test('limits come from the file, then from the settings; a section never takes more than its document', () => {
  const settings = { section: 2_000, document: 9_000 };
  const limitsOf = (limits: object) => {
    const result = parseDocumentType({ ...valid, limits }, settings);
    return result.ok ? result.value.limits : result.refusal.errors;
  };
  expect(limitsOf({})).toEqual(settings);
  expect(limitsOf({ section: 5_000 })).toEqual({ section: 5_000, document: 9_000 });
  expect(limitsOf({ document: 1_000 })).toEqual({ section: 1_000, document: 1_000 });
  expect(limitsOf({ document: 1_200_000 })).toEqual({ section: 2_000, document: 1_200_000 });
  expect(limitsOf({ section: 9_001 })).toEqual([
    { pointer: '/limits/section', detail: expect.stringContaining('limits.document') },
  ]);
});

test('a definition shares nothing with what it was read from', () => {
  const schema = { type: 'object' };
  const result = parseDocumentType({ ...valid, sections: { A: { title: 'A', schema } } });
  expect(result.ok && result.value.sections['A']?.schema).not.toBe(schema);
  expect(Object.getOwnPropertyNames(schema)).toEqual(['type']);
});

test('of an outcome, one text may be given alone', () => {
  const result = parseDocumentType({ ...valid, texts: { approved: { output: 'Yes' } } });
  expect(result).toMatchObject({
    value: { texts: { approved: { status: 'Approved', output: 'Yes' } } },
  });
});
