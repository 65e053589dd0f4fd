/** Approvals of documents on the real server, with seconds for days. */
import { describe, expect, test } from 'vitest';
import { notificationsFor } from '../../src/store/notifications.ts';
import { awaitUntil } from '../support/await-until.ts';
import { eventsOf, historyOf, listing, named, runsOf } from '../support/documents.ts';
import { call, startHarness, type Loose } from '../support/harness.ts';
import { replayFailures } from '../support/replaying.ts';
import { typeOf, typesOf } from '../support/workflow-types.ts';

const amount = {
  title: 'Claim',
  schema: { type: 'object', properties: { amount: { type: 'number' } }, required: ['amount'] },
};
/** As many as a role may have, with names as companies give them. */
const CROWD = Array.from(
  { length: 100 },
  (_, i) => `user:firstname.lastname${i}@department.company.example`,
);
const claim = (name: string, stage: object, policy: object = {}, more: object = {}) =>
  typeOf(name, {
    sections: { Claim: amount },
    approval: { stages: [{ name: 'one', approvers: ['user:max'], ...stage }], ...policy },
    ...more,
  });

const types = typesOf(
  typeOf('two-stages', {
    sections: { Claim: amount },
    approval: {
      oncePerPerson: true,
      stages: [
        { name: 'manager', approvers: ['role:manager'] },
        {
          name: 'finance',
          when: { field: 'Claim.amount', above: 1000 },
          approvers: ['role:finance', 'role:manager'],
          quorum: 2,
        },
      ],
    },
  }),
  claim('added', { escalation: [{ after: 'PT1S', to: 'role:head' }] }),
  claim('reassigned', { escalation: [{ after: 'PT1S', to: 'role:head', mode: 'reassign' }] }),
  claim('rejected-late', { deadline: 'PT1S', onTimeout: 'reject' }),
  claim('approved-late', { deadline: 'PT1S', onTimeout: 'approve' }),
  claim('expired-late', { deadline: 'PT1S', onTimeout: 'expire' }),
  claim('overdue', { deadline: 'PT1S' }),
  claim('reminded', { reminders: { every: 'PT2S', max: 3 } }),
  claim('long', { reminders: { every: 'PT2S', max: 10 } }),
  claim(
    'reset',
    { approvers: ['user:max', 'user:mia'], quorum: 2 },
    {},
    { editableInReview: true },
  ),
  claim(
    'kept',
    { approvers: ['user:max', 'user:mia'], quorum: 2 },
    { earlierApprovals: 'keep' },
    { editableInReview: true },
  ),
  claim('crowd', { approvers: CROWD, quorum: 'majority' }),
  claim('either', { approvers: ['user:max', 'user:mia'] }),
);

const harness = await startHarness({ documentTypes: types });
const { client, database } = harness;
const workflow = (id: string) => client.workflow.getHandle(`document:${id}`);

/** Somebody with these roles. */
function person(user: string, roles = '') {
  const as = { 'x-user': user, 'x-roles': roles };
  return {
    does: (id: string, what: string, body: object = {}) =>
      call(harness, 'POST', `/api/documents/${id}/${what}`, body, as),
    fills: (id: string, data: object) =>
      call(harness, 'PUT', `/api/documents/${id}/sections/Claim`, data, as),
    reads: async (id: string): Promise<Loose> =>
      (await call(harness, 'GET', `/api/documents/${id}`, undefined, as)).body,
  };
}
const [ann, max, mia, zoe] = [person('ann'), person('max'), person('mia'), person('zoe')];

/** A document of this type, submitted by ann. */
async function submitted(type: string, data: object = { amount: 10 }): Promise<string> {
  const body = { type, sections: { Claim: data } };
  const made = await call(harness, 'POST', '/api/documents', body, { 'x-user': 'ann' });
  expect(made.status, made.text).toBe(201);
  const id = made.body.id as string;
  const handed = await ann.does(id, 'submit');
  expect(handed.status, handed.text).toBe(200);
  return id;
}

async function until(what: string, id: string, is: (document: Loose) => unknown): Promise<Loose> {
  return awaitUntil(what, async () => {
    const now = await ann.reads(id);
    return (await is(now)) ? now : undefined;
  });
}

