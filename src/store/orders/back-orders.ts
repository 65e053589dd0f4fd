/** Which orders wait for stock. */
import { sql } from 'kysely';
import type { Database } from '../database.ts';

/** The workflows of orders that wait for any of these, at most `limit`, those that wait longest first. */
export async function waitingOrders(
  db: Database,
  skus: readonly string[],
  limit = 100,
): Promise<readonly string[]> {
  if (skus.length === 0) return [];
  const rows = await db
    .selectFrom('back_orders')
    .select('workflow_id')
    .where('sku', 'in', skus)
    .groupBy('workflow_id')
    .orderBy((of) => of.fn.min('since'))
    .orderBy('workflow_id')
    .limit(limit)
    .execute();
  return rows.map(({ workflow_id }) => workflow_id);
}

/** The workflows of orders that wait although all that they were short of is there, in the same order. */
export async function restockable(db: Database, limit = 100): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('back_orders as waiting')
    .leftJoin('products as product', 'product.sku', 'waiting.sku')
    .select('waiting.workflow_id as workflow_id')
    .groupBy('waiting.workflow_id')
    .having(sql<boolean>`bool_and(coalesce(product.stock, 0) >= waiting.wanted)`)
    .orderBy((of) => of.fn.min('waiting.since'))
    .orderBy('workflow_id')
    .limit(limit)
    .execute();
  return rows.map(({ workflow_id }) => workflow_id);
}
