import { sql, type Kysely } from 'kysely';

/**
 * Lists, links, notifications and bulk actions.
 *
 * Ids and instants get the collation "C": lists are ordered by their bytes, on every server the same, so that whoever
 * merges them with another list can compare as they do.
 *
 * No row is rewritten, and what is new may be null: it takes no longer with many documents (the indexes apart), and a
 * worker of the version before can go on writing.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await archive(db);
  await events(db);
  await newTables(db);
}

async function archive(db: Kysely<unknown>): Promise<void> {
  await sql`drop index archive_newest`.execute(db);
  await sql`
    alter table archive
      alter column id type text collate "C",
      alter column created_at type text collate "C",
      alter column body drop not null,
      add column parent text,
      add column due_at text collate "C",
      add column fields text[] not null default '{}',
      add column words text,
      add column summary json,
      add column closed_by text,
      add column deleted_at text`.execute(db);
  await sql`
    create index archive_newest on archive (kind, created_at desc, id desc)
    where deleted_at is null`.execute(db);
  await sql`
    create index archive_of_owner on archive (owner, created_at desc, id desc)
    where deleted_at is null`.execute(db);
  await sql`create index archive_below on archive (parent) where parent is not null`.execute(db);
  await sql`create index archive_fields on archive using gin (fields)`.execute(db);
  await sql`
    create index archive_words on archive
    using gin (to_tsvector('simple', coalesce(words, '')))`.execute(db);
}

/**
 * Two columns that are null in older rows, whose events say it themselves: reading a page of a history must not parse
 * megabytes of what people wrote.
 */
async function events(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table document_events
      add column version integer,
      add column parts text[]`.execute(db);
}

async function newTables(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table document_links (
      child text collate "C" primary key,
      parent text not null
    )`.execute(db);
  await sql`create index document_links_of_parent on document_links (parent, child)`.execute(db);
  await sql`
    create table notifications (
      number bigint generated always as identity primary key,
      document_id text not null,
      sequence integer not null,
      occasion text not null,
      recipients text[] not null,
      section text,
      title text not null,
      type text not null,
      at text not null,
      unique (document_id, sequence, occasion)
    )`.execute(db);
  await sql`create index notifications_for on notifications using gin (recipients)`.execute(db);
  await sql`
    create table bulk_jobs (
      id text primary key,
      action text not null,
      by_user text not null,
      created_at text not null,
      request json not null
    )`.execute(db);
  await sql`
    create table bulk_outcomes (
      job text not null,
      document_id text not null,
      outcome text not null,
      primary key (job, document_id)
    )`.execute(db);
}