const done = async (answer: ReturnType<typeof ann.does>): Promise<Loose> => {
  const { status, text, body } = await answer;
  expect(status, text).toBe(200);
  return body;
};
const refusal = async (answer: ReturnType<typeof ann.does>): Promise<[number, string]> => {
  const { status, body } = await answer;
  return [status, body.code];
};

async function commandsOf(id: string): Promise<string[]> {
  const { entries } = await historyOf(harness, id);
  return entries.filter(({ accepted }) => accepted).map(({ command }) => command as string);
}

/** What was told of the document, oldest first. */
async function toldOf(id: string): Promise<[string, readonly string[]][]> {
  const { notifications } = await notificationsFor(database, 'all', { limit: 1000 });
  return notifications
    .filter(({ documentId }) => documentId === id)
    .map(({ occasion, recipients }): [string, readonly string[]] => [occasion, recipients])
    .toReversed();
}

/** Until these occasions were told of the document, in this order and no others. */
async function told(id: string, occasions: readonly string[]): Promise<void> {
  await awaitUntil(`told: ${occasions.join(', ')}`, async () => {
    const all = (await toldOf(id)).map(([occasion]) => occasion);
    return JSON.stringify(all) === JSON.stringify(occasions);
  });
}

describe.concurrent('stages', () => {
  test('one after the other; the second only by the amount, by two people who did not decide in the first', async () => {
    const small = await submitted('two-stages');
    expect(await done(person('bo', 'manager').does(small, 'approve'))).toMatchObject({
      state: 'approved',
    });

    const large = await submitted('two-stages', { amount: 5000 });
    const bo = person('bo', 'manager');
    const first = await done(bo.does(large, 'approve', { reason: 'Needed' }));
    expect(first).toMatchObject({ state: 'in-review' });
    const second = await until('the second stage', large, ({ approval }) => approval.needed === 2);
    expect(second.approval).toMatchObject({ stage: 'finance', approvals: 0 });
    expect(second.waitingFor).toEqual(['role:finance', 'role:manager']);
    // Asked twice, the answer is the same, and nothing happens.
    expect(await done(bo.does(large, 'approve'))).toMatchObject({ state: 'in-review' });
    expect(await refusal(bo.does(large, 'reject'))).toEqual([403, 'forbidden']);
    await done(person('fay', 'finance').does(large, 'approve'));
    await done(person('fay', 'finance').does(large, 'approve'));
    expect((await ann.reads(large)).approval.approvals).toBe(1);
    const end = await done(person('moe', 'manager').does(large, 'approve'));
    expect(end).toMatchObject({ state: 'approved' });
    expect(end.approval.decisions.map(({ by, stage }: Loose) => [by, stage])).toEqual([
      ['bo', 'manager'],
      ['fay', 'finance'],
      ['moe', 'finance'],
    ]);
    expect(await replayFailures(client, [`document:${large}`])).toEqual([]);
  });

  test('approved and rejected at the same instant: one of the two, and who loses learns it', async () => {
    for (let round = 0; round < 10; round += 1) {
      const id = await submitted('either');
      const [yes, no] = await Promise.all([max.does(id, 'approve'), mia.does(id, 'reject')]);
      expect([yes.status, no.status].toSorted((a, b) => a - b)).toEqual([200, 409]);
      const won = yes.status === 200 ? yes : no;
      const lost = yes.status === 200 ? no : yes;
      const { state } = await ann.reads(id);
      expect(state).toBe(won === yes ? 'approved' : 'rejected');
      expect(lost.body).toMatchObject({ code: 'wrong-state', state });
    }
  });
});

test('a hundred people with long names are asked: more than Temporal lists, and all can decide', async () => {
  const id = await submitted('crowd');
  const asked = await until('asked', id, ({ approval }) => approval.needed === 51);
  expect(asked.waitingFor).toEqual(CROWD);
  const last = person(CROWD.at(-1)!.slice('user:'.length));
  expect(await done(last.does(id, 'reject'))).toMatchObject({ state: 'rejected' });
  const own = await call(
    harness,
    'POST',
    '/api/approvals',
    { title: 'Crowd', policy: { stages: [{ name: 'one', approvers: CROWD }] } },
    { 'x-user': 'ann' },
  );
  expect(own.status, own.text).toBe(201);
  expect(own.body.waitingFor).toEqual(CROWD);
});

