/** The steps of an order and their undos, under the names of the article. Each may run twice, and also after its undo. */
import { Context } from '@temporalio/activity';
import { refuse, type Result } from '../contracts/failures.ts';
import type {
  PayAnswer,
  PayStep,
  ReleaseStep,
  ReserveAnswer,
  ReserveStep,
  ShipAnswer,
  ShipStep,
  TellStep,
  UndoStep,
} from '../contracts/orders/steps.ts';
import type { OrderTerms, Quote } from '../contracts/orders/types.ts';
import type { Providers } from '../providers/index.ts';
import { unarchived } from '../store/archive.ts';
import { wakeBackOrders } from '../temporal/back-orders.ts';
import { claimOrderId } from '../store/orders/ids.ts';
import { quoteOrder, type Wanted } from '../store/orders/quoting.ts';
import { release, reserve, takeBack } from '../store/orders/stock.ts';
import { tellCustomer, type TellingDeps } from './notifications.ts';
import { undone } from './orders/failing.ts';
import { alive } from './orders/heartbeat.ts';
import { pay, refund } from './orders/paying.ts';
import { cancelShipment, ship } from './orders/sending.ts';

/** What orders take beside what telling their customers does. */
export interface OrderParts {
  readonly terms: OrderTerms;
  readonly providers: Providers;
}

export interface OrderActivityDeps extends TellingDeps {
  readonly orders: OrderParts;
}

function ownWorkflow(): string {
  return Context.current().info.workflowExecution?.workflowId ?? '';
}

export function createOrderActivities(deps: OrderActivityDeps) {
  const { database, orders } = deps;
  const { payment, shipping } = orders.providers;
  const charges = { database, payment };
  const parcels = { database, shipping };
  return {
    /**
     * What an order that was not placed through the gateway costs, and on which terms, now; its id belongs to this
     * workflow from then on. Refusals are values: `invalid-data`, and `already-exists` when another order has the id.
     */
    async quoteOrder({ orderId, ...wanted }: Wanted & { orderId: string }): Promise<Result<Quote>> {
      const inUse = refuse('already-exists', `The order id ${orderId} is or was in use.`);
      if ((await unarchived(database, [orderId], 'order')).length === 0) return inUse;
      const quote = await quoteOrder(database, wanted, orders.terms, new Date().toISOString());
      if (!quote.ok) return quote;
      return (await claimOrderId(database, orderId, ownWorkflow())) ? quote : inUse;
    },

    /** All of the lines, or none; what was short is waited for from then on. @throws `order-undone` */
    async CheckAndReserveInventory(step: ReserveStep): Promise<ReserveAnswer> {
      const waiting = { workflowId: ownWorkflow(), at: new Date().toISOString() };
      const answer = await reserve(database, step, waiting);
      if (answer === 'undone') throw undone(step.orderId, 'reservation');
      return answer;
    },

    /** Coupon, store credit, card. @throws `order-undone`, `provider-unavailable`, `provider-misconfigured` */
    async ProcessPayment(step: PayStep): Promise<PayAnswer> {
      return alive((signal) => pay(charges, step, signal));
    },

    /** @throws `order-undone`, `carrier-refused`, `provider-unavailable`, `provider-misconfigured` */
    async ScheduleShipping(step: ShipStep): Promise<ShipAnswer> {
      return alive((signal) => ship(parcels, step, signal));
    },

    /** See {@link tellCustomer}. */
    async EmailCustomer(step: TellStep): Promise<string> {
      return tellCustomer(deps, step);
    },

    /** Returns of what there is more now, for those who wait for it. */
    async ReleaseInventory({ orderId, attempt }: ReleaseStep): Promise<readonly string[]> {
      const freed = await release(database, orderId, attempt);
      if (freed.length > 0) await wakeBackOrders(deps);
      return freed;
    },

    /** Goods of a shipped order came back. Returns of what there is more now. */
    async ReturnInventory({ orderId }: UndoStep): Promise<readonly string[]> {
      const back = await takeBack(database, orderId);
      if (back.length > 0) await wakeBackOrders(deps);
      return back;
    },

    /** @throws `provider-unavailable`, `provider-misconfigured`; neither is for good */
    async RefundPayment(step: UndoStep): Promise<void> {
      await alive((signal) => refund(charges, step, signal));
    },

    /** @throws `carrier-refused` when it is too late, `provider-unavailable`, `provider-misconfigured` */
    async CancelShipping(step: UndoStep): Promise<void> {
      await alive((signal) => cancelShipment(parcels, step, signal));
    },
  };
}
