import { describe, expect, test } from 'vitest';
import type { Actor } from '../../src/contracts/caller.ts';
import type { Command, CreateRequest, DocumentType } from '../../src/contracts/documents/types.ts';
import type { Refusal } from '../../src/contracts/failures.ts';
import { LIMITS } from '../../src/contracts/limits.ts';
import { loadDocumentTypes, parseDocumentType } from '../../src/document-types.ts';
import { decideCreate } from '../../src/workflows/documents/create.ts';
import {
  actionName,
  allowedActions,
  missingSections,
  waitingFor,
} from '../../src/workflows/documents/permissions.ts';
import {
  decide,
  documentSize,
  evolve,
  replay,
  type Call,
  type DocumentState,
} from '../../src/workflows/documents/state.ts';

const onboarding = (await loadDocumentTypes('document-types')).all.find(
  ({ name }) => name === 'employee-onboarding',
) as DocumentType;

/** Everything that the onboarding does not use: roles, an optional section, no edits in review, no deciding owner. */
const purchase = typeOf({
  name: 'purchase',
  version: 1,
  title: 'Purchase',
  sections: {
    Request: {
      title: 'Request',
      fill: ['owner'],
      schema: {
        type: 'object',
        properties: { item: { type: 'string', minLength: 1 }, amount: { type: 'number' } },
        required: ['item', 'amount'],
        additionalProperties: false,
      },
    },
    Check: { title: 'Check', fill: ['role:finance'], schema: { type: 'object' } },
    Note: { title: 'Note', fill: ['user:nora'], required: false, schema: { type: 'object' } },
  },
  approval: { stages: [{ name: 'head', approvers: ['role:head', 'owner'] }] },
});

const owner = person('olga');
const finance = person('fred', 'finance');
const head = person('hana', 'head');
const stranger = person('sam');
const operator: Actor = { id: 'operator', roles: [], operator: true };

const request = { item: 'Chair', amount: 10 };
const feedback = { feedback: 'Convincing', isPassed: true };

describe('the onboarding', () => {
  test('is open until the last section is in, in whatever order', () => {
    let state = create(onboarding);
    for (const section of ['ContractFeedback', 'InterviewFeedback']) {
      state = accepted(state, fill(section, feedback));
      expect(state.state).toBe('open');
    }
    state = accepted(state, fill('BackgroundCheckFeedback', feedback));
    expect(state).toMatchObject({ state: 'in-review', version: 4, sequence: 5 });
  });

  test('cannot be decided on before, and says what is missing and what can be done', () => {
    const state = accepted(create(onboarding), fill('InterviewFeedback', feedback));
    expect(refused(state, { kind: 'approve' }, stranger)).toEqual({
      code: 'wrong-state',
      detail:
        'It can be decided on once it is complete; still missing: BackgroundCheckFeedback, ContractFeedback.',
      state: 'open',
      allowed: [
        'fill-InterviewFeedback',
        'fill-BackgroundCheckFeedback',
        'fill-ContractFeedback',
        'cancel',
      ],
    });
  });

  test('stays editable in review, and a correction is counted', () => {
    const state = accepted(complete(), fill('ContractFeedback', { ...feedback, isPassed: false }));
    expect(state).toMatchObject({ state: 'in-review', version: 5 });
    expect(state.sections['ContractFeedback']).toMatchObject({ corrections: 1, version: 5 });
  });

  test.each(['approve', 'reject'] as const)('ends with %s, also by its owner', (kind) => {
    const state = accepted(complete(), { kind, reason: 'Enough seen' });
    expect(state.state).toBe(kind === 'approve' ? 'approved' : 'rejected');
    expect(state.decisions).toEqual([
      {
        by: 'olga',
        at: callOf(owner).at,
        decision: state.state,
        stage: 'submission',
        version: 4,
        reason: 'Enough seen',
      },
    ]);
    expect(state).toMatchObject({ closedAt: callOf(owner).at, closedReason: 'Enough seen' });
  });

  test('can be cancelled by anybody at any time until its end', () => {
    expect(accepted(create(onboarding), { kind: 'cancel' }, stranger).state).toBe('cancelled');
    expect(accepted(complete(), { kind: 'cancel' }, stranger).state).toBe('cancelled');
  });

  test.each(['approve', 'reject', 'cancel'] as const)('takes nothing after %s', (kind) => {
    const closed = accepted(complete(), { kind });
    const commands: Command[] = [
      fill('InterviewFeedback', feedback),
      { kind: 'approve' },
      { kind: 'reject' },
      { kind: 'cancel' },
    ];
    for (const command of commands) {
      for (const actor of [owner, operator]) {
        const refusal = refused(closed, command, actor);
        expect(refusal).toMatchObject({ code: 'wrong-state', state: closed.state, allowed: [] });
      }
    }
  });
});

