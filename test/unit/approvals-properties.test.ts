/** The approval machine against arbitrary policies, people and actions: a naive reference, and what must never happen. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Actor } from '../../src/contracts/caller.ts';
import { approvalNotices } from '../../src/workflows/approvals/notices.ts';
import { nextStrike, strike } from '../../src/workflows/approvals/clocks.ts';
import { undecidedIn } from '../../src/workflows/approvals/entitlement.ts';
import { approvalView } from '../../src/workflows/approvals/view.ts';
import { Book } from '../support/book.ts';
import {
  ACTORS,
  begin,
  OWNER,
  plan,
  play,
  situationOf,
  steps,
  SUBMITTER,
  type Plan,
  type Played,
  type Step,
  type Trial,
} from '../support/approvals.ts';
import { time } from '../support/rules.ts';

const roundTrip = <T>(item: T): T => JSON.parse(JSON.stringify(item)) as T;
const submit: Step = { do: 'submit', wait: 0 };
const NUM_RUNS = 300;

interface Life {
  readonly plan: Plan;
  readonly played: readonly Played[];
}

const life: fc.Arbitrary<Life> = fc
  .record({ plan, steps, prompt: fc.boolean() })
  .map(({ plan, steps, prompt }) => {
    let trial = begin(plan);
    const played = [submit, ...steps].map((step) => {
      const one = play(trial, step, prompt);
      trial = one.after;
      return one;
    });
    const told = () => JSON.stringify({ plan, prompt, steps }, null, 1);
    return { plan, played, [fc.toStringMethod]: told };
  });

const ended = ({ status }: Trial) => status !== 'draft' && status !== 'in-review';

describe('for every life of an approval', () => {
  const holds = (name: string, check: (life: Life) => void): void =>
    test(name, () => fc.assert(fc.property(life, check), { numRuns: NUM_RUNS }));
  const always = (name: string, check: (played: Played, plan: Plan) => void): void =>
    holds(name, ({ plan, played }) => played.forEach((one) => check(one, plan)));

  test('it comes to what a naive reference makes of what was accepted', () => {
    const both = fc.record({ plan, steps });
    fc.assert(
      fc.property(both, ({ plan, steps }) => {
        const book = new Book(plan);
        let trial = begin(plan);
        for (const step of [submit, ...steps]) {
          const { after, refused } = play(trial, step);
          expect({ step, refused: book.take(step) }).toEqual({ step, refused });
          trial = after;
          const { status, approval } = trial;
          expect(status).toBe(book.status);
          if (status !== 'in-review' || !approval) continue;
          expect(approval).toMatchObject({ stage: book.stage, round: book.round });
          expect(approval.current?.needed).toBe(book.needed);
          expect(undecidedIn(approval).toSorted()).toEqual(book.waitingFor().toSorted());
        }
      }),
      { numRuns: NUM_RUNS * 3 },
    );
  });

  holds('there is one outcome at most, and nothing after it', ({ played }) => {
    const after = played.filter(({ before }) => ended(before));
    for (const { refused, facts, step, before, after: then } of after) {
      expect(facts).toEqual([]);
      if (step.do === 'command') expect(refused).toBe('wrong-state');
      expect(then.status).toBe(before.status);
      expect(then.approval).toBe(before.approval);
    }
  });

  always(
    'authors, excluded and those who are not asked never decide',
    ({ before, facts, step }, { policy }) => {
      for (const fact of facts) {
        if (fact.kind !== 'decided' || step.do !== 'command' || step.actor.operator) continue;
        const { id, roles } = step.actor;
        const stage = policy.stages.find(({ name }) => name === fact.stage)!;
        if (!stage.ownerMayDecide) expect([OWNER, SUBMITTER]).not.toContain(id);
        for (const who of stage.excluded)
          expect(who === `user:${id}` || (who === 'owner' && id === OWNER)).toBe(false);
        if (roles.includes('finance')) expect(stage.excluded).not.toContain('role:finance');
        const { seats, groups } = before.approval!.current!.approvers;
        const inGroup = groups.some(
          (one) => one === 'anyone' || roles.includes('*') || roles.includes(one.slice(5)),
        );
        expect(inGroup || seats.some(({ holders }) => holders.includes(id))).toBe(true);
      }
    },
  );

  always('nobody has two voices, and no voice is given twice', ({ after }, { policy }) => {
    const { votes, current, decisions, since } = after.approval!;
    expect(new Set(votes.map(({ by }) => by)).size).toBe(votes.length);
    const given = votes.flatMap(({ seat }) => seat ?? []);
    expect(new Set(given).size).toBe(given.length);
    const seats = current?.approvers.seats ?? [];
    const holders = seats.flatMap((seat) => seat.holders);
    expect(new Set(holders).size).toBe(holders.length);
    expect(new Set(seats.map((seat) => seat.for)).size).toBe(seats.length);
    // Whoever holds an open seat has not decided; neither has whom it is for.
    for (const seat of seats.filter((one) => !given.includes(one.for)))
      for (const { by } of votes) expect([...seat.holders, seat.for]).not.toContain(by);
    if (!policy.oncePerPerson) return;
    const operators = new Set(ACTORS.filter(({ operator }) => operator).map(({ id }) => id));
    for (const one of decisions)
      for (const other of decisions)
        if (one.by === other.by && one.round >= since && other.round >= since)
          if (!operators.has(one.by)) expect(one.stage).toBe(other.stage);
  });

  always('a veto ends it, and an approval never rejects', ({ facts, after }, { policy }) => {
    const decided = facts.find((fact) => fact.kind === 'decided');
    if (!decided) return;
    const veto = policy.stages.find(({ name }) => name === decided.stage)?.veto;
    if (decided.decision === 'rejected' && veto) expect(after.status).toBe('rejected');
    if (decided.decision === 'approved') expect(after.status).not.toBe('rejected');
  });

  always('as long as it is open, it is not over, and somebody can decide', ({ after }) => {
    if (after.status !== 'in-review') return;
    const { current, votes } = after.approval!;
    const approvals = votes.filter(({ approves }) => approves).length;
    expect(approvals).toBeLessThan(current!.needed);
    expect(undecidedIn(after.approval!)).not.toEqual([]);
    for (const voter of undecidedIn(after.approval!)) {
      const actor: Actor = voter.startsWith('user:')
        ? { id: voter.slice(5), roles: [], operator: false }
        : { id: 'new', roles: ['*'], operator: false };
      // By its user's roles somebody may be out whom the lookup did not know; by name nobody is.
      const { excluded, name } = situationOf(after).policy.stages[after.approval!.stage]!;
      const command = { kind: 'approve', stage: name } as const;
      const { refused } = play(after, { do: 'command', actor, command, wait: 0 });
      if (!excluded.some((who) => who === voter || (who === 'owner' && voter === `user:${OWNER}`)))
        expect(refused).toBeUndefined();
    }
  });

  always('an escalation loses no decision', ({ before, facts, after }) => {
    const only = facts.every(({ kind }) => kind === 'escalated' || kind === 'approvers-reminded');
    if (facts.length === 0 || !only) return;
    expect(after.approval!.votes).toEqual(before.approval!.votes);
    const { seats } = after.approval!.current!.approvers;
    for (const { seat } of after.approval!.votes)
      if (
        seat !== undefined &&
        before.approval!.current!.approvers.seats.some((s) => s.for === seat)
      )
        expect(seats.map((one) => one.for)).toContain(seat);
  });

  always('whoever was asked or has decided is remembered', ({ before, after }) => {
    const { asked, current } = after.approval!;
    expect(asked).toEqual(expect.arrayContaining([...(before.approval?.asked ?? [])]));
    for (const { holders } of current?.approvers.seats ?? [])
      expect(asked).toEqual(expect.arrayContaining([...holders]));
  });

  always('clocks strike later than now, and once', ({ after }) => {
    if (after.status !== 'in-review') return;
    const tick = play(after, { do: 'tick', wait: 0 });
    expect(tick.facts.filter(({ kind }) => kind === 'approvers-reminded').length).toBeLessThan(2);
    const now = tick.after;
    if (now.status !== 'in-review') return;
    const next = nextStrike(now.approval!);
    if (next !== undefined) expect(next).toBeGreaterThan(Date.parse(time(now.at)));
    expect(strike(situationOf(now), time(now.at))).toEqual({ facts: [] });
  });

  test('kept as JSON at any point it goes the same way', () => {
    fc.assert(
      fc.property(fc.record({ plan, steps, prompt: fc.boolean() }), ({ plan, steps, prompt }) => {
        let trial = begin(plan);
        for (const step of [submit, ...steps]) {
          const one = play(trial, step, prompt);
          const kept = play(roundTrip(trial), step, prompt);
          expect(roundTrip(kept)).toEqual(roundTrip(one));
          trial = one.after;
        }
      }),
      { numRuns: NUM_RUNS },
    );
  });

  always('it can be shown and told at any time', ({ after, facts, step }, { policy }) => {
    const view = approvalView(policy, situationOf(after), !ended(after));
    expect(view.waitingFor.length > 0).toBe(after.status === 'in-review');
    expect(view.decisions).toEqual(after.approval!.decisions);
    const by = step.do === 'command' ? step.actor.id : 'system';
    const stamp = { by, at: time(after.at), version: after.version, sequence: 1 };
    for (const fact of facts)
      for (const { recipients } of approvalNotices(situationOf(after), { ...fact, ...stamp }))
        expect(recipients).not.toContain(`user:${by}`);
  });
});

test('clocks that strike days late come to the same, with one reminder at most', () => {
  const waiting = fc.record({ plan, steps, days: fc.constantFrom(0.25, 1, 2, 2.5, 4, 10) });
  fc.assert(
    fc.property(waiting, ({ plan, steps, days }) => {
      const before = [submit, ...steps.filter(({ wait }) => wait < 1000)].reduce(
        (trial, step) => play(trial, { ...step, wait: 0 }).after,
        begin(plan),
      );
      if (before.status !== 'in-review') return;
      const tick: Step = { do: 'tick', wait: days * 24 * 3600 * 1000 };
      const late = play(before, tick);
      const prompt = play(before, tick, true);
      const ends = ({ struck, facts }: Played) =>
        [...struck, ...facts].find((fact) => fact.kind === 'timed-out' && fact.outcome !== 'wait');
      expect(ends(late)).toEqual(ends(prompt));
      expect(late.facts.filter(({ kind }) => kind === 'approvers-reminded').length).toBeLessThan(2);
      if (ends(late)) return;
      const state = ({ after }: Played) => {
        const { current, escalations, ...rest } = after.approval!;
        const { remindedAt: _at, ...stage } = current!;
        return { ...rest, stage, escalations: escalations.map(({ at: _when, ...one }) => one) };
      };
      expect(state(late)).toEqual(state(prompt));
    }),
    { numRuns: NUM_RUNS },
  );
});
