/** The rules of approvals of their own, without a server: who may do what when, what it leads to, what is kept. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  RECORD_COMMAND_KINDS,
  type RecordCommand,
} from '../../src/contracts/approvals/record-commands.ts';
import type { RecordEvent } from '../../src/contracts/approvals/record-events.ts';
import type { Actor, Call } from '../../src/contracts/caller.ts';
import { LIMITS } from '../../src/contracts/limits.ts';
import { NO_DIRECTORY } from '../../src/contracts/people.ts';
import { admitPolicy } from '../../src/people/admission.ts';
import { openApproval, take } from '../../src/workflows/approvals/ledger.ts';
import { approvalRecordRow } from '../../src/workflows/approvals/record-archive.ts';
import {
  recordAttributes,
  recordDetails,
  recordHeadline,
} from '../../src/workflows/approvals/record-console.ts';
import {
  decideRecord,
  hearRecord,
  stageToEnter,
} from '../../src/workflows/approvals/record-decide.ts';
import { recordEffects } from '../../src/workflows/approvals/record-effects.ts';
import { recordCommandOf } from '../../src/workflows/approvals/record-messages.ts';
import {
  decideRequest,
  parseApprovalRequest,
  withEntry,
} from '../../src/workflows/approvals/record-request.ts';
import {
  allowedTo,
  mayReadApproval,
  readableOf,
} from '../../src/workflows/approvals/record-rights.ts';
import {
  approvalFromMemo,
  approvalSummary,
  recordMemo,
  recordView,
} from '../../src/workflows/approvals/record-view.ts';
import {
  evolveRecord,
  historyIsFull,
  recordOf,
  type ApprovalRecord,
} from '../../src/workflows/approvals/record.ts';
import { jsonSize } from '../../src/workflows/shared/json.ts';
import { policyFor } from '../support/own-approvals.ts';
import { callOf, DAY, HOUR, operator, person, refusalOf, time, value } from '../support/rules.ts';

const olga = person('olga');
const anna = person('anna');
const ben = person('ben');
const eve = person('eve');
const head = person('hana', 'head');
const otto = person('otto', 'operator');
const system: Actor = { id: 'system', roles: [], operator: true };

/** A new approval with its first stage entered, unless `entered` is false. */
function asked(policy: object, more: object = {}, entered = true): ApprovalRecord {
  const request = value(
    parseApprovalRequest({ title: 'Budget', subject: { amount: 10 }, policy, ...more }),
  );
  const events = decideRequest(request, callOf(olga));
  const record = recordOf('a', events);
  return entered ? enter(record) : record;
}

/** With every stage looked up that is to be entered. */
function enter(record: ApprovalRecord, ms = 0): ApprovalRecord {
  const stage = stageToEnter(record, time(ms));
  if (!stage) return record;
  const { entry } = value(admitPolicy({ policy: record.policy, stage }, NO_DIRECTORY));
  if (!entry) throw new Error('there is a stage to enter');
  const { round } = record.approval;
  const notice = { kind: 'entered', stage: stage.stage, round, entry } as const;
  return hearRecord(record, notice, systemCall(ms)).reduce(evolveRecord, record);
}

const systemCall = (ms: number): Call => ({ ...callOf(system, ms), via: 'system' });

function tick(record: ApprovalRecord, ms: number): ApprovalRecord {
  return enter(
    hearRecord(record, { kind: 'tick' }, systemCall(ms)).reduce(evolveRecord, record),
    ms,
  );
}

type Body = Record<string, unknown>;
const attempt = (record: ApprovalRecord, kind: string, actor: Actor, more: Body = {}, ms = 0) =>
  decideRecord(record, { kind, ...more } as unknown as RecordCommand, callOf(actor, ms));

/** What an accepted command makes of it, its next stage entered. */
function after(record: ApprovalRecord, kind: string, actor: Actor, more: Body = {}, ms = 0) {
  return enter(value(attempt(record, kind, actor, more, ms)).reduce(evolveRecord, record), ms);
}

