/** Routes of what is sold. Each: a schema, one call, the reply. Everybody may read. */
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import {
  ProductBody,
  ProductList,
  ProductSchema,
  ProductSku,
  StockBody,
} from '../../contracts/orders/products.ts';
import type { Database } from '../../store/database.ts';
import {
  addStock,
  findProduct,
  listProducts,
  MOST_STOCK,
  putProduct,
} from '../../store/orders/products.ts';
import type { TypedApp } from '../app.ts';
import type { Cursors } from '../cursors.ts';
import { answered, problem, type Problem } from '../errors.ts';
import { idempotencyHeader, idempotencyOf } from '../idempotency.ts';
import { pageQuery, textCursors } from '../paging.ts';
import { problems } from '../problems.ts';
import { mayChangeProducts, type ProductPresenter } from './presenter.ts';

export interface ProductRoutes {
  readonly database: Database;
  readonly cursors: Cursors;
  readonly present: ProductPresenter;
  /**
   * Told of what there is more of now, for those who wait for it. When it fails, the change has been made all the same,
   * and the answer says so.
   */
  readonly onRestock?: (skus: readonly string[], signal: AbortSignal) => Promise<void>;
}

const tags = ['products'];

export function productRoutes(app: TypedApp, context: ProductRoutes): void {
  list(app, context);
  read(app, context);
  put(app, context);
  add(app, context);
}

const ListQuery = Type.Object(pageQuery, { additionalProperties: false });

function list(app: TypedApp, { database, cursors, present }: ProductRoutes): void {
  const schema = {
    tags,
    operationId: 'listProducts',
    summary: 'List what is sold, by sku',
    querystring: ListQuery,
    response: { 200: ProductList, ...problems(400, 403, 503) },
  };
  const at = textCursors(cursors, 'products');
  app.get('/products', { schema }, async ({ query, actor }) => {
    const { limit = 50, cursor } = query;
    const found = await answered(listProducts(database, { limit, ...at.open(cursor) }));
    const products = found.products.map((one) => present.product(one, actor));
    const { places } = present;
    const page = (from?: string) => ({ href: places.products({ limit, cursor: from }) });
    const next = found.next === undefined ? {} : { next: page(at.seal(found.next)) };
    const _links = { self: page(cursor), ...next, home: { href: places.base } };
    const _templates = present.listTemplates(actor);
    return { count: products.length, _embedded: { products }, _links, _templates };
  });
}

function read(app: TypedApp, { database, present }: ProductRoutes): void {
  const schema = {
    tags,
    operationId: 'readProduct',
    summary: 'Read a product',
    params: ProductSku,
    response: { 200: ProductSchema, ...problems(400, 403, 404, 503) },
  };
  app.get('/products/:sku', { schema }, async ({ params, actor }) => {
    const found = await answered(findProduct(database, params.sku));
    if (!found) throw noProduct(params.sku);
    return present.product(found, actor);
  });
}

function put(app: TypedApp, context: ProductRoutes): void {
  const { database, present } = context;
  const schema = {
    tags,
    operationId: 'putProduct',
    summary: 'Sell something, or set name, price and stock of what is sold; for the role stock',
    body: ProductBody,
    response: {
      201: ProductSchema,
      200: { ...ProductSchema, description: 'There was a product with this sku.' },
      ...problems(400, 403, 413, 415, 503),
    },
  };
  app.post('/products', { schema }, async (request, reply) => {
    checkRole(request);
    const { body, actor } = request;
    const isNew = await answered(putProduct(database, body, new Date().toISOString()));
    if (body.stock > 0) await restocked(context, body.sku, request);
    return reply
      .code(isNew ? 201 : 200)
      .header('location', present.places.product(body.sku))
      .send(present.product(body, actor));
  });
}

function add(app: TypedApp, context: ProductRoutes): void {
  const { database, present } = context;
  const schema = {
    tags,
    operationId: 'addStock',
    summary: 'Add pieces to the stock, or take some away; for the role stock',
    description: 'Each time anew, unless it comes with an Idempotency-Key.',
    params: ProductSku,
    headers: Type.Object(idempotencyHeader),
    body: StockBody,
    response: { 200: ProductSchema, ...problems(400, 403, 404, 413, 415, 422, 503) },
  };
  app.post('/products/:sku/stock', { schema }, async (request) => {
    checkRole(request);
    const { params, body, actor } = request;
    const { sku } = params;
    const once = idempotencyOf(request);
    const addition = { sku, add: body.add, ...(once ? { once } : {}) };
    const product = await answered(addStock(database, addition, new Date().toISOString()));
    if (product === 'no-product') throw noProduct(sku);
    if (product === 'reused')
      throw problem('idempotency-key-reused', 'Another addition came with this Idempotency-Key.');
    if (product === 'impossible') {
      const detail = `There would be fewer than 0 or more than ${MOST_STOCK} pieces.`;
      throw problem('invalid-data', detail, { errors: [{ pointer: '/add', detail }] });
    }
    if (body.add > 0) await restocked(context, sku, request);
    return present.product(product, actor);
  });
}

async function restocked(
  { onRestock }: ProductRoutes,
  sku: string,
  { log, signal }: FastifyRequest,
): Promise<void> {
  try {
    await onRestock?.([sku], signal);
  } catch (error) {
    log.warn({ sku, cause: String(error) }, 'orders that wait for stock were not told of it');
  }
}

function checkRole({ actor }: FastifyRequest): void {
  if (mayChangeProducts(actor)) return;
  throw problem('forbidden', 'Changing products is for the roles stock and operator.');
}

function noProduct(sku: string): Problem {
  return problem('not-found', `There is no product ${sku}.`);
}
