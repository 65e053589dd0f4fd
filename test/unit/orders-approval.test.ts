/** How an order takes what comes of its approval, in whatever order the news comes. */
import { describe, expect, test } from 'vitest';
import { APPROVAL_STATES, isOpenApproval } from '../../src/contracts/approvals/types.ts';
import { hearOrder, type OrderNotice } from '../../src/workflows/orders/decide.ts';
import { nextMove } from '../../src/workflows/orders/moves.ts';
import { decidePlace } from '../../src/workflows/orders/request.ts';
import { evolveOrder, orderOf, type OrderState } from '../../src/workflows/orders/state.ts';
import { TERMS } from '../support/saga.ts';

const CALL = {
  actor: { id: 'ada', roles: [], operator: false },
  at: '2026-01-01T00:00:00.000Z',
  via: 'system',
} as const;
const customer = { name: 'Ada', email: 'ada@example.org', address: 'Main Street' };
const lines = [{ sku: 'a', quantity: 1, name: 'A', priceMinor: 700 }];
const terms = { ...TERMS, approvalAboveMinor: 100 };
const large = orderOf(
  'o1',
  decidePlace(
    { customer, lines, payment: { token: 'tok' } },
    { quote: { lines, totalMinor: 700, terms } },
    CALL,
  ),
);
const ASKED: OrderNotice = { kind: 'approval-asked', approval: 'order-o1' };
const decided = (state: (typeof APPROVAL_STATES)[number], reason = 'So.'): OrderNotice => ({
  kind: 'decided',
  approval: 'order-o1',
  state,
  reason,
});
const after = (...notices: OrderNotice[]): OrderState =>
  notices.reduce(
    (order, notice) => hearOrder(order, notice, CALL).reduce(evolveOrder, order),
    large,
  );

/** How it ends, or what is to be done next. */
const comesTo = ({ approval, ending, ...rest }: OrderState): unknown =>
  ending ?? [approval, nextMove({ approval, ...rest } as OrderState)];

test('it is asked for first, and waited for', () => {
  expect(nextMove(large)).toEqual({ kind: 'ask' });
  expect(nextMove(after(ASKED))).toEqual({ kind: 'wait' });
});

describe.each(APPROVAL_STATES.filter((state) => !isOpenApproval(state)))('%s', (state) => {
  const ENDS: Partial<Record<typeof state, unknown>> = {
    approved: [
      { id: 'order-o1', approved: true },
      { kind: 'step', step: 'CheckAndReserveInventory' },
    ],
    failed: { as: 'failed', reason: 'The approval has failed. So.' },
  };
  const end = ENDS[state] ?? { as: 'cancelled', reason: `The approval is ${state}. So.` };

  test('counts once, when it is known that it was asked for', () => {
    for (const notices of [
      [ASKED, decided(state)],
      // What comes before is kept, and heard again.
      [decided(state), ASKED, decided(state)],
      [ASKED, decided(state), decided('rejected', 'Late.'), decided('approved', 'Late.')],
    ]) {
      const order = after(...notices);
      expect(comesTo(order)).toEqual(end);
      expect(order.approval?.id).toBe('order-o1');
      const told = order.history.filter(({ command }) => command === 'ask for approval');
      expect(told).toHaveLength(1);
    }
  });
});

test('means nothing to an order that needs none', () => {
  const { approvalAboveMinor: _none, ...free } = terms;
  const small = { ...large, terms: free };
  for (const state of APPROVAL_STATES) expect(hearOrder(small, decided(state), CALL)).toEqual([]);
});
