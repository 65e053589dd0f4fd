/** The tables of orders, as the query builder types them. */
import type { Generated } from 'kysely';
import type { MailTopic, Shortage, TellStep } from '../../contracts/orders/steps.ts';
import type { Instant, JsonText, OptionalJsonText } from '../schema.ts';

/** Whole minor units; read as text by one driver and as a number by the other. */
export type Minor = number | string;

export interface OrderSchema {
  products: {
    sku: string;
    name: string;
    price_minor: Minor;
    /** What can be sold: without what is reserved. */
    stock: number;
    created_at: Instant;
    updated_at: Instant;
  };
  /** Additions to the stock that came with an Idempotency-Key. */
  stock_additions: {
    key: string;
    fingerprint: string;
    at: Instant;
  };
  /** The same of store credit. */
  credit_additions: {
    key: string;
    fingerprint: string;
    at: Instant;
  };
  /** Whoever reserves or releases for an order holds its row: steps and undos of one order come one after the other. */
  order_stock: {
    order_id: string;
    /** Attempts up to this one are released for good. */
    released_through: number;
  };
  /** The answer of each step, so that a repeated one gives it again. */
  reservation_steps: {
    order_id: string;
    attempt: number;
    part: number;
    /** Null only while the step runs. */
    reserved: boolean | null;
    short: OptionalJsonText<readonly Shortage[]>;
  };
  reservations: {
    order_id: string;
    attempt: number;
    part: number;
    sku: string;
    quantity: number;
    status: 'held' | 'released' | 'shipped' | 'returned';
  };
  /** Which orders wait for what. */
  back_orders: {
    order_id: string;
    sku: string;
    wanted: number;
    workflow_id: string;
    /** Since the first attempt that was short of it. */
    since: Instant;
  };
  payments: {
    order_id: string;
    status: 'pending' | 'captured' | 'declined' | 'refunding' | 'refunded';
    /** It was undone, done or not: nothing may be charged any more. */
    undone: Generated<boolean>;
    email: string;
    currency: string;
    total_minor: Minor;
    discount_minor: Minor;
    credit_minor: Minor;
    card_minor: Minor;
    coupon: string | null;
    /** The provider's. */
    reference: string | null;
    /** Why it was declined. */
    reason: string | null;
    created_at: Instant;
    updated_at: Instant;
  };
  /** Either so many per cent, or an amount. */
  coupons: {
    code: string;
    percent: number | null;
    amount_minor: Minor | null;
    /** How many orders may still use it; null: any number. */
    remaining: number | null;
    /** Null: for ever. */
    valid_until: Instant | null;
  };
  coupon_uses: {
    order_id: string;
    code: string;
    discount_minor: Minor;
    restored: Generated<boolean>;
  };
  /** Store credit, by the address in small letters. */
  credits: {
    email: string;
    balance_minor: Minor;
  };
  credit_uses: {
    order_id: string;
    email: string;
    amount_minor: Minor;
    restored: Generated<boolean>;
  };
  shipments: {
    order_id: string;
    status: 'pending' | 'scheduled' | 'cancelling' | 'cancelled';
    /** It was undone, done or not: nothing may be booked any more. */
    undone: Generated<boolean>;
    tracking_number: string | null;
    carrier: string | null;
    created_at: Instant;
    updated_at: Instant;
  };
  /** What customers were told. Personal data. */
  customer_mails: {
    number: Generated<number | string>;
    order_id: string;
    topic: MailTopic;
    name: string;
    address: string;
    about: JsonText<TellStep>;
    at: Instant;
    /** When the mail server had taken it; null before that, and without one. */
    sent_at: Instant | null;
    /** Why it will never be sent; null otherwise. */
    refused: string | null;
  };
  /** The book of the built-in payment provider: what it did, whatever we know of it. */
  dev_charges: {
    key: string;
    token: string;
    currency: string;
    amount_minor: Minor;
    status: 'new' | 'authorised' | 'captured' | 'declined' | 'voided' | 'refunded';
    reference: string;
    captured_minor: Generated<Minor>;
    refunded_minor: Generated<Minor>;
    /** How often it was asked. */
    authorisations: Generated<number>;
    captures: Generated<number>;
    refunds: Generated<number>;
  };
  /** The book of the built-in carrier. */
  dev_parcels: {
    key: string;
    tracking_number: string;
    address: string;
    status: 'new' | 'booked' | 'refused' | 'cancelled';
    bookings: Generated<number>;
    cancellations: Generated<number>;
  };
}
