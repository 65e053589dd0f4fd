/** What is sold. */
import { sql } from 'kysely';
import type { Database } from '../database.ts';
import { plainText } from '../text.ts';
import { addOnce, type Once } from './once.ts';
import type { Minor } from './schema.ts';

export interface Product {
  readonly sku: string;
  readonly name: string;
  /** Of one piece, in whole minor units. */
  readonly priceMinor: number;
  /** What can be sold: without what is reserved. */
  readonly stock: number;
}

interface Row {
  readonly sku: string;
  readonly name: string;
  readonly price_minor: Minor;
  readonly stock: number;
}

/** Makes the product, or sets name, price and stock of the one with this sku. @returns whether it is new */
export async function putProduct(
  db: Database,
  { sku, name, priceMinor, stock }: Product,
  at: string,
): Promise<boolean> {
  const { rows } = await sql<{ created: boolean }>`
    insert into products (sku, name, price_minor, stock, created_at, updated_at)
    values (${sku}, ${plainText(name)}, ${priceMinor}, ${stock}, ${at}, ${at})
    on conflict (sku) do update set name = excluded.name, price_minor = excluded.price_minor,
      stock = excluded.stock, updated_at = excluded.updated_at
    returning xmax = 0 as created`.execute(db);
  return rows[0]?.created === true;
}

/** Most pieces of one product. */
export const MOST_STOCK = 1_000_000_000;

/** Why nothing was added. `reused`: the key came with something else before. */
export type NotAdded = 'no-product' | 'impossible' | 'reused';

/**
 * Adds so many pieces, or takes them away; `once`: unless that was done before under this key.
 * @returns the product as it is then; `impossible` when fewer than none or more than {@link MOST_STOCK} would be left
 */
export async function addStock(
  db: Database,
  { sku, add, once }: { readonly sku: string; readonly add: number; readonly once?: Once },
  at: string,
): Promise<Product | NotAdded> {
  const added = await addOnce<Product>(
    db,
    { table: 'stock_additions', once, at },
    {
      add: async (tx) => {
        const { rows } = await sql<Row>`
          update products set stock = stock + ${add}::integer, updated_at = ${at}
          where sku = ${sku} and stock + ${add}::bigint between 0 and ${MOST_STOCK}
          returning sku, name, price_minor, stock`.execute(tx);
        return rows[0] && productOf(rows[0]);
      },
      found: (tx) => findProduct(tx, sku),
    },
  );
  return added ?? ((await findProduct(db, sku)) ? 'impossible' : 'no-product');
}

export async function findProduct(db: Database, sku: string): Promise<Product | undefined> {
  const [product] = await findProducts(db, [sku]);
  return product;
}

/** Those of these that there are, by their sku. */
export async function findProducts(db: Database, skus: readonly string[]): Promise<Product[]> {
  if (skus.length === 0) return [];
  const rows = await db
    .selectFrom('products')
    .select(['sku', 'name', 'price_minor', 'stock'])
    .where('sku', 'in', skus)
    .orderBy('sku')
    .execute();
  return rows.map(productOf);
}

/** By their sku, at most `limit`, those after `after`. `next` is the `after` of the following page. */
export async function listProducts(
  db: Database,
  { limit, after }: { readonly limit: number; readonly after?: string },
): Promise<{ readonly products: readonly Product[]; readonly next?: string }> {
  const rows = await db
    .selectFrom('products')
    .select(['sku', 'name', 'price_minor', 'stock'])
    .$if(after !== undefined, (query) => query.where('sku', '>', after ?? ''))
    .orderBy('sku')
    .limit(limit + 1)
    .execute();
  const products = rows.slice(0, limit).map(productOf);
  const last = rows.length > limit ? products.at(-1) : undefined;
  return { products, ...(last === undefined ? {} : { next: last.sku }) };
}

function productOf({ sku, name, price_minor: price, stock }: Row): Product {
  return { sku, name, priceMinor: Number(price), stock };
}
