/** To which workflow an order id belongs. */
import { sql } from 'kysely';
import type { Database } from '../database.ts';
import { plainText } from '../text.ts';

/**
 * Takes the id for the workflow, for ever: `order:X` and a workflow that somebody has called `X` both mean the order `X`.
 * @returns false when it is another one's
 */
export async function claimOrderId(
  db: Database,
  orderId: string,
  workflowId: string,
): Promise<boolean> {
  const owner = plainText(workflowId);
  const { rows } = await sql<{ workflow_id: string }>`
    insert into order_ids (order_id, workflow_id) values (${orderId}, ${owner})
    on conflict (order_id) do update set order_id = excluded.order_id
    returning workflow_id`.execute(db);
  return rows[0]?.workflow_id === owner;
}
