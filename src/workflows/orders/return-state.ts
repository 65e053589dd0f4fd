/** How the return of an order stands, and how events change that. Pure. */
import type { OrderEvent, StepName } from '../../contracts/orders/events.ts';

/** `asked`: somebody has to decide on it. `granted`: the money is on its way back. */
export type ReturnStatus = 'asked' | 'granted' | 'refused';

export interface OrderReturn {
  readonly state: ReturnStatus;
  /** Why the customer wants it. */
  readonly reason: string;
  readonly askedAt: string;
  readonly askedBy: string;
  /** The id of the approval that decides on it. */
  readonly approval?: string;
  /** Why it was refused. */
  readonly refusal?: string;
}

interface Returnable {
  readonly return?: OrderReturn;
}

/** Whether somebody still has to do something about it. */
export function isReturning({ return: it }: Returnable): boolean {
  return it !== undefined && it.state !== 'refused';
}

/** What is undone of an order that came back, in this order: the parcel has been on its way. */
export const RETURNED = [
  'ProcessPayment',
  'CheckAndReserveInventory',
] as const satisfies StepName[];

export type Returning = Extract<
  OrderEvent,
  { kind: 'return-asked' | 'return-refused' | 'approval-asked' | 'approved' }
>;

/** The return after the event; those of the approval are about the return where there is one. */
export function afterReturn(
  it: OrderReturn | undefined,
  event: Returning,
): { readonly return?: OrderReturn } {
  if (event.kind === 'return-asked') {
    const { reason, at: askedAt, by: askedBy } = event;
    return { return: { state: 'asked', reason, askedAt, askedBy } };
  }
  if (!it) return {};
  switch (event.kind) {
    case 'approval-asked':
      return { return: { ...it, approval: event.approval } };
    case 'approved':
      return { return: { ...it, state: 'granted' } };
    case 'return-refused':
      return { return: { ...it, state: 'refused', refusal: event.reason } };
  }
}
