/** Who is asked, whatever the directory and the policy: circles, absences, people nobody knows. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { EntryRequest, Seat } from '../../src/contracts/approvals/entry.ts';
import { NO_DIRECTORY, type Directory } from '../../src/contracts/people.ts';
import { directoryOf, enterStage } from '../../src/people/index.ts';
import { policyOf } from '../support/people.ts';

const IDS = Array.from({ length: 8 }, (_, i) => `u${i}`);
const AT = '2026-01-05T10:00:00.000Z';
const id = fc.constantFrom(...IDS);
const role = fc.constantFrom('a', 'b', 'operator');

const absence = fc.record(
  {
    from: fc.constant('2026-01-01T00:00:00.000Z'),
    to: fc.constantFrom('2026-01-06T00:00:00.000Z', '2026-01-20T00:00:00.000Z'),
    substitute: id,
  },
  { requiredKeys: ['from', 'to'] },
);
const person = fc.record(
  { roles: fc.uniqueArray(role), manager: id, away: absence },
  { requiredKeys: ['roles'] },
);
/** Some of the people are missing, so managers and substitutes may be unknown. */
const directories: fc.Arbitrary<Directory> = fc.oneof(
  { weight: 1, arbitrary: fc.constant(NO_DIRECTORY) },
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.array(person, { minLength: 8, maxLength: 8 }), fc.subarray(IDS), fc.boolean())
      .map(([people, known, knowsRoles]) => {
        const all = directoryOf(people.map((one, i) => ({ id: IDS[i] ?? '', ...one })));
        return {
          person: (one: string) => (known.includes(one) ? all.person(one) : undefined),
          membersOf: (one: string) =>
            knowsRoles ? all.membersOf(one)?.filter((p) => known.includes(p.id)) : undefined,
        };
      }),
  },
);

const who = fc.oneof(
  fc.constant('owner' as const),
  id.map((one) => `user:${one}` as const),
  role.map((one) => `role:${one}` as const),
);
const approver = fc.oneof(
  { weight: 6, arbitrary: who },
  { weight: 3, arbitrary: fc.constant('manager' as const) },
  { weight: 1, arbitrary: fc.constant('anyone' as const) },
);
const list = fc.array(approver, { minLength: 1, maxLength: 4 });
const stage = fc.record({
  approvers: list,
  quorum: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.constantFrom('all', 'majority')),
  excluded: fc.array(who, { maxLength: 2 }),
  escalation: fc
    .array(fc.record({ to: list, mode: fc.constantFrom('add', 'reassign') }), { maxLength: 3 })
    .map((levels) => levels.map((level, i) => ({ ...level, after: `P${i + 1}D` }))),
});
const requests: fc.Arbitrary<EntryRequest> = fc
  .tuple(stage, id, fc.subarray(IDS), fc.array(who, { minLength: 1, maxLength: 2 }))
  .map(([one, owner, barred, fallback]) => ({
    policy: policyOf([one], { fallback }),
    stage: 0,
    owner,
    barred,
    at: AT,
  }));

const parts = ({ policy }: EntryRequest) => {
  const [one] = policy.stages;
  if (!one) throw new Error('there is a stage');
  return one;
};
const forAll = (check: (request: EntryRequest, directory: Directory) => void): void =>
  fc.assert(fc.property(requests, directories, check), { numRuns: 2_000 });

test('nobody is in two seats, of the stage and all its levels', () => {
  forAll((request, directory) => {
    const { approvers, levels } = enterStage(request, directory);
    const seatOf = new Map<string, Seat>();
    for (const { seats } of [approvers, ...levels.map((level) => level.approvers)]) {
      expect(new Set(seats.map((seat) => seat.for)).size).toBe(seats.length);
      for (const seat of seats) {
        expect(seat.holders[0]).toBe(seat.for);
        expect([1, 2]).toContain(seat.holders.length);
        for (const holder of seat.holders) {
          expect(seatOf.get(holder) ?? seat).toEqual(seat);
          seatOf.set(holder, seat);
        }
      }
    }
  });
});

test('who is barred or excluded holds no seat', () => {
  forAll((request, directory) => {
    const { excluded } = parts(request);
    const { approvers, levels } = enterStage(request, directory);
    const all = [approvers, ...levels.map((level) => level.approvers)];
    for (const holder of all.flatMap(({ seats }) => seats.flatMap(({ holders }) => holders))) {
      expect(request.barred).not.toContain(holder);
      expect(excluded).not.toContain(`user:${holder}`);
      if (holder === request.owner) expect(excluded).not.toContain('owner');
      for (const one of directory.person(holder)?.roles ?? [])
        expect(excluded).not.toContain(`role:${one}`);
    }
  });
});

test('somebody is always asked, and enough for a number', () => {
  forAll((request, directory) => {
    const { quorum, escalation } = parts(request);
    const { approvers, levels } = enterStage(request, directory);
    const { seats, groups } = approvers;
    expect(seats.length + groups.length).toBeGreaterThan(0);
    if (typeof quorum === 'number' && groups.length === 0)
      expect(seats.length).toBeGreaterThanOrEqual(quorum);
    expect(levels).toHaveLength(escalation.length);
    levels.forEach((level, i) => {
      if (escalation[i]?.mode !== 'reassign') return;
      const listed = level.approvers.seats.length + level.approvers.groups.length;
      expect(listed).toBeGreaterThan(0);
    });
  });
});

test('a level that adds lists nobody who was asked before', () => {
  forAll((request, directory) => {
    const { approvers, levels } = enterStage(request, directory);
    const before = new Set<string>();
    const note = (list: typeof approvers): void => {
      for (const one of [...list.groups, ...list.seats.flatMap(({ holders }) => holders)])
        before.add(one);
    };
    note(approvers);
    levels.forEach((level, i) => {
      const { seats, groups } = level.approvers;
      if (parts(request).escalation[i]?.mode === 'add')
        for (const one of [...groups, ...seats.flatMap(({ holders }) => holders)])
          expect(before).not.toContain(one);
      note(level.approvers);
    });
  });
});

test('a group is one whose people nobody knows, or the last resort', () => {
  forAll((request, directory) => {
    for (const group of enterStage(request, directory).approvers.groups) {
      if (group === 'anyone' || group === 'role:operator') continue;
      expect(directory.membersOf(group.slice('role:'.length))).toBeUndefined();
    }
  });
});

test('the same comes out again', () => {
  forAll((request, directory) => {
    expect(enterStage(request, directory)).toEqual(enterStage(request, directory));
  });
});