describe.concurrent('nobody answers', () => {
  test('escalated, the next level decides, and the first one still can', async () => {
    const [byHead, byMax] = [await submitted('added'), await submitted('added')];
    const escalated = await until('escalated', byHead, (now) => now.approval.escalations[0]);
    expect(escalated.approval.escalations).toMatchObject([
      { stage: 'one', from: ['user:max'], to: ['role:head'] },
    ]);
    expect(escalated.waitingFor).toEqual(['user:max', 'role:head']);
    expect(await done(person('hugo', 'head').does(byHead, 'reject'))).toMatchObject({
      state: 'rejected',
    });
    await until('escalated', byMax, (now) => now.approval.escalations[0]);
    expect(await done(max.does(byMax, 'approve'))).toMatchObject({ state: 'approved' });
    expect(await commandsOf(byHead)).toEqual(['create', 'submit', 'ask', 'escalate one', 'reject']);
    expect(await toldOf(byHead)).toEqual([
      ['approval-requested', ['user:max']],
      ['escalated', ['role:head']],
      ['finished', ['user:ann']],
    ]);
    expect(await replayFailures(client, [`document:${byHead}`])).toEqual([]);
  });

  test('reassigned, only the next level can', async () => {
    const id = await submitted('reassigned');
    const now = await until('escalated', id, ({ approval }) => approval.escalations[0]);
    expect(now.waitingFor).toEqual(['role:head']);
    expect(await refusal(max.does(id, 'approve'))).toEqual([403, 'forbidden']);
    expect(await done(person('hugo', 'head').does(id, 'approve'))).toMatchObject({
      state: 'approved',
    });
  });

  test.each([
    ['rejected-late', 'rejected'],
    ['approved-late', 'approved'],
    ['expired-late', 'expired'],
  ])('%s: at the deadline it is %s', async (type, state) => {
    const id = await submitted(type);
    const { dueAt } = await until('asked', id, (now) => now.dueAt ?? now.closedAt);
    expect(await workflow(id).result()).toMatchObject({ state });
    const end = await ann.reads(id);
    expect(end.closedReason).toMatch(/^Nobody has decided by /);
    if (dueAt !== undefined) expect(end.closedReason).toContain(dueAt);
    const code = state === 'approved' ? 200 : 409;
    expect((await max.does(id, 'approve')).status, `${code}`).toBe(409);
    expect((await toldOf(id)).at(-1)).toEqual([
      state === 'expired' ? 'expired' : 'finished',
      ['user:ann'],
    ]);
  });

  test('or it waits on, overdue; a later deadline makes it right again', async () => {
    const id = await submitted('overdue');
    expect(await until('overdue', id, (now) => now.overdue)).toMatchObject({ state: 'in-review' });
    const { searchAttributes } = await workflow(id).describe();
    expect(searchAttributes['DossierNeedsAttention']).toEqual([true]);
    const later = new Date(Date.now() + 3_600_000).toISOString();
    const extended = await done(ann.does(id, 'extend', { until: later }));
    expect(extended).toMatchObject({ dueAt: later, state: 'in-review' });
    expect(extended.overdue).toBeUndefined();
    expect(await done(max.does(id, 'approve'))).toMatchObject({ state: 'approved' });
    await told(id, ['approval-requested', 'overdue', 'finished']);
  });
});