const codeOf = (...given: Parameters<typeof attempt>): string => refusalOf(attempt(...given)).code;

describe('a request', () => {
  test('takes any JSON as its subject, and completes the policy', () => {
    for (const subject of [null, 7, 'x', [1], { a: { b: true } }])
      expect(asked(policyFor(['anyone']), { subject }).subject).toEqual(subject);
    expect(asked(policyFor(['anyone'])).policy).toMatchObject({
      event: 'Approval',
      earlierApprovals: 'reset',
      stages: [{ quorum: 1, veto: true, ownerMayDecide: false }],
    });
  });

  test('is refused with each wrong place', () => {
    const places = (raw: unknown) =>
      refusalOf(parseApprovalRequest(raw)).errors?.map(({ pointer }) => pointer);
    expect(places({})).toEqual(['/title', '/policy']);
    expect(places([])).toEqual(['']);
    expect(places({ title: 'x', policy: policyFor(['nobody']) })).toEqual([
      '/policy/stages/0/approvers/0',
    ]);
    const when = { any: [{ not: { field: 'metadata.x', present: true } }] };
    expect(places({ title: 'x', policy: policyFor(['anyone'], { when }) })).toEqual([
      '/policy/stages/0/when/any/0/not/field',
    ]);
    expect(places({ title: 'a\0b', policy: policyFor(['anyone']) })).toEqual(['/title']);
    const large = { title: 'x', subject: 'ä'.repeat(140_000), policy: policyFor(['anyone']) };
    expect(refusalOf(parseApprovalRequest(large)).code).toBe('too-large');
  });

  test('whose subject has no number where a stage compares one is refused', () => {
    const policy = {
      stages: [
        { name: 'all', approvers: ['anyone'] },
        { name: 'large', approvers: ['role:head'], when: { field: 'subject.a/b.sum', above: 10 } },
      ],
    };
    const told = [
      { pointer: '/subject/a~1b/sum', detail: 'must be a number; the stage large compares it' },
    ];
    const sent = (more: object) => parseApprovalRequest({ title: 'x', policy, ...more });
    for (const subject of [null, 7, { 'a/b': {} }, { 'a/b': { sum: '4200' } }])
      expect(refusalOf(sent({ subject }))).toMatchObject({ code: 'invalid-data', errors: told });
    expect(refusalOf(sent({}))).toMatchObject({ code: 'invalid-data', errors: told });
    expect(sent({ subject: { 'a/b': { sum: 5 } } }).ok).toBe(true);
    const record = asked(policy, { subject: { 'a/b': { sum: 5000 } } });
    const back = after(record, 'request-changes', anna);
    const other = attempt(back, 'submit', olga, { subject: { 'a/b': { sum: '5000' } } });
    expect(refusalOf(other)).toMatchObject({ code: 'invalid-data', errors: told });
    // Unless the policy itself asks whether it is there.
    const field = 'subject.sum';
    const when = {
      all: [
        { field, present: true },
        { field, above: 10 },
      ],
    };
    expect(asked(policyFor(['anyone'], { when }), { subject: {} }).state).toBe('approved');
  });

  test('on behalf of somebody else: neither decides, both can withdraw and submit again', () => {
    const record = asked(policyFor(['anyone']), { owner: 'ben' });
    expect(record).toMatchObject({ owner: 'ben', submittedBy: ['olga'] });
    for (const actor of [olga, ben]) {
      expect(codeOf(record, 'approve', actor)).toBe('forbidden');
      expect(after(record, 'withdraw', actor).state).toBe('withdrawn');
      const back = after(record, 'request-changes', anna);
      expect(after(back, 'submit', actor).approval.round).toBe(2);
    }
    // Whoever operates the cluster and names nobody is no author.
    const request = value(
      parseApprovalRequest({ title: 'x', owner: 'ben', policy: policyFor(['anyone']) }),
    );
    expect(recordOf('a', decideRequest(request, callOf(operator))).submittedBy).toEqual([]);
  });

  test('that nobody has to decide is approved', () => {
    const when = { field: 'subject.amount', above: 10 };
    const record = asked(policyFor(['anyone'], { when }), { subject: { amount: 10 } });
    expect(record).toMatchObject({ state: 'approved', closedAt: time() });
    expect(allowedTo(record, operator)).toEqual([]);
  });
});

