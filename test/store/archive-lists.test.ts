/** Lists and counts of finished documents. */
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { deleteArchived } from '../../src/store/archive.ts';
import {
  countArchived,
  listArchived,
  type ArchiveFilter,
  type ArchivePlace,
} from '../../src/store/archive-lists.ts';
import type { Database } from '../../src/store/database.ts';
import type { DocumentType } from '../../src/contracts/documents/definition.ts';
import { DATABASES, databaseFor } from './databases.ts';
import { AWKWARD, put } from './samples.ts';

const type = (name: string) => ({ definition: { name } as DocumentType });
const day = (number: number): string => `2026-01-0${number}T00:00:00.000Z`;

async function idsOf(db: Database, filter: ArchiveFilter): Promise<string[]> {
  const { rows } = await listArchived(db, filter, { limit: 1_000 });
  return rows.map(({ summary }) => summary.id);
}

describe.each(DATABASES)('lists of the archive on %s', (_name, open) => {
  const on = databaseFor(open);

  test('each filter, alone and with others', async () => {
    await put(on.db, 'a', { ...type('f-leave'), createdAt: day(1), owner: 'f-ada' });
    await put(on.db, 'b', { ...type('f-order'), createdAt: day(2), owner: 'f-ada', parent: 'p' });
    const rejected = { state: 'rejected', createdAt: day(3), owner: 'f-bob' } as const;
    await put(on.db, 'c', { ...type('f-order'), ...rejected }, { dueAt: day(5) });
    await put(on.db, 'd', { ...type('f-order'), createdAt: day(4), owner: 'f-bob' });
    await deleteArchived(on.db, 'd', day(5));

    for (const [filter, ids] of [
      [{}, ['c', 'b', 'a']],
      [{ type: 'f-order' }, ['c', 'b']],
      [{ state: ['approved', 'rejected'] }, ['c', 'b', 'a']],
      [{ state: ['rejected'] }, ['c']],
      [{ state: [] }, []],
      [{ owner: 'f-ada' }, ['b', 'a']],
      [{ parent: 'p' }, ['b']],
      [{ createdFrom: day(2) }, ['c', 'b']],
      [{ createdTo: day(2) }, ['a']],
      [{ createdFrom: day(2), createdTo: day(3) }, ['b']],
      [{ dueFrom: day(5) }, ['c']],
      [{ dueTo: day(5) }, []],
      [{ dueFrom: day(4), dueTo: day(6), owner: 'f-bob' }, ['c']],
      [{ fields: [] }, ['c', 'b', 'a']],
      [{ readable: { owner: 'f-bob', types: [] } }, ['c']],
      [{ readable: { owner: 'f-bob', types: ['f-leave', 'x'] } }, ['c', 'a']],
      [{ readable: { owner: '', types: [] } }, []],
      [
        { readable: { owner: 'f-ada', types: ['f-order'] }, type: 'f-order', state: ['approved'] },
        ['b'],
      ],
    ] satisfies [ArchiveFilter, string[]][]) {
      expect([filter, await idsOf(on.db, filter)]).toEqual([filter, ids]);
      const counts = Object.values(await countArchived(on.db, filter));
      expect(counts.reduce((sum, one) => sum + one, 0)).toBe(ids.length);
    }
    expect(await countArchived(on.db, {})).toEqual({ approved: 2, rejected: 1 });
  });

  test('fields: all of them, whole and as they are written', async () => {
    await put(on.db, 'fields-1', type('fields'), { fields: ['a=1', 'b=x', 'a=1'] });
    await put(on.db, 'fields-2', type('fields'), { fields: ['a=1', 'b=y', 'B=x'] });
    for (const [fields, ids] of [
      [['a=1'], ['fields-2', 'fields-1']],
      [['a=1', 'b=x'], ['fields-1']],
      [['b=x', 'b=y'], []],
      [['a='], []],
      [['%'], []],
    ] satisfies [string[], string[]][]) {
      expect([fields, await idsOf(on.db, { type: 'fields', fields })]).toEqual([fields, ids]);
    }
    const { rows } = await listArchived(on.db, { fields: ['b=x'] }, { limit: 1 });
    expect(rows.map(({ fields }) => fields)).toEqual([['a=1', 'b=x']]);
  });

  test.each([
    ['Grüße an ÄRGER', 'grüße ärger', true],
    ['Order of paper/pens', 'PENS order', true],
    ['Order of paper', 'pap', false],
    ['Order of paper', 'order pens', false],
    ['mail to ada@example.org', 'ada', true],
    ['v1.2-beta_3', 'beta 3', true],
    ["it's 100% & more | less ! (x):*", "100 more:* 'x'", true],
    ['東京 出張', '東京', true],
    ['x'.repeat(3_000), 'y', false],
    ['anything', '', false],
    ['anything', "' \\ % & | ! :* <->", false],
    ['ﬁne Ｆｕｌｌ', 'fine full', true],
  ])('words: %j and %j: %j', async (words, wanted, found) => {
    const id = `words-${Math.random()}`;
    await put(on.db, id, type(id), { words });
    await put(on.db, `${id}-unsearchable`, { ...type(id), title: words });
    expect(await idsOf(on.db, { type: id, words: wanted })).toEqual(found ? [id] : []);
  });

  test('every value is data', async () => {
    for (const [i, text] of AWKWARD.entries()) {
      const own = `data-${i}`;
      const summary = { type: text, state: text };
      const one = { ...type(text), owner: text, parent: text };
      const record = await put(on.db, own, one, {
        fields: [`${i}=${text}`],
        words: `${text} q${i}`,
      });
      await put(on.db, own, one, { ...record, summary: { ...record.summary, ...summary } });
      const filters: ArchiveFilter[] = [
        { owner: text },
        { parent: text },
        { type: text, state: [text, 'x'] },
        { fields: [`${i}=${text}`] },
        { words: `${text} q${i}` },
        { readable: { owner: text, types: [] } },
        { readable: { owner: 'x', types: ['y', text] } },
      ];
      for (const filter of filters) expect(await idsOf(on.db, filter)).toEqual([own]);
      expect(await countArchived(on.db, { owner: text })).toEqual({
        [Object.keys(await countArchived(on.db, { type: text }))[0] ?? '']: 1,
      });
      await sql`delete from archive where id = ${own}`.execute(on.db);
    }
  });

  test('pages follow on each other, also within one millisecond and with what came meanwhile', async () => {
    const ids = ['B', 'a', '_', 'b', '-', 'A', '10', '9', 'ä', '~'].map((one) => `page-${one}`);
    for (const id of ids) await put(on.db, id, { ...type('page'), createdAt: day(5) });
    await put(on.db, 'page-old', { ...type('page'), createdAt: day(1) });
    const wanted = [
      ...ids.toSorted((a, b) => Buffer.compare(Buffer.from(b), Buffer.from(a))),
      'page-old',
    ];
    const seen: string[] = [];
    let after: ArchivePlace | undefined;
    do {
      const page = await listArchived(on.db, { type: 'page' }, { limit: 3, after });
      seen.push(...page.rows.map(({ summary }) => summary.id));
      after = page.next;
      await put(on.db, `page-zz${seen.length}`, { ...type('page'), createdAt: day(9) });
    } while (after);
    expect(seen).toEqual(wanted);
    const exact = await listArchived(on.db, { type: 'page', createdTo: day(6) }, { limit: 11 });
    expect([exact.rows.length, exact.next]).toEqual([11, undefined]);
  });

  test('bodies are not read', async () => {
    const back = new Error('roll back');
    const attempt = on.db.transaction().execute(async (tx) => {
      await sql`alter table archive drop column body`.execute(tx);
      await listArchived(tx, { words: 'x', fields: ['y'] }, { limit: 5 });
      await countArchived(tx, {});
      throw back;
    });
    await expect(attempt).rejects.toBe(back);
  });

  test('pages, fields and words have an index', async () => {
    const many = sql`
      insert into archive (kind, id, workflow_id, type, state, owner, title, created_at, closed_at,
        refused, refused_count, fields, words)
      select 'document', 'many-' || n, 'w', 'many', 'approved', 'o' || n % 100, 't', '2025-' || n, 'c',
        '[]', 0, array['n=' || n], 'word' || n
      from generate_series(1, 20000) n`;
    await many.execute(on.db);
    await sql`analyze archive`.execute(on.db);
    const plan = async (query: string): Promise<string> => {
      const { rows } = await sql<Record<string, string>>`explain ${sql.raw(query)}`.execute(on.db);
      return rows.map((row) => Object.values(row)[0]).join('\n');
    };
    const open = `select id from archive where kind = 'document' and deleted_at is null`;
    const newest = 'order by created_at desc, id desc limit 51';
    expect(await plan(`${open} and (created_at, id) < ('2025-5', 'x') ${newest}`)).toMatch(
      /archive_newest[^]*ROW\(created_at, id\)/,
    );
    expect(await plan(`${open} ${newest}`)).toMatch(/archive_newest/);
    expect(await plan(`${open} and owner = 'o5' ${newest}`)).toMatch(/archive_(of_owner|newest)/);
    expect(await plan(`${open} and fields @> array['n=77']`)).toMatch(/archive_fields/);
    const words = `to_tsvector('simple', coalesce(words, '')) @@ plainto_tsquery('simple', 'word77')`;
    expect(await plan(`${open} and ${words}`)).toMatch(/archive_words/);
  });
});