describe.concurrent('reminders', () => {
  test('as many as there should be, two seconds apart, for six events each', async () => {
    const id = await submitted('reminded');
    const reminded = async () =>
      (await toldOf(id)).filter(([what]) => what === 'approval-reminder');
    await awaitUntil('all three', async () => (await reminded()).length >= 3, 20_000);
    const { entries } = await historyOf(harness, id);
    const asked = entries.find(({ command }) => command === 'ask');
    const seconds = entries
      .filter(({ command }) => command === 'remind one')
      .map(({ at }) => Math.floor((Date.parse(at) - Date.parse(asked?.at)) / 1000));
    expect(seconds).toHaveLength(3);
    for (const [i, second] of seconds.entries()) {
      expect(second).toBeGreaterThanOrEqual(2 * i + 2);
      expect(second).toBeLessThan(2 * i + 5);
    }
    const events = await eventsOf(client, `document:${id}`);
    const first = events.findIndex((event) => named(event) === 'TIMER_STARTED');
    const once = [
      'TIMER_STARTED',
      'TIMER_FIRED',
      'WORKFLOW_TASK_SCHEDULED',
      'WORKFLOW_TASK_STARTED',
      'WORKFLOW_TASK_COMPLETED',
      'MARKER_RECORDED',
    ];
    const cost = events.slice(first).map(named);
    expect(cost.slice(0, 18), listing(events)).toEqual([...once, ...once, ...once]);

    // Just reminded, so a reminder by hand would be one too many.
    expect(await done(ann.does(id, 'remind'))).toMatchObject({ state: 'in-review' });
    await done(max.does(id, 'approve'));
    expect((await reminded()).every(([, to]) => to[0] === 'user:max' && to.length === 1)).toBe(
      true,
    );
    expect(await reminded()).toHaveLength(3);
  });

  test('by hand: by those who may submit, once a minute', async () => {
    const id = await submitted('added');
    const reminded = async () =>
      (await toldOf(id)).filter(([what]) => what === 'approval-reminder');
    await Promise.all([ann.does(id, 'remind'), ann.does(id, 'remind')].map(done));
    await awaitUntil('reminded', async () => (await reminded()).length > 0);
    expect(await refusal(max.does(id, 'remind'))).toEqual([403, 'forbidden']);
    await done(max.does(id, 'approve'));
    await awaitUntil('finished', async () => (await toldOf(id)).at(-1)?.[0] === 'finished');
    expect(await reminded()).toEqual([['approval-reminder', ['user:max']]]);
  });

  test(
    'go on where they were when the document continues as new',
    { timeout: 40_000 },
    async () => {
      const id = await submitted('long');
      const numbers = async () => {
        const { entries } = await historyOf(harness, id);
        return entries
          .filter(({ command }) => command === 'remind one')
          .map(({ reason }) => Number(/\d+/.exec(reason)?.[0]));
      };
      const before = await until('asked', id, ({ approval }) => approval.needed === 1);
      await awaitUntil('the third', async () => (await numbers()).includes(3));
      for (let from = 0; from < 520; from += 40)
        await Promise.all(
          Array.from({ length: 40 }, (_, i) =>
            workflow(id).signal('command', { kind: 'comment', text: `${from + i}` }),
          ),
        );
      await awaitUntil(
        'the next run',
        async () => (await runsOf(client, `document:${id}`)).length === 2,
      );
      await awaitUntil(
        'two more',
        async () => (await numbers()).filter((one) => one > 3).length >= 2,
      );
      const all = await numbers();
      expect(new Set(all).size, 'none comes twice').toBe(all.length);
      expect(all).toEqual(all.toSorted((a, b) => a - b));
      const { approval } = await ann.reads(id);
      expect(approval).toMatchObject({
        round: 1,
        needed: before.approval.needed,
        waitingFor: ['user:max'],
      });
      expect(await done(max.does(id, 'approve'))).toMatchObject({ state: 'approved' });
      expect(await replayFailures(client, [`document:${id}`])).toEqual([]);
    },
  );
});

