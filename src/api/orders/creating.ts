/** How orders come into being over HTTP. */
import { createHash } from 'node:crypto';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { Result } from '../../contracts/failures.ts';
import { workflowIdOf } from '../../contracts/ids.ts';
import type { OrderEvent } from '../../contracts/orders/events.ts';
import type { OrderRequest, Quote } from '../../contracts/orders/types.ts';
import { orderHeadline, setOrderAttributes } from '../../workflows/orders/console.ts';
import {
  decidePlace,
  parseOrderRequest,
  type ResolvedOrder,
} from '../../workflows/orders/request.ts';
import { orderOf, type OrderState } from '../../workflows/orders/state.ts';
import { orderMemo } from '../../workflows/orders/view.ts';
import { callAtStart, newId } from '../created-before.ts';
import { orThrow, type Request } from '../documents/service.ts';
import { problem, type Problem } from '../errors.ts';
import type { Idempotency } from '../idempotency.ts';
import type { OrderReader } from './service.ts';

/** Prices, and the terms on which orders are taken. */
export type Quoting = (request: Pick<OrderRequest, 'lines' | 'coupon'>) => Promise<Result<Quote>>;

export interface CreatedOrder {
  /** As it was when it was placed. */
  readonly order: OrderState;
  /** True when the same order had been placed before. */
  readonly replayed: boolean;
}

export class OrderCreator {
  readonly #reader: OrderReader;
  readonly #quote: Quoting;

  constructor(reader: OrderReader, quote: Quoting) {
    this.#reader = reader;
    this.#quote = quote;
  }

  /**
   * Checks and prices it here, starts, and answers the order as it is then: needs no worker, and the workflow comes to the
   * same. The same id from the same caller is one order, for ever. Problems: those of `parseOrderRequest` and of quoting,
   * `already-exists` for somebody else's id, `idempotency-key-reused` for the id of another order.
   */
  async create(
    raw: unknown,
    caller: Request,
    { as = 'order', idempotency }: { as?: string; idempotency?: Idempotency | undefined } = {},
  ): Promise<CreatedOrder> {
    const request = orThrow(parseOrderRequest(raw));
    const id = request.orderId ?? newId(idempotency);
    const fingerprint = fingerprintOf(request);
    const archived = await this.#reader.archived(id);
    if (archived && 'order' in archived) return again(archived.order, fingerprint, caller);
    if (archived || (await this.#reader.wasUsed(id))) throw inUse(id);
    const quoted = await this.#quote(request);
    // The same order may have used up meanwhile what it was priced with.
    if (!quoted.ok && (await this.#reader.locator.find(id, caller.signal)))
      return this.#meanwhile(id, request, fingerprint, caller);
    const quote = orThrow(quoted);
    const resolved = { quote, at: new Date().toISOString(), fingerprint };
    const order = placed(id, request, resolved, caller);
    try {
      await this.#start(order, resolved, request, caller, as);
      return { order, replayed: false };
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      return this.#meanwhile(id, request, fingerprint, caller);
    }
  }

  async #start(
    order: OrderState,
    resolved: ResolvedOrder,
    request: OrderRequest,
    { context, signal }: Request,
    workflowType: string,
  ): Promise<void> {
    const { temporal } = this.#reader;
    await temporal.call({ caller: { ...context, resolved }, signal }, (client) =>
      client.workflow.start(workflowType, {
        workflowId: workflowIdOf('order', order.orderId),
        taskQueue: temporal.taskQueue,
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
        args: [request],
        memo: orderMemo(order),
        typedSearchAttributes: setOrderAttributes(order),
        staticSummary: orderHeadline(order),
        // It runs straight through, as a rule.
        requestEagerStart: temporal.startsEagerly,
      }),
    );
  }

  /** One that has the id and is not in the archive: what the gateway told its workflow then, which takes no worker. */
  async #meanwhile(
    id: string,
    request: OrderRequest,
    fingerprint: string,
    caller: Request,
  ): Promise<CreatedOrder> {
    const { locator, temporal } = this.#reader;
    const execution = await locator.find(id, caller.signal);
    const context = execution && (await callAtStart(temporal, execution, caller.signal));
    const resolved = context?.resolved as ResolvedOrder | undefined;
    if (!resolved || context?.user !== caller.actor.id) throw inUse(id);
    if (resolved.fingerprint !== fingerprint) throw another(id);
    return { order: placed(id, request, resolved, caller), replayed: true };
  }
}

/** The finished order that has the id, as it was placed, when it is the same one. */
function again(order: OrderState, fingerprint: string, { actor }: Request): CreatedOrder {
  const { orderId, owner, createdAt: at } = order;
  if (owner !== actor.id) throw inUse(orderId);
  if (order.fingerprint !== fingerprint) throw another(orderId);
  const event = { ...order, kind: 'placed', token: '', sequence: 1, at, by: owner, via: 'http' };
  return { order: orderOf(orderId, [event as OrderEvent]), replayed: true };
}

function placed(
  id: string,
  request: OrderRequest,
  resolved: ResolvedOrder,
  { actor, context }: Request,
): OrderState {
  const call = { actor, at: resolved.at, via: context.via };
  return orderOf(id, decidePlace(request, resolved, call));
}

/** Of what is ordered; neither the card's token nor anything else can be read from it. */
function fingerprintOf({ customer, lines, payment, coupon }: OrderRequest): string {
  const { name, email, address } = customer;
  const pieces = lines.map(({ sku, quantity }) => [sku, quantity]);
  const all = [name, email, address, pieces, payment.token, coupon ?? null];
  return createHash('sha256').update(JSON.stringify(all)).digest('hex');
}

function inUse(id: string): Problem {
  return problem('already-exists', `The order id ${id} is or was in use.`);
}

function another(id: string): Problem {
  const detail = `The order ${id} was placed before, and was another one. Use a new orderId for a new order.`;
  return problem('idempotency-key-reused', detail);
}
