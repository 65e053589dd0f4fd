/** Orders as HAL resources: the view, with links to where one can go and templates for what this caller can do now. */
import type { Actor } from '../../contracts/caller.ts';
import type { Link, Template } from '../../contracts/documents/schemas.ts';
import { ORDER_COMMANDS, type OrderCommandKind } from '../../contracts/orders/commands.ts';
import type { OrderResource, OrderRow } from '../../contracts/orders/schemas.ts';
import type { OrderResult } from '../../workflows/orders/messages.ts';
import { allowedTo } from '../../workflows/orders/rights.ts';
import type { OrderState } from '../../workflows/orders/state.ts';
import { orderView, type OrderSummary, type OrderView } from '../../workflows/orders/view.ts';
import { fieldsOf, type Places } from '../documents/resource.ts';
import type { FoundOrder } from './service.ts';

export class OrderPresenter {
  readonly places: Places;

  constructor(places: Places) {
    this.places = places;
  }

  /** An order that was read. */
  found(found: FoundOrder, actor: Actor): OrderResource {
    if ('order' in found) return this.order(found.order, actor);
    return { ...this.row(found.summary), _templates: {} };
  }

  /** One that is known in full. */
  order(order: OrderState, actor: Actor): OrderResource {
    return this.#resource(orderView(order), allowedTo(order, actor, new Date().toISOString()));
  }

  /** The order as an accepted command left it; undefined when it was too large for the command's result. */
  result({ order, allowed = [] }: OrderResult): OrderResource | undefined {
    return order && this.#resource(order, allowed);
  }

  row(summary: OrderSummary): OrderRow {
    return { ...summary, _links: this.#links(summary) };
  }

  #resource(view: OrderView, allowed: readonly OrderCommandKind[]): OrderResource {
    const templates = allowed.map((kind) => [kind, this.#template(view.orderId, kind)]);
    const { lines, steps, short } = view;
    return {
      ...view,
      lines: [...lines],
      steps: [...steps],
      ...(short ? { short: [...short] } : {}),
      _links: this.#links(view),
      _templates: Object.fromEntries(templates),
    } as OrderResource;
  }

  #links({ orderId, approval }: OrderSummary): Record<string, Link> {
    const { places } = this;
    return {
      self: { href: places.order(orderId) },
      status: { href: places.order(orderId, '/status') },
      history: { href: places.order(orderId, '/history') },
      events: { href: places.order(orderId, '/events/{name}'), templated: true },
      stream: { href: places.order(orderId, '/stream') },
      ...(approval === undefined ? {} : { approval: { href: places.approval(approval) } }),
      collection: { href: places.orders() },
      home: { href: places.base },
    };
  }

  #template(id: string, kind: OrderCommandKind): Template {
    const { properties, required } = ORDER_COMMANDS[kind];
    return {
      title: kind,
      method: 'POST',
      target: this.places.order(id, `/${kind}`),
      contentType: 'application/json',
      properties: fieldsOf({ properties, required: [...required] }),
    };
  }
}