describe.concurrent('people', () => {
  test('hand the decision on, along a chain; whoever has handed it on decides no more', async () => {
    const id = await submitted('added');
    await done(max.does(id, 'delegate', { to: 'mia', reason: 'On leave' }));
    expect((await ann.reads(id)).waitingFor).toContain('user:mia');
    expect(await refusal(max.does(id, 'approve'))).toEqual([403, 'forbidden']);
    expect(await refusal(mia.does(id, 'delegate', { to: 'ann' }))).toEqual([409, 'wrong-state']);
    await done(mia.does(id, 'delegate', { to: 'zoe' }));
    await done(zoe.does(id, 'delegate', { to: 'max' }));
    await done(max.does(id, 'delegate', { to: 'zoe' }));
    const end = await done(zoe.does(id, 'approve'));
    expect(end).toMatchObject({ state: 'approved' });
    expect(end.approval.decisions).toMatchObject([{ by: 'zoe', for: 'max', decision: 'approved' }]);
    const handed = async () => (await toldOf(id)).filter(([what]) => what === 'delegated');
    await awaitUntil('all were told', async () => (await handed()).length >= 4);
    expect((await handed()).map(([, to]) => to)).toEqual([
      ['user:mia'],
      ['user:zoe'],
      ['user:max'],
      ['user:zoe'],
    ]);
    // Whoever was asked reads it ever after.
    expect((await max.reads(id)).state).toBe('approved');
  });

  test.each([
    ['reset', 0],
    ['kept', 1],
  ])('a correction in review: earlier approvals are %s', async (type, approvals) => {
    const id = await submitted(type);
    expect(await refusal(max.does(id, 'approve', { version: 7 }))).toEqual([
      412,
      'version-mismatch',
    ]);
    await done(max.does(id, 'approve', { version: 1 }));
    expect((await ann.fills(id, { amount: 11 })).status).toBe(200);
    // What somebody saw who had the page open is not what would be approved.
    expect(await refusal(mia.does(id, 'approve', { version: 1 }))).toEqual([
      412,
      'version-mismatch',
    ]);
    const now = await until('asked anew', id, ({ approval }) => approval.needed === 2);
    expect(now.approval).toMatchObject({ approvals, round: type === 'reset' ? 2 : 1 });
    await done(mia.does(id, 'approve', { version: 2 }));
    const end = type === 'reset' ? await done(max.does(id, 'approve')) : await ann.reads(id);
    expect(end).toMatchObject({ state: 'approved', version: 2 });
  });

  test('send it back with comments; corrected and submitted again it begins anew', async () => {
    const id = await submitted('either');
    const asked = { reason: 'Not like this', sections: { Claim: 'Which currency?' } };
    expect(await refusal(max.does(id, 'request-changes', { sections: { Nope: 'x' } }))).toEqual([
      404,
      'unknown-section',
    ]);
    const back = await done(max.does(id, 'request-changes', asked));
    expect(back).toMatchObject({ state: 'changes-requested', waitingFor: ['user:ann'] });
    expect(back.comments).toMatchObject([{ by: 'max', section: 'Claim', text: 'Which currency?' }]);
    expect(await refusal(max.does(id, 'approve'))).toEqual([409, 'wrong-state']);
    expect((await ann.fills(id, { amount: 12 })).status).toBe(200);
    expect((await ann.reads(id)).state).toBe('changes-requested');
    await done(ann.does(id, 'submit'));
    expect((await ann.reads(id)).approval).toMatchObject({ round: 2 });
    expect(await refusal(max.does(id, 'approve', { round: 1 }))).toEqual([412, 'version-mismatch']);
    const end = await done(max.does(id, 'approve', { round: 2, version: 2 }));
    expect(end).toMatchObject({ state: 'approved' });
    const all = await toldOf(id);
    expect(all.filter(([what]) => what === 'changes-requested')).toEqual([
      ['changes-requested', ['user:ann']],
    ]);
    expect(await commandsOf(id)).toEqual([
      'create',
      'submit',
      'ask',
      'request-changes',
      'comment Claim',
      'fill Claim',
      'submit',
      'ask',
      'approve',
    ]);
  });

  test('the author takes it back, by the word of approvals too', async () => {
    const id = await submitted('either');
    expect(await done(ann.does(id, 'withdraw', { reason: 'Too early' }))).toMatchObject({
      state: 'open',
    });
    expect(await refusal(max.does(id, 'approve'))).toEqual([409, 'wrong-state']);
    await done(ann.does(id, 'submit'));
    expect(await done(max.does(id, 'approve'))).toMatchObject({ state: 'approved' });
  });
});
