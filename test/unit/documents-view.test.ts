import { describe, expect, test } from 'vitest';
import type { Actor } from '../../src/contracts/caller.ts';
import type { Command } from '../../src/contracts/documents/commands.ts';
import type { RefusedCommand } from '../../src/contracts/documents/events.ts';
import {
  detailsOf,
  fieldTag,
  headlineOf,
  searchAttributesOf,
  setAttributesOf,
} from '../../src/workflows/documents/console.ts';
import type { DocumentState } from '../../src/workflows/documents/state.ts';
import {
  customStatusOf,
  progressOf,
  statusOf,
  summaryOf,
  viewOf,
} from '../../src/workflows/documents/view.ts';
import { unfitPlaces } from '../../src/workflows/shared/json.ts';
import {
  accepted,
  anySection,
  create as createOf,
  DAY,
  fill as fillWith,
  HOUR,
  onboarding,
  person,
  time,
  typeOf,
} from '../support/rules.ts';
import { memoOf, summaryFromMemo } from '../../src/workflows/documents/memo.ts';

const SECRET = 'salary is 4711';
const feedback = { feedback: SECRET, isPassed: true };
const SECTIONS = ['InterviewFeedback', 'BackgroundCheckFeedback', 'ContractFeedback'];
const NONE = { count: 0 };
const anna = person('anna', '*');

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
    const open = { state: 'open', corrections: 0, required: true };
    const seen = {
      state: 'filled',
      filledBy: 'anna',
      filledAt: time(),
      corrections: 0,
      required: true,
    };
    expect(viewOf(state, { data: true }).sections).toEqual({
      InterviewFeedback: { ...seen, data: feedback },
      BackgroundCheckFeedback: open,
      ContractFeedback: open,
    });
    expect(viewOf(state, { data: false }).sections['InterviewFeedback']).toEqual(seen);
  });

  test('tells the approval: where it is, who is asked, and what was decided', () => {
    const { approval: begun } = viewOf(filled(...SECTIONS), { data: true });
    expect(begun).toMatchObject({ round: 1, needed: 1, approvals: 0, waitingFor: ['anyone'] });
    const { approval } = viewOf(after(filled(...SECTIONS), { kind: 'reject', reason: 'No' }), {
      data: true,
    });
    expect(approval).toEqual({
      stage: 'submission',
      stages: ['submission'],
      event: 'SubmissionApproval',
      round: 1,
      needed: 1,
      approvals: 0,
      waitingFor: [],
      decisions: [
        {
          by: 'anna',
          decision: 'rejected',
          at: time(),
          version: 4,
          stage: 'submission',
          round: 1,
          reason: 'No',
        },
      ],
      escalations: [],
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
    DossierParent: null,
    DossierWaitingFor: ['anyone'],
    DossierFields: null,
    DossierTitle: null,
    DossierCreatedAt: new Date(time()),
    DossierDueAt: null,
    DossierNeedsAttention: null,
  });
  const names = setAttributesOf(filled('ContractFeedback')).map(({ key }) => key.name);
  expect(names.toSorted()).toEqual(
    'CreatedAt Kind Owner State Type WaitingFor'.split(' ').map((name) => `Dossier${name}`),
  );
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
  const sections = { A: anySection({ title: 'Alpha' }), B: anySection({ title: 'Beta' }) };
  const begun = create(undefined, typeOf({ sections, approval }));
  expect(customStatusOf(begun)).toBe('Open');
  const next = after(begun, fillWith('A', {}));
  expect(customStatusOf(next)).toBe('Alpha filled');
  expect(customStatusOf(after(next, { kind: 'withdraw', section: 'A' }))).toBe('Open');
  const review = after(after(next, fillWith('B', {})), { kind: 'submit' });
  expect(customStatusOf(review)).toBe('In review');
  expect(customStatusOf(after(review, { kind: 'approve' }, person('ben')))).toBe('Approved');
  expect(customStatusOf(after(review, { kind: 'reopen' }))).toBe('Beta filled');
  expect(customStatusOf(after(review, { kind: 'archive' }))).toBe('Expired');
});

test('withdrawing the last section leaves the status of the one filled before', () => {
  const state = filled('InterviewFeedback', 'ContractFeedback');
  const back = after(state, { kind: 'withdraw', section: 'ContractFeedback' });
  expect(customStatusOf(back)).toBe('Interview feedback collected');
});

