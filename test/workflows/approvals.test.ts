/** Approvals of their own on the real server, by a plain client: what comes of commands, events and unusable starts. */
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { findArchived } from '../../src/store/archive.ts';
import type { ApprovalRecord } from '../../src/workflows/approvals/record.ts';
import { awaitUntil } from '../support/await-until.ts';
import { approvalHands, policyFor } from '../support/own-approvals.ts';
import { startHarness, type Loose } from '../support/harness.ts';
import { replayFailures } from '../support/replaying.ts';

const harness = await startHarness();
const { client, database, taskQueue } = harness;
const { ask, command, commandsOf, handle, kept, read, refusal, toldOf, until } =
  approvalHands(harness);

const archived = (id: string) => findArchived<ApprovalRecord>(database, id, 'approval');

describe.concurrent('an approval', () => {
  test('is decided by an update, told, archived, and shows itself in Temporal', async () => {
    const id = await ask(policyFor(['user:anna'], { deadline: 'P1D' }));
    const pending = await until('asked', id, ({ approval }) => approval.current);
    expect(pending).toMatchObject({ state: 'pending', version: 1, owner: 'olga' });
    const open = await awaitUntil('shown', async () => {
      const now = await handle(id).describe();
      return now.searchAttributes['DossierState'] && now;
    });
    expect(open.searchAttributes).toMatchObject({
      DossierKind: ['approval'],
      DossierState: ['pending'],
      DossierOwner: ['olga'],
      DossierWaitingFor: ['user:anna'],
    });
    expect(open.memo).toMatchObject({ now: { title: 'Budget', waitingFor: ['user:anna'] } });
    const result = await command(id, 'approve', 'anna', { version: 1, round: 1, reason: 'Fine' });
    expect(result).toMatchObject({
      changed: true,
      state: 'approved',
      approval: { decisions: [{ by: 'anna', decision: 'approved', version: 1 }], waitingFor: [] },
      allowed: [],
    });
    expect(await handle(id).result()).toEqual({
      id,
      state: 'approved',
      version: 1,
      reason: 'Fine',
    });
    expect(await archived(id)).toMatchObject({
      state: { state: 'approved', subject: { amount: 10 } },
      summary: { id, state: 'approved', title: 'Budget' },
    });
    expect(await commandsOf(id)).toEqual(['create', 'ask', 'approve']);
    expect(await toldOf(id)).toEqual([
      { occasion: 'approval-requested', recipients: ['user:anna'] },
      { occasion: 'finished', recipients: ['user:olga'] },
    ]);
    expect(await replayFailures(client, [`approval:${id}`])).toEqual([]);
  });

  test.for<[payload: unknown, state: string]>([
    [true, 'approved'],
    [false, 'rejected'],
    [{ approved: false, reason: 'No' }, 'rejected'],
  ])('by the event: %o', async ([payload, state]) => {
    const id = await ask(policyFor(['anyone']));
    await handle(id).signal('Approval', payload);
    expect(await handle(id).result()).toMatchObject({ state });
  });

  test('decided while it is being looked up who is asked next', async () => {
    const stages = [
      { name: 'one', approvers: ['anyone'] },
      { name: 'two', approvers: ['anyone'] },
      { name: 'three', approvers: ['anyone'] },
    ];
    const id = await ask({ stages });
    const by = (actor: string) => handle(id).signal('command', { kind: 'approve', actor });
    await Promise.all(['anna', 'ben', 'cleo'].map(by));
    expect(await handle(id).result()).toMatchObject({ state: 'approved' });
    expect(await replayFailures(client, [`approval:${id}`])).toEqual([]);
  });

  test('under another event, and by the signal command', async () => {
    const policy = policyFor(['anyone'], {}, { event: 'Nod' });
    const [one, other] = [await ask(policy), await ask(policy)];
    await handle(one).signal('Approval', true);
    await handle(one).signal('Nod', true);
    await handle(other).signal('command', { kind: 'reject', actor: 'anna' });
    expect(await handle(one).result()).toMatchObject({ state: 'approved' });
    expect(await handle(other).result()).toMatchObject({ state: 'rejected' });
    expect(await archived(one)).toMatchObject({
      refusedCount: 1,
      refused: [{ command: 'Approval', code: 'unknown-event' }],
    });
  });

  test('several stages, conditions on the subject, a quorum, a delegation', async () => {
    const id = await ask({
      stages: [
        { name: 'peers', approvers: ['user:anna', 'user:ben', 'user:cleo'], quorum: 2 },
        { name: 'cheap', when: { field: 'subject.amount', below: 5 }, approvers: ['user:dan'] },
        { name: 'boss', approvers: ['user:eva'] },
      ],
    });
    await command(id, 'approve', 'anna');
    expect(await refusal(id, 'approve', 'anna', { round: 2 })).toBe('version-mismatch');
    expect(await command(id, 'approve', 'anna')).toMatchObject({ changed: false });
    expect(await refusal(id, 'reject', 'anna')).toBe('wrong-state');
    await command(id, 'delegate', 'ben', { to: 'fred' });
    await command(id, 'delegate', 'fred', { to: 'gina' });
    await command(id, 'approve', 'gina');
    await until('the boss is asked', id, ({ approval }) => approval.stage === 2);
    expect(await command(id, 'approve', 'eva')).toMatchObject({ state: 'approved' });
    expect(await handle(id).result()).toMatchObject({ state: 'approved' });
    const { decisions } = (await read(id)).approval;
    expect(decisions.map(({ by, for: seat, stage }) => [by, seat, stage])).toEqual([
      ['anna', undefined, 'peers'],
      ['gina', 'ben', 'peers'],
      ['eva', undefined, 'boss'],
    ]);
    expect(await replayFailures(client, [`approval:${id}`])).toEqual([]);
  });

  test('with changes requested goes back to its owner, and comes again in another version', async () => {
    const id = await ask(policyFor(['user:anna', 'user:ben'], { quorum: 2 }));
    await command(id, 'approve', 'ben');
    await command(id, 'request-changes', 'anna', { sections: { amount: 'Too much' } });
    expect(await read(id)).toMatchObject({
      state: 'changes-requested',
      comments: [{ by: 'anna', section: 'amount', text: 'Too much' }],
    });
    expect(await refusal(id, 'approve', 'anna')).toBe('wrong-state');
    expect(await command(id, 'submit', 'olga', { subject: { amount: 5 } })).toMatchObject({
      state: 'pending',
      version: 2,
    });
    await until('asked again', id, ({ approval }) => approval.current);
    expect(await refusal(id, 'approve', 'anna', { version: 1 })).toBe('version-mismatch');
    expect(await refusal(id, 'approve', 'anna', { round: 1 })).toBe('version-mismatch');
    await command(id, 'approve', 'anna', { version: 2, round: 2 });
    // By its policy earlier approvals do not count on.
    expect((await read(id)).state).toBe('pending');
    await command(id, 'approve', 'ben');
    expect(await handle(id).result()).toMatchObject({ state: 'approved', version: 2 });
    expect(await replayFailures(client, [`approval:${id}`])).toEqual([]);
  });

  test('keeps what was approved where the policy says so', async () => {
    const policy = policyFor(
      ['user:anna', 'user:ben'],
      { quorum: 2 },
      { earlierApprovals: 'keep' },
    );
    const id = await ask(policy);
    await command(id, 'approve', 'ben');
    await command(id, 'request-changes', 'anna');
    await command(id, 'submit', 'olga', { title: 'Smaller budget' });
    await command(id, 'approve', 'anna');
    expect(await handle(id).result()).toMatchObject({ state: 'approved', version: 2 });
  });

  test('is withdrawn, commented on, reminded of; a cancel request ends it', async () => {
    const id = await ask(policyFor(['user:anna']));
    await command(id, 'comment', 'zoe', { text: 'Hm' });
    await command(id, 'remind', 'olga');
    expect(await command(id, 'remind', 'olga'), 'a double click').toMatchObject({ changed: false });
    await command(id, 'withdraw', 'olga', { reason: 'Not needed' });
    expect(await handle(id).result()).toMatchObject({ state: 'withdrawn', reason: 'Not needed' });
    expect(await commandsOf(id)).toEqual(['create', 'ask', 'comment', 'remind decide', 'withdraw']);
    const cancelled = await ask(policyFor(['user:anna']));
    await kept(cancelled);
    await handle(cancelled).cancel();
    await expect(handle(cancelled).result()).rejects.toThrow();
    expect((await handle(cancelled).describe()).status.name).toBe('CANCELLED');
    expect(await archived(cancelled)).toMatchObject({ state: { state: 'cancelled' } });
  });

  test('that no stage applies to is approved at once', async () => {
    const when = { field: 'subject.amount', above: 100 };
    const id = await ask(policyFor(['user:anna'], { when }));
    expect(await handle(id).result()).toMatchObject({ state: 'approved' });
  });

  test('garbage and foreign signals are recorded and never wedge it', async () => {
    const id = await ask(policyFor(['anyone']));
    const rubbish: unknown[] = ['yes', null, 7, [], { approved: 'true' }, { approved: true, x: 1 }];
    for (const payload of rubbish) await handle(id).signal('Approval', payload);
    await handle(id).signal('command', { kind: 'nonsense' });
    await handle(id).signal('__temporal_reserved', 1);
    await handle(id).signal('Other', 1);
    const { refusedCount, refused } = await awaitUntil('all are in', async () => {
      const now = await kept(id);
      return now.refusedCount >= rubbish.length + 3 && now;
    });
    expect(refusedCount).toBe(9);
    expect(refused.map(({ code }) => code)).toEqual([
      ...Array(5).fill('invalid-data'),
      'invalid-request',
      'invalid-request',
      'unknown-event',
      'unknown-event',
    ]);
    await handle(id).signal('Approval', true);
    expect(await handle(id).result()).toMatchObject({ state: 'approved' });
    expect(await replayFailures(client, [`approval:${id}`])).toEqual([]);
  });
});

