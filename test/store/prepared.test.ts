/** Statements of the embedded database are prepared once; nobody must notice. */
import { sql } from 'kysely';
import { expect, onTestFinished, test } from 'vitest';
import { openEmpty } from '../support/database.ts';

async function open() {
  const opened = await openEmpty();
  onTestFinished(() => opened.close());
  return opened.db;
}

test('a table that is altered shows its new columns to a statement that was prepared before', async () => {
  const db = await open();
  await sql`create table things (a integer)`.execute(db);
  const all = () => sql`select * from things`.execute(db).then(({ rows }) => rows);
  await sql`insert into things (a) values (${1})`.execute(db);
  expect(await all()).toEqual([{ a: 1 }]);
  await sql`alter table things add column b text default ${sql.lit('x')}`.execute(db);
  expect(await all()).toEqual([{ a: 1, b: 'x' }]);
  await sql`drop table things`.execute(db);
  await expect(all()).rejects.toMatchObject({ code: '42P01' });
});

test('a statement that fails, or is none, leaves the others as they are', async () => {
  const db = await open();
  await sql`create table things (a integer unique)`.execute(db);
  const insert = (a: unknown) => sql`insert into things (a) values (${a})`.execute(db);
  await insert(1);
  await expect(insert(1)).rejects.toMatchObject({ code: '23505' });
  await expect(insert('one')).rejects.toMatchObject({ code: '22P02' });
  await expect(sql`no statement`.execute(db)).rejects.toMatchObject({ code: '42601' });
  await expect(
    db.transaction().execute(async (tx) => {
      await sql`insert into things (a) values (${2})`.execute(tx);
      await sql`insert into things (a) values (${1})`.execute(tx);
    }),
  ).rejects.toMatchObject({ code: '23505' });
  await insert(3);
  const { rows } = await sql`select a from things order by a`.execute(db);
  expect(rows).toEqual([{ a: 1 }, { a: 3 }]);
});

test('more different statements than are kept, again and again', async () => {
  const db = await open();
  for (let round = 0; round < 2; round++) {
    for (let i = 0; i < 600; i++) {
      const { rows } = await sql`select ${sql.lit(i)}::integer as n, ${`p${i}`}::text as p`.execute(
        db,
      );
      expect(rows).toEqual([{ n: i, p: `p${i}` }]);
    }
  }
  const { rows } = await sql<{ n: string }>`
    select count(*) as n from pg_prepared_statements`.execute(db);
  expect(Number(rows[0]?.n)).toBeLessThanOrEqual(500);
});

test('values of every kind go in and come out as through PGlite itself', async () => {
  const db = await open();
  const { rows } = await sql`
    select ${null}::text as none, ${true}::boolean as yes, ${1.5}::float8 as number, ${[1, 2]}::integer[] as list,
      ${['a"b', 'c,d']}::text[] as texts, ${JSON.stringify({ a: [1] })}::json as json,
      ${'2026-01-31T00:00:00.000Z'}::timestamptz as instant`.execute(db);
  expect(rows).toEqual([
    {
      none: null,
      yes: true,
      number: 1.5,
      list: [1, 2],
      texts: ['a"b', 'c,d'],
      json: { a: [1] },
      instant: new Date('2026-01-31T00:00:00.000Z'),
    },
  ]);
});