describe('the order of the checks', () => {
  const open = create(purchase, { sections: { Request: request } });
  const closed = accepted(open, { kind: 'cancel' });
  const bad = { item: 7, amount: 'x'.repeat(LIMITS.section) };

  test.each<[Refusal['code'], string, DocumentState, Command, Actor]>([
    ['unknown-section', 'before state', closed, fill('Nothing', bad, 9), stranger],
    ['wrong-state', 'before permission', closed, fill('Request', bad, 9), stranger],
    ['forbidden', 'before version', open, fill('Request', bad, 9), stranger],
    ['version-mismatch', 'before data', open, fill('Request', bad, 9), owner],
    ['too-large', 'before the schema', open, fill('Request', bad, 1), owner],
    ['invalid-data', 'at last', open, fill('Request', { item: 7 }, 1), owner],
  ])('%s %s', (code, _when, state, command, actor) => {
    expect(refused(state, command, actor).code).toBe(code);
  });

  test('of a decision: state, permission, version', () => {
    const review = inReview();
    expect(refused(open, { kind: 'approve', version: 9 }, stranger).code).toBe('wrong-state');
    expect(refused(review, { kind: 'approve', version: 9 }, stranger).code).toBe('forbidden');
    expect(refused(review, { kind: 'approve', version: 9 }, head)).toMatchObject({
      code: 'version-mismatch',
      version: review.version,
    });
  });
});

describe('sections', () => {
  test.each(['Nothing', 'constructor', '__proto__', ''])('%j is unknown', (name) => {
    const refusal = refused(create(purchase), fill(name, {}), operator);
    expect(refusal.code).toBe('unknown-section');
    expect(refusal.detail).toContain('it has Request, Check, Note.');
  });

  test('a section named like a property of every object is missing until it is filled', () => {
    const sections = { constructor: { title: 'Odd', schema: { type: 'object' } } };
    const odd = parseDocumentType({ ...draft(), sections });
    const missing = odd.ok ? missingSections(create(odd.value)) : ['constructor'];
    expect(missing).toEqual(['constructor']);
  });

  test('every wrong field is told, each by its pointer', () => {
    const refusal = refused(create(purchase), fill('Request', { item: '', extra: 1 }), owner);
    expect(refusal.code).toBe('invalid-data');
    expect(refusal.errors?.map(({ pointer }) => pointer).toSorted()).toEqual([
      '/amount',
      '/extra',
      '/item',
    ]);
  });

  test('an optional one is neither missing nor needed', () => {
    expect(missingSections(create(purchase))).toEqual(['Request', 'Check']);
    expect(inReview().state).toBe('in-review');
    expect(inReview().sections['Note']).toBeUndefined();
  });

  test('an optional one does not complete the document', () => {
    const state = accepted(create(purchase), fill('Note', { text: 'urgent' }), person('nora'));
    expect(state.state).toBe('open');
  });

  test('without editableInReview nothing can be filled after completion, not even the same data', () => {
    const refusal = refused(inReview(), fill('Request', request), owner);
    expect(refusal).toMatchObject({ code: 'wrong-state', state: 'in-review', allowed: ['cancel'] });
  });

  test('the same data again changes nothing, whatever the order of its properties', () => {
    const state = create(purchase, { sections: { Request: request } });
    const again = decide(state, fill('Request', { amount: 10, item: 'Chair' }), callOf(owner));
    expect(again).toEqual({ ok: true, value: [] });
  });

  test('the version to compare is that of the section, not of the document', () => {
    const begun = create(purchase, { sections: { Request: request } });
    const state = accepted(begun, fill('Note', { text: 'urgent' }), person('nora'));
    expect(state.version).toBe(2);
    expect(accepted(state, fill('Request', { ...request, amount: 11 }, 1), owner).version).toBe(3);
    const refusal = refused(state, fill('Note', {}, 1), person('nora'));
    expect(refusal).toMatchObject({ code: 'version-mismatch', version: 2 });
  });

  test('a version that does not exist yet is a mismatch', () => {
    expect(refused(create(purchase), fill('Request', request, 2), owner)).toMatchObject({
      code: 'version-mismatch',
      version: 1,
    });
  });

  test('one may fill its limit, not a byte more', () => {
    const state = create(purchase);
    const brackets = '{"t":""}'.length;
    const most = { t: 'x'.repeat(LIMITS.section - brackets) };
    expect(accepted(state, fill('Check', most), finance).version).toBe(2);
    expect(refused(state, fill('Check', { t: `${most.t}x` }), finance).code).toBe('too-large');
  });

  test('all together may fill the limit of the document; a smaller correction always fits', () => {
    const bulk = { t: 'x'.repeat(LIMITS.section - 100) };
    const names = ['A', 'B', 'C', 'D', 'E', 'Last'];
    const section = {
      title: 'Bulk',
      schema: { type: 'object' },
      required: true,
      fill: ['anyone'],
    } as const;
    const large = {
      ...purchase,
      sections: Object.fromEntries(names.map((name) => [name, section])),
    };
    const full = create(large, { sections: { A: bulk, B: bulk, C: bulk, D: bulk } });
    expect(refused(full, fill('E', bulk), owner).code).toBe('too-large');
    const state = accepted(full, fill('E', { t: 'small' }), owner);
    const corrected = accepted(state, fill('A', { t: 'smaller' }), owner);
    expect(documentSize(corrected)).toBeLessThan(documentSize(state));
  });
});

