import { sql, type Kysely } from 'kysely';

/**
 * Orders: what is sold and how much of it is there, what each step of an order has done, and the books of the built-in
 * payment provider and carrier.
 *
 * Each step of an order has one row, so that it is done once however often it is tried; and an undo leaves its mark in the
 * same row, or makes it, so that a step that comes too late finds it.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await stock(db);
  await payments(db);
  await shipments(db);
  await builtIn(db);
}

async function stock(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table products (
      sku text collate "C" primary key,
      name text not null,
      price_minor bigint not null check (price_minor >= 0),
      stock integer not null check (stock >= 0),
      created_at text not null,
      updated_at text not null
    )`.execute(db);
  await sql`
    create table stock_additions (
      key text primary key,
      fingerprint text not null,
      at text not null
    )`.execute(db);
  await sql`
    create table order_stock (
      order_id text collate "C" primary key,
      released_through integer not null
    )`.execute(db);
  await sql`
    create table reservation_steps (
      order_id text collate "C" not null,
      attempt integer not null,
      part integer not null,
      reserved boolean,
      short json,
      primary key (order_id, attempt, part)
    )`.execute(db);
  await sql`
    create table reservations (
      order_id text collate "C" not null,
      attempt integer not null,
      part integer not null,
      sku text collate "C" not null,
      quantity integer not null check (quantity > 0),
      status text not null,
      primary key (order_id, attempt, part, sku)
    )`.execute(db);
  await sql`
    create table back_orders (
      order_id text collate "C" not null,
      sku text collate "C" not null,
      wanted integer not null,
      workflow_id text not null,
      since text collate "C" not null,
      primary key (order_id, sku)
    )`.execute(db);
  await sql`create index back_orders_for on back_orders (sku, since)`.execute(db);
}

async function payments(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table payments (
      order_id text collate "C" primary key,
      status text not null,
      undone boolean not null default false,
      email text not null,
      currency text not null,
      total_minor bigint not null,
      discount_minor bigint not null,
      credit_minor bigint not null,
      card_minor bigint not null,
      coupon text,
      reference text,
      reason text,
      created_at text not null,
      updated_at text not null,
      check (discount_minor + credit_minor + card_minor = total_minor or status = 'declined')
    )`.execute(db);
  await sql`
    create table coupons (
      code text collate "C" primary key,
      percent integer check (percent between 1 and 100),
      amount_minor bigint check (amount_minor > 0),
      remaining integer check (remaining >= 0),
      valid_until text,
      check ((percent is null) <> (amount_minor is null))
    )`.execute(db);
  await sql`
    create table coupon_uses (
      order_id text collate "C" primary key,
      code text not null,
      discount_minor bigint not null,
      restored boolean not null default false
    )`.execute(db);
  await sql`
    create table credits (
      email text collate "C" primary key,
      balance_minor bigint not null check (balance_minor >= 0)
    )`.execute(db);
  await sql`
    create table credit_uses (
      order_id text collate "C" primary key,
      email text not null,
      amount_minor bigint not null,
      restored boolean not null default false
    )`.execute(db);
}

async function shipments(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table shipments (
      order_id text collate "C" primary key,
      status text not null,
      undone boolean not null default false,
      tracking_number text unique,
      carrier text,
      created_at text not null,
      updated_at text not null
    )`.execute(db);
  await sql`
    create table customer_mails (
      number bigint generated always as identity primary key,
      order_id text collate "C" not null unique,
      name text not null,
      address text not null,
      about json not null,
      at text not null,
      sent_at text,
      refused text
    )`.execute(db);
}

async function builtIn(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table dev_charges (
      key text collate "C" primary key,
      token text not null,
      currency text not null,
      amount_minor bigint not null,
      status text not null,
      reference text not null,
      captured_minor bigint not null default 0,
      refunded_minor bigint not null default 0,
      authorisations integer not null default 0,
      captures integer not null default 0,
      refunds integer not null default 0,
      check (captured_minor between 0 and amount_minor),
      check (refunded_minor between 0 and captured_minor)
    )`.execute(db);
  await sql`
    create table dev_parcels (
      key text collate "C" primary key,
      tracking_number text not null,
      address text not null,
      status text not null,
      bookings integer not null default 0,
      cancellations integer not null default 0
    )`.execute(db);
}
