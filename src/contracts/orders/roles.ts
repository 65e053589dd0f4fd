/** Roles of those who look after the shop. The role `operator` may do all of it, too. */

/** Changes products and their stock. */
export const STOCK_ROLE = 'stock';

/** Looks after the orders of others: sees them, what their customers are told, and puts right what went wrong. */
export const ORDERS_ROLE = 'orders';
