import { describe, expect, test } from 'vitest';
import type { Actor } from '../../src/contracts/caller.ts';
import type { Command, DocumentType, RefusedCommand } from '../../src/contracts/documents/types.ts';
import { loadDocumentTypes, parseDocumentType } from '../../src/document-types.ts';
import { decideCreate } from '../../src/workflows/documents/create.ts';
import { decide, evolve, replay, type DocumentState } from '../../src/workflows/documents/state.ts';
import {
  customStatusOf,
  detailsOf,
  memoOf,
  progressOf,
  searchAttributesOf,
  statusOf,
  summaryFromMemo,
  summaryOf,
  viewOf,
} from '../../src/workflows/documents/view.ts';

const onboarding = (await loadDocumentTypes('document-types')).all.find(
  ({ name }) => name === 'employee-onboarding',
) as DocumentType;
const SECRET = 'salary is 4711';
const feedback = { feedback: SECRET, isPassed: true };
const SECTIONS = ['InterviewFeedback', 'BackgroundCheckFeedback', 'ContractFeedback'];
const NONE = { count: 0 };

describe('the custom status of an onboarding', () => {
  test.each([
    ['Waiting for feedback', create()],
    ['Interview feedback collected', filled('InterviewFeedback')],
    ['Background check feedback collected', filled('BackgroundCheckFeedback')],
    ['Contract feedback collected', filled('ContractFeedback')],
    ['Contract feedback collected', filled('InterviewFeedback', 'ContractFeedback')],
    ['Awaiting submission', filled(...SECTIONS)],
    ['Awaiting submission', after(filled(...SECTIONS), correction())],
    ['Submitted document', after(filled(...SECTIONS), { kind: 'approve' })],
    ['Submitted document', after(filled(...SECTIONS), { kind: 'reject' })],
    ['Cancelled', after(filled('ContractFeedback'), { kind: 'cancel' })],
  ])('is %s', (text, state) => {
    expect(customStatusOf(state)).toBe(text);
  });

  test('ends with the literal output of the article', () => {
    expect(onboarding.texts.approved.output).toBe('Submitted: True');
    expect(onboarding.texts.rejected.output).toBe('Submitted: False');
  });
});

test('progress counts required sections only, and is 100 only when complete', () => {
  expect(progressOf(create())).toEqual({ done: 0, total: 3, missing: SECTIONS, percent: 0 });
  expect(progressOf(filled('ContractFeedback', 'InterviewFeedback'))).toEqual({
    done: 2,
    total: 3,
    missing: ['BackgroundCheckFeedback'],
    percent: 66,
  });
  expect(progressOf(filled(...SECTIONS)).percent).toBe(100);
});

describe('the view', () => {
  test('shows every section, the filled ones with or without data', () => {
    const state = filled('InterviewFeedback');
    const open = { state: 'open', corrections: 0 };
    const seen = {
      state: 'filled',
      filledBy: 'anna',
      filledAt: callOf().at,
      corrections: 0,
    };
    expect(viewOf(state, { data: true }).sections).toEqual({
      InterviewFeedback: { ...seen, data: feedback },
      BackgroundCheckFeedback: open,
      ContractFeedback: open,
    });
    expect(viewOf(state, { data: false }).sections['InterviewFeedback']).toEqual(seen);
  });

  test('tells decisions without repeating their stage', () => {
    const { approval } = viewOf(after(filled(...SECTIONS), { kind: 'reject', reason: 'No' }), {
      data: true,
    });
    expect(approval).toEqual({
      stage: 'submission',
      event: 'SubmissionApproval',
      decisions: [{ by: 'anna', decision: 'rejected', at: callOf().at, version: 4, reason: 'No' }],
    });
  });

  test('of the status is small and names the last refusal', () => {
    const last = refusal();
    expect(statusOf(filled('ContractFeedback'), { count: 5, last })).toMatchObject({
      state: 'open',
      version: 2,
      customStatus: 'Contract feedback collected',
      refused: { count: 5, last },
    });
  });
});

describe('the memo', () => {
  test.each([
    ['open', create()],
    ['in review', filled(...SECTIONS)],
    ['closed', after(create(), { kind: 'cancel' })],
  ])('gives back the summary of a document that is %s', (_what, state) => {
    const stored = JSON.parse(JSON.stringify(memoOf(state))) as Record<string, unknown>;
    expect(summaryFromMemo(stored)).toEqual(summaryOf(state));
  });

  test('holds no data of sections', () => {
    expect(JSON.stringify(memoOf(filled(...SECTIONS)))).not.toContain(SECRET);
  });

  test.each<[string, Record<string, unknown> | undefined]>([
    ['missing', undefined],
    ['empty', {}],
    ['another program’s', { document: 'invoice.pdf', now: {} }],
    ['null', { document: null, now: null, customStatus: null }],
    ['of the wrong shape', { document: {}, now: {}, customStatus: 'Hello' }],
  ])('that is %s is none of a document', (_what, memo) => {
    expect(summaryFromMemo(memo)).toBeUndefined();
  });
});