describe('who may do what', () => {
  const record = asked(policyFor(['user:anna', 'role:head'], { deadline: 'P1D' }));

  test('as it is offered', () => {
    const deciding = ['approve', 'reject', 'request-changes', 'delegate'];
    expect(allowedTo(record, anna)).toEqual([...deciding, 'comment']);
    expect(allowedTo(record, head)).toEqual([...deciding, 'comment']);
    expect(allowedTo(record, olga)).toEqual(['remind', 'extend', 'comment', 'withdraw']);
    expect(allowedTo(record, otto)).toEqual(['comment']);
  });

  test('nobody else learns of it', () => {
    expect(codeOf(record, 'comment', eve, { text: 'x' })).toBe('not-found');
    const known = readableOf(record);
    for (const actor of [olga, anna, head, otto, operator])
      expect(mayReadApproval(known, actor), actor.id).toBe(true);
    expect(mayReadApproval(known, eve)).toBe(false);
    // Ever after: also who has handed the decision on.
    const handed = after(record, 'delegate', anna, { to: 'eve' });
    for (const actor of [anna, eve])
      expect(mayReadApproval(readableOf(handed), actor), actor.id).toBe(true);
  });

  test('before the stage is entered decisions change nothing yet, and are not refused', () => {
    const waiting = asked(policyFor(['user:anna']), {}, false);
    expect(value(attempt(waiting, 'approve', anna))).toEqual([]);
    expect(codeOf(waiting, 'approve', eve)).toBe('not-found');
    expect(allowedTo(waiting, anna)).toContain('approve');
  });

  test('an extension of a deadline that there is', () => {
    expect(codeOf(asked(policyFor(['anyone'])), 'extend', olga, { until: time(DAY) })).toBe(
      'wrong-state',
    );
    expect(codeOf(record, 'extend', olga, { until: time(-1) })).toBe('invalid-data');
    const moved = after(record, 'extend', olga, { until: time(3 * DAY) });
    expect(approvalSummary(moved).dueAt).toBe(time(3 * DAY));
    expect(value(attempt(moved, 'extend', olga, { until: time(3 * DAY) }))).toEqual([]);
  });
});