describe('who may', () => {
  test('a role, a user, the owner, and nobody else', () => {
    const state = create(purchase);
    expect(accepted(state, fill('Check', {}), finance).version).toBe(2);
    expect(accepted(state, fill('Note', {}), person('nora')).version).toBe(2);
    expect(refused(state, fill('Check', {}), owner)).toEqual({
      code: 'forbidden',
      detail: 'fill-Check is for role:finance; olga is none of them.',
    });
    expect(refused(state, fill('Note', {}), finance).code).toBe('forbidden');
    expect(refused(state, fill('Request', request), finance).code).toBe('forbidden');
    expect(refused(state, { kind: 'cancel' }, finance).code).toBe('forbidden');
  });

  test('all roles are every role, but not another user and not the owner', () => {
    const everything = person('eva', '*');
    const state = create(purchase);
    expect(accepted(state, fill('Check', {}), everything).version).toBe(2);
    expect(refused(state, fill('Note', {}), everything).code).toBe('forbidden');
    expect(refused(state, { kind: 'cancel' }, everything).code).toBe('forbidden');
  });

  test('the operator may do whatever the state allows', () => {
    const filled = accepted(create(purchase), fill('Request', request), operator);
    const review = accepted(filled, fill('Check', {}), operator);
    expect(accepted(review, { kind: 'approve' }, operator).state).toBe('approved');
  });

  test('the owner may not decide unless the type says so, whatever the roles', () => {
    const bossy = { ...owner, roles: ['*'] };
    expect(refused(inReview(), { kind: 'approve' }, bossy)).toEqual({
      code: 'forbidden',
      detail: 'The owner of a document may not decide on it.',
    });
    expect(accepted(inReview(), { kind: 'reject' }, head).state).toBe('rejected');
  });

  test('what can be done is told to each for himself', () => {
    const names = (actor: Actor): string[] => allowedActions(inReview(), actor).map(actionName);
    expect(names(head)).toEqual(['approve', 'reject']);
    expect(names(owner)).toEqual(['cancel']);
    expect(names(stranger)).toEqual([]);
  });

  test('who has to act next is told by name, and nobody once it is closed', () => {
    expect(waitingFor(create(purchase))).toEqual(['user:olga', 'role:finance']);
    expect(waitingFor(inReview())).toEqual(['role:head', 'user:olga']);
    expect(waitingFor(accepted(inReview(), { kind: 'cancel' }))).toEqual([]);
  });
});

test('events must begin with "created"', () => {
  expect(() => replay('d', purchase, [])).toThrow(/created/);
});

function person(id: string, ...roles: string[]): Actor {
  return { id, roles, operator: false };
}

function callOf(actor: Actor): Call {
  return { actor, at: '2026-03-01T12:00:00.000Z', via: 'http' };
}

function fill(section: string, data: Record<string, never> | object, ifVersion?: number): Command {
  const basis = ifVersion === undefined ? {} : { ifVersion };
  return { kind: 'fill', section, data: data as Record<string, never>, ...basis };
}

function draft(): object {
  return {
    name: 'odd',
    version: 1,
    title: 'Odd',
    approval: { stages: [{ name: 'one', approvers: ['anyone'] }] },
  };
}

function typeOf(raw: unknown): DocumentType {
  const result = parseDocumentType(raw);
  if (!result.ok) throw new Error(JSON.stringify(result.refusal));
  return result.value;
}

function create(definition: DocumentType, more: Omit<CreateRequest, 'type'> = {}): DocumentState {
  const result = decideCreate(definition, { type: definition.name, ...more }, callOf(owner));
  if (!result.ok) throw new Error(JSON.stringify(result.refusal));
  return replay('d', definition, result.value);
}

function accepted(state: DocumentState, command: Command, actor = owner): DocumentState {
  const result = decide(state, command, callOf(actor));
  if (!result.ok) throw new Error(JSON.stringify(result.refusal));
  return result.value.reduce(evolve, state);
}

function refused(state: DocumentState, command: Command, actor = owner): Refusal {
  const result = decide(state, command, callOf(actor));
  if (result.ok) throw new Error('it was accepted');
  return result.refusal;
}

/** An onboarding with all sections filled. */
function complete(): DocumentState {
  return Object.keys(onboarding.sections).reduce(
    (state, section) => accepted(state, fill(section, feedback)),
    create(onboarding),
  );
}

/** A purchase that awaits its decision. */
function inReview(): DocumentState {
  const begun = create(purchase, { sections: { Request: request } });
  return accepted(begun, fill('Check', {}), finance);
}
