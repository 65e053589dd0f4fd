/** What customers were told: with SMTP_URL mailed, without it only here. */
import { Type } from 'typebox';
import { OPERATOR_ROLE } from '../../contracts/caller.ts';
import { CustomerMailList } from '../../contracts/orders/products.ts';
import { ORDERS_ROLE } from '../../contracts/orders/roles.ts';
import { orderTold } from '../../shared/order-told.ts';
import type { Database } from '../../store/database.ts';
import { listCustomerMails, type CustomerMail } from '../../store/orders/mails.ts';
import { hasRole } from '../../workflows/shared/people.ts';
import type { TypedApp } from '../app.ts';
import type { Places } from '../documents/resource.ts';
import { answered, problem } from '../errors.ts';
import { problems } from '../problems.ts';

export interface CustomerMailRoutes {
  readonly database: Database;
  readonly places: Places;
}

export function customerMailRoutes(app: TypedApp, { database, places }: CustomerMailRoutes): void {
  const schema = {
    tags: ['orders'],
    operationId: 'listCustomerMails',
    summary: 'What customers were told, newest first; for the role orders',
    querystring: Type.Object(
      {
        limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50 })),
        before: Type.Optional(
          Type.Integer({
            minimum: 1,
            maximum: Number.MAX_SAFE_INTEGER,
            description: 'From `_links.next`.',
          }),
        ),
      },
      { additionalProperties: false },
    ),
    response: { 200: CustomerMailList, ...problems(400, 403, 503) },
  };
  app.get('/customer-mails', { schema }, async ({ actor, query }) => {
    if (!hasRole(actor, ORDERS_ROLE) && !hasRole(actor, OPERATOR_ROLE))
      throw problem('forbidden', 'What customers are told is for the roles orders and operator.');
    const { limit = 50, before } = query;
    const page = before === undefined ? { limit } : { limit, before };
    const found = await answered(listCustomerMails(database, page));
    const mails = found.mails.map((one) => rowOf(one, places));
    const at = (from?: number) => ({ href: places.customerMails({ limit, before: from }) });
    const next = found.next === undefined ? {} : { next: at(found.next) };
    const _links = { self: at(before), ...next, home: { href: places.base } };
    return { count: mails.length, _embedded: { mails }, _links };
  });
}

function rowOf({ number: id, about, ...rest }: CustomerMail, places: Places) {
  const { orderId: order, customer } = about;
  const { subject, text } = orderTold(about);
  const to = { name: customer.name, email: customer.email };
  return {
    id,
    order,
    to,
    subject,
    text,
    ...rest,
    _links: { order: { href: places.order(order) } },
  };
}