describe('coming to an end', () => {
  test('the last stage approved, one vote against, withdrawn: then nothing changes any more', () => {
    const record = asked(policyFor(['user:anna', 'user:ben'], { quorum: 2 }));
    const first = after(record, 'approve', anna, { reason: 'Fine' });
    expect(first).toMatchObject({ state: 'pending' });
    const ends: [ApprovalRecord, string][] = [
      [after(first, 'approve', ben), 'approved'],
      [after(first, 'reject', ben), 'rejected'],
      [after(first, 'withdraw', olga), 'withdrawn'],
    ];
    for (const [ended, state] of ends) {
      expect(ended.state).toBe(state);
      expect(recordView(ended).waitingFor).toEqual([]);
      for (const kind of RECORD_COMMAND_KINDS)
        expect(codeOf(ended, kind, operator, { text: 'x', to: 'x', until: time(DAY) })).toBe(
          'wrong-state',
        );
      expect(hearRecord(ended, { kind: 'tick' }, systemCall(DAY))).toEqual([]);
    }
  });

  test('by the clock, as the policy says; with what it has done then', () => {
    const end = (onTimeout: object | string) =>
      tick(asked(policyFor(['role:head'], { deadline: 'PT1H', onTimeout })), HOUR);
    expect(end('expire')).toMatchObject({ state: 'expired' });
    expect(end('reject').closedReason).toBe(`Nobody has decided by ${time(HOUR)}.`);
    expect(end('wait').approval.current?.overdue).toBe(true);
    const record = asked(
      policyFor(['role:head', 'user:anna'], {
        deadline: 'PT1H',
        onTimeout: { outcome: 'expire', compensation: 'Escalation' },
      }),
    );
    const effects: unknown[] = [];
    let now = record;
    for (const event of hearRecord(record, { kind: 'tick' }, systemCall(HOUR))) {
      now = evolveRecord(now, event);
      effects.push(...recordEffects(now, event));
    }
    expect(effects).toMatchObject([
      { kind: 'compensate', name: 'Escalation', whom: 'head, anna' },
      { kind: 'notify', final: true, what: { occasion: 'expired', recipients: ['user:olga'] } },
    ]);
  });

  test('ended behind its back', () => {
    const record = asked(policyFor(['anyone']));
    const notice = { kind: 'ended', state: 'terminated', reason: 'Gone.' } as const;
    const ended = hearRecord(record, notice, systemCall(1)).reduce(evolveRecord, record);
    expect(ended).toMatchObject({ state: 'terminated', closedReason: 'Gone.' });
    expect(ended.history.at(-1)).toMatchObject({ command: 'terminated', reason: 'Gone.' });
  });
});

describe('changes', () => {
  const policy = (more: object) =>
    ({
      stages: [
        { name: 'one', approvers: ['user:anna', 'user:ben'], quorum: 2 },
        { name: 'two', approvers: ['role:head'], when: { field: 'subject.amount', above: 5 } },
      ],
      ...more,
    }) as const;
  const back = (more: object) =>
    after(after(asked(policy(more)), 'approve', ben), 'request-changes', anna, {
      sections: { amount: 'Less' },
    });

  test('are requested: it waits for the owner', () => {
    const record = back({});
    expect(recordView(record)).toMatchObject({
      state: 'changes-requested',
      waitingFor: ['user:olga'],
      comments: [{ by: 'anna', section: 'amount', text: 'Less' }],
    });
    expect(stageToEnter(record, time())).toBeUndefined();
    expect(codeOf(record, 'submit', anna)).toBe('forbidden');
    expect(codeOf(record, 'approve', ben)).toBe('wrong-state');
    expect(codeOf(record, 'submit', olga, { version: 2 })).toBe('version-mismatch');
  });

  test('submitted: another version only with other content, another round in any case', () => {
    const same = after(back({}), 'submit', olga, { title: 'Budget', subject: { amount: 10 } });
    expect(same).toMatchObject({ state: 'pending', version: 1, approval: { round: 2, votes: [] } });
    const other = after(back({}), 'submit', olga, { subject: { amount: 5 } });
    expect(other).toMatchObject({ version: 2, approval: { round: 2 } });
    expect(other.history.at(-2)).toMatchObject({
      command: 'submit',
      changes: [{ pointer: '/subject' }],
    });
    expect(codeOf(other, 'approve', anna, { version: 1 })).toBe('version-mismatch');
    expect(codeOf(other, 'approve', anna, { ifVersion: 1 })).toBe('version-mismatch');
    expect(attempt(other, 'approve', anna, { ifVersion: '*' }).ok).toBe(true);
  });

  test('earlier approvals count on only where the policy keeps them; conditions see the new subject', () => {
    const kept = after(back({ earlierApprovals: 'keep' }), 'submit', olga, {
      subject: { amount: 5 },
    });
    expect(kept.approval.votes.map(({ by }) => by)).toEqual(['ben']);
    // The second stage is not needed any more.
    expect(after(kept, 'approve', anna).state).toBe('approved');
    const large = 'x'.repeat(LIMITS.subject);
    expect(codeOf(back({}), 'submit', olga, { subject: large })).toBe('too-large');
  });
});

