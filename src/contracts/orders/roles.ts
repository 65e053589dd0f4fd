/** Roles of those who look after the shop. The role `operator` may do all of it, too. */

/** Changes products and their stock. */
export const STOCK_ROLE = 'stock';

/** Sees what customers are told. */
export const ORDERS_ROLE = 'orders';