describe.concurrent('an unusable start', () => {
  const wrong: [what: string, input: unknown, message: RegExp][] = [
    ['nothing', undefined, /not a request|payload/i],
    ['no policy', { title: 'x' }, /\/policy is required/],
    ['no stages', { title: 'x', policy: { stages: [] } }, /\/policy\/stages/],
    [
      'a condition on something else',
      {
        title: 'x',
        policy: policyFor(['anyone'], { when: { field: 'metadata.x', equals: 1 } }),
      },
      /must begin with subject/,
    ],
    [
      'an unknown compensation',
      {
        title: 'x',
        policy: policyFor(['anyone'], { onTimeout: { outcome: 'wait', compensation: 'Boom' } }),
      },
      /onTimeout/,
    ],
    [
      'a bad duration',
      { title: 'x', policy: policyFor(['anyone'], { deadline: 'soon' }) },
      /deadline/,
    ],
    [
      'too large a subject',
      { title: 'x', subject: 'x'.repeat(300_000), policy: policyFor(['anyone']) },
      /subject takes/,
    ],
  ];
  test.for(wrong)('%s: FAILED, with the reason, and in the archive', async ([, input, message]) => {
    const id = randomUUID();
    await client.workflow.start('approval', {
      workflowId: `approval:${id}`,
      taskQueue,
      args: [input],
    });
    const error: Loose = await handle(id)
      .result()
      .catch((reason: unknown) => reason);
    expect(error.cause.message).toMatch(message);
    expect((await handle(id).describe()).status.name).toBe('FAILED');
    expect(await archived(id)).toMatchObject({
      summary: { state: 'failed', customStatus: expect.stringMatching(/^Failed: /) },
    });
  });

  test('an id that was used before', async () => {
    const id = await ask(policyFor(['anyone']));
    await handle(id).signal('Approval', true);
    await handle(id).result();
    const before = await archived(id);
    await client.workflow.start('approval', {
      workflowId: `approval:${id}`,
      taskQueue,
      args: [{ title: 'Again', policy: policyFor(['anyone']) }],
    });
    await expect(handle(id).result()).rejects.toThrow();
    expect(await archived(id)).toEqual(before);
  });
});