describe('what waits is shown', () => {
  const type = typeOf({
    deadline: 'P9D',
    titleSearchable: true,
    sections: {
      A: anySection({ title: 'Alpha', deadline: 'P2D' }),
      B: anySection({ required: false }),
    },
    children: { task: {} },
  });
  const child = { type: 'task', title: '*T*', state: 'open' } as const;
  const begun = accepted(
    create(undefined, type),
    { kind: 'assign', section: 'A', to: 'ben' },
    anna,
  );
  const state = accepted(begun, { kind: 'link', child: 'c_1' }, anna, 0, { child });

  test('in the view: assignee, deadline, requirement, children, comments, revision', () => {
    const commented = after(state, { kind: 'comment', text: 'Hm' });
    expect(viewOf(commented, { data: true })).toMatchObject({
      revision: 4,
      version: 1,
      dueAt: time(2 * DAY),
      sections: {
        A: { assignee: 'ben', dueAt: time(2 * DAY), required: true },
        B: { state: 'open', required: false },
      },
      children: { c_1: child },
      comments: [{ by: 'anna', text: 'Hm' }],
      waitingFor: ['user:ben'],
    });
    expect(viewOf(begun, { data: true })).not.toHaveProperty('children');
  });

  test('in the status of each section', () => {
    expect(statusOf(state, NONE).sections).toEqual({
      A: { state: 'open', assignee: 'ben', dueAt: time(2 * DAY) },
      B: { state: 'open' },
    });
    const twice = after(after(state, fillWith('B', {})), fillWith('B', { x: 1 }));
    expect(statusOf(twice, NONE).sections?.['B']).toEqual({
      state: 'corrected',
      by: 'anna',
      at: time(),
    });
  });

  test('in the details, and nothing of it as Markdown', () => {
    const text = detailsOf(state, NONE);
    expect(text).toContain(`Waiting for user\\:ben until ${time(2 * DAY)}.`);
    expect(text).toContain('| Alpha | open, assigned to ben | 0 |');
    expect(text).toContain('Below it: c\\_1 (task, open)');
    expect(detailsOf(after(state, { kind: 'cancel' }), NONE)).toContain(`Closed at ${time()}.`);
  });

  test('in the search attributes, also that it is late', () => {
    const late = { ...state, clocks: { A: { ...state.clocks['A']!, overdue: true as const } } };
    const pairs = searchAttributesOf(late).map(({ key, value }) => [key.name, value]);
    expect(Object.fromEntries(pairs)).toMatchObject({
      DossierDueAt: new Date(time(2 * DAY)),
      DossierNeedsAttention: true,
      DossierTitle: 'Odd',
    });
    expect(summaryOf(late)).toMatchObject({ overdue: true });
    expect(summaryFromMemo(memoOf(late))).toEqual(summaryOf(late));
  });
});

test('a headline is one short line, whatever the title is', () => {
  const state = { ...create(), title: `# **x**\n${'y'.repeat(300)}` };
  const line = headlineOf(state);
  expect(line).toMatch(/^Employee onboarding\\: \\# \\\*/);
  expect(line).not.toContain('\n');
  expect(line.length).toBeLessThanOrEqual(200);
});

test('fields are found by name and value, of long ones the beginning', () => {
  expect(fieldTag('amount', 5)).toBe('amount=5');
  expect(fieldTag('done', false)).toBe('done=false');
  expect(fieldTag('text', 'x'.repeat(300))).toHaveLength(200);
  expect(unfitPlaces(fieldTag('text', `xy${'\u{1F600}'.repeat(300)}`))).toEqual([]);
  expect(unfitPlaces(fieldTag('text', `x${'\u{1F600}'.repeat(300)}`))).toEqual([]);
});

test('progress of a type that requires nothing is complete', () => {
  const none = typeOf({ sections: { A: anySection({ required: false }) } });
  const state = createOf(none);
  expect(progressOf(state)).toEqual({ done: 0, total: 0, missing: [], percent: 100 });
  expect(statusOf(accepted(state, { kind: 'submit' }, undefined, HOUR), NONE).state).toBe(
    'approved',
  );
});

function create(actor: Actor = anna, type = onboarding): DocumentState {
  return createOf(type, {}, actor);
}

function fill(section: string): Command {
  return fillWith(section, feedback);
}

function correction(): Command {
  return fillWith('InterviewFeedback', { ...feedback, isPassed: false });
}

function filled(...sections: string[]): DocumentState {
  return sections.reduce((state, section) => after(state, fill(section)), create());
}

function after(state: DocumentState, command: Command, actor = anna): DocumentState {
  return accepted(state, command, actor);
}

function refusal(): RefusedCommand {
  return {
    at: time(),
    by: 'sam',
    via: 'signal',
    version: 2,
    command: 'SubmissionApproval',
    code: 'wrong-state',
    reason: 'Not yet',
  };
}