test('the search attributes are ids and states, nothing that people wrote', () => {
  const pairs = searchAttributesOf(filled('ContractFeedback'));
  expect(Object.fromEntries(pairs.map(({ key, value }) => [key.name, value]))).toEqual({
    DossierKind: 'document',
    DossierType: 'employee-onboarding',
    DossierState: 'open',
    DossierOwner: 'anna',
    DossierWaitingFor: ['anyone'],
    DossierCreatedAt: new Date(callOf().at),
  });
});

describe('the details in the Web UI', () => {
  test('tell a story without the data of sections', () => {
    const text = detailsOf(after(filled(...SECTIONS), { kind: 'approve' }), NONE);
    expect(text).toContain('**Submitted document** (approved, version 4, 3 of 3 sections)');
    expect(text).toContain('| Interview feedback | filled by anna at');
    expect(text).toContain('approved by anna at');
    expect(text).not.toContain(SECRET);
  });

  test('show text of users as text', () => {
    const nasty = '<img src=x onerror=alert(1)> [a](javascript:b) **c** | d\n# e `f` \\';
    const user = (id: string): Actor => ({ id, roles: ['*'], operator: false });
    const state = after(
      SECTIONS.reduce(
        (before, section) => after(before, fill(section), user(nasty)),
        create(user(nasty)),
      ),
      { kind: 'reject', reason: nasty },
      user(nasty),
    );
    const text = detailsOf(state, {
      count: 1,
      last: { ...refusal(), command: nasty, by: nasty, reason: nasty },
    });
    expect(text).toContain('reject');
    // Whatever is left after taking out escaped characters is ours: no tag, link, emphasis of theirs.
    const bare = text.replace(/\\[!-/:-@[-`{-~]/g, '');
    expect(bare).not.toMatch(/[<>`[\]]/);
    expect(bare.match(/\*\*/g)).toHaveLength(2);
    const rows = bare.split('\n').filter((line) => line.startsWith('|'));
    expect(rows).toHaveLength(2 + SECTIONS.length);
    for (const row of rows) expect(row.match(/\|/g)).toHaveLength(4);
    expect(bare).not.toMatch(/^\s*#/m);
  });

  test('make no link of an address', () => {
    const state = after(filled(...SECTIONS), {
      kind: 'reject',
      reason: 'see https://evil.example',
    });
    expect(detailsOf(state, NONE)).not.toContain('https://');
  });
});

test('a document type without texts of its own has plain ones', () => {
  const approval = { stages: [{ name: 'one', approvers: ['anyone'] }] };
  const sections = { A: { title: 'Alpha', schema: { type: 'object' } }, B: another() };
  const raw = { name: 'plain', version: 1, title: 'Plain', sections, approval };
  const parsed = parseDocumentType(raw);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.refusal));
  const begun = create(undefined, parsed.value);
  expect(customStatusOf(begun)).toBe('Open');
  const next = after(begun, { kind: 'fill', section: 'A', data: {} });
  expect(customStatusOf(next)).toBe('Alpha filled');
  const review = after(next, { kind: 'fill', section: 'B', data: {} });
  expect(customStatusOf(review)).toBe('In review');
  expect(customStatusOf(after(review, { kind: 'approve' }, { ...callOf().actor, id: 'ben' }))).toBe(
    'Approved',
  );
});

function another() {
  return { title: 'Beta', schema: { type: 'object' } };
}

function callOf(actor: Actor = { id: 'anna', roles: ['*'], operator: false }) {
  return { actor, at: '2026-03-01T12:00:00.000Z', via: 'http' as const };
}

function create(actor?: Actor, type = onboarding): DocumentState {
  const result = decideCreate(type, { type: type.name }, callOf(actor));
  if (!result.ok) throw new Error(JSON.stringify(result.refusal));
  return replay('d', type, result.value);
}

function fill(section: string): Command {
  return { kind: 'fill', section, data: feedback };
}

function correction(): Command {
  return { kind: 'fill', section: 'InterviewFeedback', data: { ...feedback, isPassed: false } };
}

function filled(...sections: string[]): DocumentState {
  return sections.reduce((state, section) => after(state, fill(section)), create());
}

function after(state: DocumentState, command: Command, actor?: Actor): DocumentState {
  const result = decide(state, command, callOf(actor));
  if (!result.ok) throw new Error(JSON.stringify(result.refusal));
  return result.value.reduce(evolve, state);
}

function refusal(): RefusedCommand {
  return {
    at: callOf().at,
    by: 'sam',
    via: 'signal',
    version: 2,
    command: 'SubmissionApproval',
    code: 'wrong-state',
    reason: 'Not yet',
  };
}
