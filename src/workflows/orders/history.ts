/** How the history of an order tells what happened. Pure. */
import type { HistoryEntry } from '../../contracts/documents/events.ts';
import type { OrderEvent } from '../../contracts/orders/events.ts';

/** Of the content of an order there is one version only. */
const VERSION = 1;

/** The line that tells the event; undefined when another one says it already. */
export function tellOrder(event: OrderEvent): HistoryEntry | undefined {
  const told = tell(event);
  if (!told) return undefined;
  const { at, by, via } = event;
  const [command, reason] = told;
  const why = reason === undefined ? {} : { reason };
  return { version: VERSION, at, by, via, accepted: true, command, ...why };
}

function tell(
  event: OrderEvent,
): readonly [command: string, reason?: string | undefined] | undefined {
  switch (event.kind) {
    case 'placed':
      return ['place'];
    case 'approval-asked':
      return ['ask for approval', `Approval ${event.approval}.`];
    case 'approved':
      return ['approve'];
    // What comes of it has a line of its own.
    case 'step-begun':
      return undefined;
    case 'reserved':
      return ['CheckAndReserveInventory'];
    case 'back-ordered':
      return ['back-order', `Until ${event.until}.`];
    case 'proceeded':
      return ['proceed', PROCEEDED[event.why]];
    case 'paid':
      return ['ProcessPayment'];
    case 'shipped':
      return ['ScheduleShipping', `Tracking number ${event.trackingNumber}.`];
    case 'emailed':
      return ['EmailCustomer'];
    case 'step-refused':
      return [`${event.step} refused`, event.reason];
    case 'step-failed':
      return [`${event.step} failed`, event.reason];
    case 'given-up':
      return [event.as === 'cancelled' ? 'cancel' : 'give up', event.reason];
    case 'cancel-refused':
      return ['cancel refused', event.reason];
    case 'undone':
      return [`undo ${event.step}`];
    case 'undo-failed':
      return [`undo ${event.step} failed`, event.reason];
    case 'undo-retried':
      return ['retry the undo'];
    case 'settled':
      return ['settle', event.reason];
    case 'return-asked':
      return ['return', event.reason];
    case 'return-refused':
      return ['return refused', event.reason];
    case 'closed':
      return [event.state];
  }
}

const PROCEEDED = {
  asked: undefined,
  restocked: 'There is stock again.',
  deadline: 'For the last time.',
} as const;
