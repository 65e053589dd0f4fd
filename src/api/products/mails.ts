/** What customers were told: with SMTP_URL mailed, without it only here. */
import { CustomerMailList } from '../../contracts/orders/products.ts';
import { orderTold } from '../../shared/order-told.ts';
import type { Database } from '../../store/database.ts';
import { listCustomerMails, type CustomerMail } from '../../store/orders/mails.ts';
import type { TypedApp } from '../app.ts';
import type { Places } from '../documents/resource.ts';
import { answered } from '../errors.ts';
import { NewestFirstQuery } from '../paging.ts';
import { problems } from '../problems.ts';
import { staffOnly } from '../staff.ts';

export interface CustomerMailRoutes {
  readonly database: Database;
  readonly places: Places;
}

export function customerMailRoutes(app: TypedApp, { database, places }: CustomerMailRoutes): void {
  const schema = {
    tags: ['orders'],
    operationId: 'listCustomerMails',
    summary: 'What customers were told, newest first; for the role orders',
    querystring: NewestFirstQuery,
    response: { 200: CustomerMailList, ...problems(400, 403, 503) },
  };
  app.get('/customer-mails', { schema }, async ({ actor, query }) => {
    staffOnly(actor, 'What customers are told is');
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
