/** Routes of coupons, for those who look after orders. Each: a schema, one call, the reply. */
import { Type } from 'typebox';
import {
  CouponBody,
  CouponCode,
  CouponList,
  CouponSchema,
} from '../../contracts/orders/coupons.ts';
import type { Database } from '../../store/database.ts';
import {
  findCoupon,
  issueCoupon,
  listCoupons,
  type Coupon,
  type IssuedCoupon,
} from '../../store/orders/coupons.ts';
import type { TypedApp } from '../app.ts';
import type { Cursors } from '../cursors.ts';
import { answered, problem, type Problem } from '../errors.ts';
import { pageQuery, textCursors } from '../paging.ts';
import { problems } from '../problems.ts';
import { staffOnly } from '../staff.ts';
import type { CouponPresenter } from './presenter.ts';

export interface CouponRoutes {
  readonly database: Database;
  readonly cursors: Cursors;
  readonly present: CouponPresenter;
}

export const tags = ['coupons'];
const COUPONS = 'Coupons are';

export function couponRoutes(app: TypedApp, context: CouponRoutes): void {
  list(app, context);
  read(app, context);
  issue(app, context);
}

function list(app: TypedApp, { database, cursors, present }: CouponRoutes): void {
  const schema = {
    tags,
    operationId: 'listCoupons',
    summary: 'List coupons, by code; for the role orders',
    querystring: Type.Object(pageQuery, { additionalProperties: false }),
    response: { 200: CouponList, ...problems(400, 403, 503) },
  };
  const at = textCursors(cursors, 'coupons');
  app.get('/coupons', { schema }, async ({ query, actor }) => {
    staffOnly(actor, COUPONS);
    const { limit = 50, cursor } = query;
    const found = await answered(listCoupons(database, { limit, ...at.open(cursor) }));
    const coupons = found.coupons.map((one) => present.coupon(one));
    const { places } = present;
    const page = (from?: string) => ({ href: places.coupons({ limit, cursor: from }) });
    const next = found.next === undefined ? {} : { next: page(at.seal(found.next)) };
    const _links = { self: page(cursor), ...next, home: { href: places.base } };
    const _templates = present.listTemplates();
    return { count: coupons.length, _embedded: { coupons }, _links, _templates };
  });
}

function read(app: TypedApp, { database, present }: CouponRoutes): void {
  const schema = {
    tags,
    operationId: 'readCoupon',
    summary: 'Read a coupon; for the role orders',
    params: CouponCode,
    response: { 200: CouponSchema, ...problems(400, 403, 404, 503) },
  };
  app.get('/coupons/:code', { schema }, async ({ params, actor }) => {
    staffOnly(actor, COUPONS);
    const found = await answered(findCoupon(database, params.code));
    if (!found) throw problem('not-found', `There is no coupon ${params.code}.`);
    return present.coupon(found);
  });
}

function issue(app: TypedApp, { database, present }: CouponRoutes): void {
  const schema = {
    tags,
    operationId: 'issueCoupon',
    summary: 'Hand out a coupon; for the role orders',
    description: 'It stays as it is: the same one again is answered, another one refused.',
    body: CouponBody,
    response: {
      201: CouponSchema,
      200: { ...CouponSchema, description: 'There was the same coupon.' },
      ...problems(400, 403, 409, 413, 415, 503),
    },
  };
  app.post('/coupons', { schema }, async ({ body, actor }, reply) => {
    staffOnly(actor, COUPONS);
    const coupon = couponOf(body);
    const isNew = await answered(issueCoupon(database, coupon));
    const found = await answered(findCoupon(database, coupon.code));
    if (!found || !isSame(coupon, found)) {
      const detail = `There is a coupon ${coupon.code} already, with other terms. Use a new code.`;
      throw problem('already-exists', detail);
    }
    return reply
      .code(isNew ? 201 : 200)
      .header('location', present.places.coupon(coupon.code))
      .send(present.coupon(found));
  });
}

function couponOf({ code, percent, amountMinor, limit, validUntil }: CouponBody): Coupon {
  const more = {
    ...(limit === undefined ? {} : { limit }),
    ...(validUntil === undefined ? {} : { validUntil: instantOf(validUntil) }),
  };
  if (percent !== undefined && amountMinor === undefined) return { code, percent, ...more };
  if (amountMinor !== undefined && percent === undefined) return { code, amountMinor, ...more };
  throw wrong('', 'must have percent or amountMinor, one of the two');
}

/** As all instants are kept, so that they compare as texts. */
function instantOf(text: string): string {
  const instant = new Date(text);
  // Years beyond 9999 are longer, and what fits the format need not be on any calendar.
  if (Number.isNaN(instant.getTime()) || instant.toISOString().length !== 24)
    throw wrong('/validUntil', 'must be an instant that there is, such as 2027-01-31T18:00:00Z');
  return instant.toISOString();
}

function wrong(pointer: string, detail: string): Problem {
  const errors = [{ pointer, detail }];
  return problem('invalid-request', 'The body does not have the right shape.', { errors });
}

function isSame(wanted: Coupon, { used: _used, ...found }: IssuedCoupon): boolean {
  const terms = (coupon: Coupon) => JSON.stringify(Object.entries(coupon).toSorted());
  return terms(wanted) === terms(found);
}