describe('events', () => {
  test('decide, or carry a command; everything else is none', () => {
    const command = (name: string, payload: unknown) => recordCommandOf('Nod', name, payload);
    expect(value(command('Nod', true))).toEqual({ kind: 'approve' });
    expect(value(command('Nod', { approved: false, reason: 'No' }))).toEqual({
      kind: 'reject',
      reason: 'No',
    });
    expect(value(command('command', { kind: 'withdraw' }))).toEqual({ kind: 'withdraw' });
    expect(refusalOf(command('Approval', true)).code).toBe('unknown-event');
    expect(refusalOf(command('Nod', 'yes')).code).toBe('invalid-data');
    expect(refusalOf(command('command', { kind: 'fill' })).code).toBe('invalid-request');
    expect(refusalOf(command('command', { kind: 'comment' })).code).toBe('invalid-request');
  });
});

describe('the history', () => {
  test('full, it takes decisions and no more words; far beyond, the beginning goes', () => {
    let record = asked(policyFor(['user:anna']));
    for (let i = 0; record.history.length < LIMITS.approvalEvents; i += 1)
      record = after(record, 'comment', anna, { text: `${i}` }, i);
    expect(historyIsFull(record)).toBe(true);
    expect(refusalOf(attempt(record, 'comment', anna, { text: 'x' }))).toMatchObject({
      code: 'too-large',
      detail: expect.stringContaining('takes decisions'),
    });
    for (const kind of ['approve', 'reject', 'request-changes'])
      expect(attempt(record, kind, anna).ok, kind).toBe(true);
    for (let i = 0; i < 300; i += 1)
      record = after(after(record, 'request-changes', anna), 'submit', olga);
    expect(record.history.length).toBeLessThanOrEqual(2 * LIMITS.approvalEvents);
    expect(after(record, 'approve', anna).state).toBe('approved');
  });

  test('is full by its bytes, too', () => {
    let record = asked(policyFor(['user:anna']));
    const text = 'ä'.repeat(LIMITS.reason);
    while (!historyIsFull(record)) record = after(record, 'comment', anna, { text });
    expect(record.history.length).toBeLessThan(100);
    expect(jsonSize(record)).toBeLessThan(2 * LIMITS.approvalEventBytes);
  });
});

describe('what others see', () => {
  const record = after(
    asked(policyFor(['user:anna', 'role:head'], { quorum: 2, deadline: 'P1D' }), {
      title: '<b>Budget</b> | [x](http://x)',
    }),
    'approve',
    anna,
    { reason: '**Fine**' },
  );

  test('the memo tells what lists show, and nobody else’s memo does', () => {
    const known = approvalFromMemo(recordMemo(record));
    expect(known).toEqual({ ...approvalSummary(record), involved: ['anna'] });
    for (const memo of [undefined, {}, { approval: 7 }, { approval: {}, now: { id: 1 } }])
      expect(approvalFromMemo(memo as never)).toBeUndefined();
  });

  test('Markdown means nothing but itself', () => {
    expect(recordHeadline(record)).toBe(
      'Approval\\: \\<b\\>Budget\\</b\\> \\| \\[x\\]\\(http\\://x\\)',
    );
    const details = recordDetails(record, { count: 0 });
    expect(details).toContain('approved by anna at');
    expect(details).toContain('\\*\\*Fine\\*\\*');
    expect(details).toContain('1 of 2 approvals');
  });

  test('search attributes and the row of the archive', () => {
    const attributes = Object.fromEntries(
      recordAttributes(record).map(({ key, value: is }) => [key.name, is]),
    );
    expect(attributes).toMatchObject({
      DossierKind: 'approval',
      DossierState: 'pending',
      DossierWaitingFor: ['role:head'],
      DossierFields: ['involved=anna'],
      DossierDueAt: new Date(time(DAY)),
    });
    const row = approvalRecordRow({ workflowId: 'w', record, refused: [], refusedCount: 0 });
    expect(row).toMatchObject({
      fields: ['involved=anna'],
      summary: { id: 'a', type: 'approval', involved: ['anna'] },
    });
  });
});

