/** Routes of store credit, for those who look after orders. */
import { Type } from 'typebox';
import { CreditBody, CreditOwner, CreditSchema } from '../../contracts/orders/coupons.ts';
import { creditOf, giveCredit, MOST_CREDIT } from '../../store/orders/coupons.ts';
import type { TypedApp } from '../app.ts';
import { answered, problem } from '../errors.ts';
import { idempotencyHeader, idempotencyOf } from '../idempotency.ts';
import { problems } from '../problems.ts';
import { staffOnly } from '../staff.ts';
import { tags, type CouponRoutes } from './routes.ts';

const CREDIT = 'Store credit is';

export function creditRoutes(app: TypedApp, context: CouponRoutes): void {
  read(app, context);
  give(app, context);
}

function read(app: TypedApp, { database, present }: CouponRoutes): void {
  const schema = {
    tags,
    operationId: 'readCredit',
    summary: 'What the owner of a mail address has to spend; for the role orders',
    params: CreditOwner,
    response: { 200: CreditSchema, ...problems(400, 403, 503) },
  };
  app.get('/credit/:email', { schema }, async ({ params, actor }) => {
    staffOnly(actor, CREDIT);
    return present.credit(await answered(creditOf(database, params.email)));
  });
}

function give(app: TypedApp, { database, present }: CouponRoutes): void {
  const schema = {
    tags,
    operationId: 'giveCredit',
    summary: 'Give store credit, or take some away; for the role orders',
    description: 'Each time anew, unless it comes with an Idempotency-Key.',
    params: CreditOwner,
    headers: Type.Object(idempotencyHeader),
    body: CreditBody,
    response: { 200: CreditSchema, ...problems(400, 403, 413, 415, 422, 503) },
  };
  app.post('/credit/:email', { schema }, async (request) => {
    staffOnly(request.actor, CREDIT);
    const given = { ...request.params, ...request.body, once: idempotencyOf(request) };
    const credit = await answered(giveCredit(database, given, new Date().toISOString()));
    if (credit === 'reused')
      throw problem('idempotency-key-reused', 'Another amount came with this Idempotency-Key.');
    if (credit === 'impossible') {
      const detail = `There would be less than 0 or more than ${MOST_CREDIT}.`;
      throw problem('invalid-data', detail, { errors: [{ pointer: '/addMinor', detail }] });
    }
    return present.credit(credit);
  });
}