describe('whatever is sent', () => {
  const actors = [olga, anna, ben, eve, head, otto, operator];
  const command = fc.record({
    kind: fc.constantFrom(...RECORD_COMMAND_KINDS),
    to: fc.constantFrom('eve', 'ben', 'anna', 'olga'),
    text: fc.constant('x'),
    until: fc.integer({ min: -1, max: 50 }).map((days) => time(days * DAY)),
    version: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined, freq: 3 }),
    round: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined, freq: 3 }),
    subject: fc.constantFrom(undefined, { amount: 1 }, { amount: 20 }),
  });
  const step = fc.record({
    command,
    actor: fc.constantFrom(...actors),
    wait: fc.constantFrom(0, 0, 1_000, HOUR, DAY),
    clock: fc.boolean(),
  });
  const policies = [
    policyFor(['user:anna', 'user:ben', 'role:head'], {
      quorum: 2,
      veto: false,
      deadline: 'P3D',
      onTimeout: 'expire',
      reminders: {},
      escalation: [{ after: 'P1D', to: 'user:eve' }],
    }),
    {
      earlierApprovals: 'keep',
      stages: [
        { name: 'one', approvers: ['user:anna', 'user:ben'], quorum: 'all' },
        { name: 'two', approvers: ['anyone'], when: { field: 'subject.amount', above: 5 } },
      ],
    },
  ];

  test('events alone make the record; a closed one stays as it is; effects are once each', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...policies),
        fc.array(step, { maxLength: 30, size: 'max' }),
        (policy, steps) => {
          const request = value(
            parseApprovalRequest({ title: 'x', subject: { amount: 9 }, policy }),
          );
          const begun = decideRequest(request, callOf(olga));
          const events: RecordEvent[] = [...withEntry(begun, {}, callOf(olga))];
          const ledger = openApproval(recordOf('a', events), events);
          let ms = 0;
          const apply = (more: readonly RecordEvent[]) => {
            const { state, version } = ledger.record;
            take(ledger, more);
            events.push(...more);
            if (state !== 'pending' && state !== 'changes-requested') expect(more).toEqual([]);
            expect(ledger.record.version - version).toBeLessThanOrEqual(1);
          };
          for (const { command: body, actor, wait, clock } of steps) {
            ms += wait;
            const stage = stageToEnter(ledger.record, time(ms));
            if (stage) {
              const found = value(
                admitPolicy({ policy: ledger.record.policy, stage }, NO_DIRECTORY),
              );
              const { round } = ledger.record.approval;
              const notice = {
                kind: 'entered',
                stage: stage.stage,
                round,
                entry: found.entry!,
              } as const;
              apply(hearRecord(ledger.record, notice, systemCall(ms)));
            }
            if (clock) apply(hearRecord(ledger.record, { kind: 'tick' }, systemCall(ms)));
            const given = JSON.parse(JSON.stringify(body)) as RecordCommand;
            const result = decideRecord(ledger.record, given, callOf(actor, ms));
            if (result.ok) apply(result.value);
            else if (result.refusal.code === 'wrong-state')
              expect(result.refusal.allowed).toEqual(allowedTo(ledger.record, actor));
            expect(result.ok || result.refusal.code !== 'internal').toBe(true);
          }
          expect(recordOf('a', events)).toEqual(ledger.record);
          expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, i) => i + 1));
          const keys = ledger.effects.flatMap((one) => (one.kind === 'notify' ? one.what.key : []));
          expect(new Set(keys).size).toBe(keys.length);
          expect(approvalFromMemo(recordMemo(ledger.record))?.state).toBe(ledger.record.state);
        },
      ),
      { numRuns: 300 },
    );
  });
});
