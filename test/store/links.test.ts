/** Links between documents: one parent each, and never a cycle. */
import { describe, expect, test } from 'vitest';
import { openPostgres } from '../../src/store/database.ts';
import { linkDocuments, unlinkDocuments, type DocumentLink } from '../../src/store/links.ts';
import { childrenOf, parentOf } from '../support/stored.ts';
import { DATABASES, databaseFor, newPostgres } from './databases.ts';

/** A server whose default would show each transaction what was there when it began to wait for the lock. */
const STRICT: (typeof DATABASES)[number] = [
  'PostgreSQL, serializable by default',
  async () =>
    openPostgres(
      `${await newPostgres()}?options=-c%20default_transaction_isolation%3Dserializable`,
    ),
];

describe.each([...DATABASES, STRICT])('links on %s', (_name, open) => {
  const on = databaseFor(open);
  const link = (parent: string, child: string) => linkDocuments(on.db, { parent, child });

  test('linked, again, elsewhere, unlinked', async () => {
    expect(await link('p', "c'2")).toBe('linked');
    expect(await link('p', 'c1')).toBe('linked');
    expect(await link('p', 'c1')).toBe('linked');
    expect(await link('q', 'c1')).toEqual({ otherParent: 'p' });
    expect(await childrenOf(on.db, 'p')).toEqual(["c'2", 'c1']);
    expect(await parentOf(on.db, 'c1')).toBe('p');
    await unlinkDocuments(on.db, { parent: 'q', child: 'c1' });
    expect(await parentOf(on.db, 'c1')).toBe('p');
    await unlinkDocuments(on.db, { parent: 'p', child: 'c1' });
    await unlinkDocuments(on.db, { parent: 'p', child: 'c1' });
    expect(await parentOf(on.db, 'c1')).toBeUndefined();
    expect(await link('q', 'c1')).toBe('linked');
  });

  test('no cycle, near or far', async () => {
    expect(await link('self', 'self')).toBe('cycle');
    for (let i = 0; i < 20; i += 1) expect(await link(`far-${i}`, `far-${i + 1}`)).toBe('linked');
    expect(await link('far-20', 'far-0')).toBe('cycle');
    expect(await link('far-1', 'far-0')).toBe('cycle');
    expect(await parentOf(on.db, 'far-0')).toBeUndefined();
    // Two ways down would be two parents.
    expect(await link('far-0', 'far-20')).toEqual({ otherParent: 'far-19' });
  });

  test('a tree that is too deep, or broken, ends the search', async () => {
    const chain = Array.from({ length: 1_001 }, (_, i) => ({
      parent: `d${i}`,
      child: `d${i + 1}`,
    }));
    const broken = [
      { parent: 'x', child: 'y' },
      { parent: 'y', child: 'x' },
    ];
    await on.db
      .insertInto('document_links')
      .values([...chain, ...broken])
      .execute();
    expect(await link('d999', 'new')).toBe('linked');
    expect(await link('d1000', 'deep')).toBe('cycle');
    expect(await link('x', 'new-2')).toBe('cycle');
  });

  test('each other at once: exactly one wins', async () => {
    for (let round = 0; round < 20; round += 1) {
      const [a, b] = [`a${round}`, `b${round}`];
      const results = await Promise.all([link(a, b), link(b, a)]);
      expect(results.map(String).toSorted((x, y) => x.localeCompare(y))).toEqual([
        'cycle',
        'linked',
      ]);
    }
  });

  test('fifty at once, at random, give no cycle', async () => {
    for (let round = 0; round < 3; round += 1) {
      const one = (): string => `r${round}-${Math.floor(Math.random() * 12)}`;
      const links = Array.from({ length: 50 }, (): DocumentLink => ({
        parent: one(),
        child: one(),
      }));
      const results = await Promise.all(links.map((each) => linkDocuments(on.db, each)));
      const rows = await on.db
        .selectFrom('document_links')
        .selectAll()
        .where('child', 'like', `r${round}-%`)
        .execute();
      const above = new Map(rows.map(({ child, parent }) => [child, parent]));
      for (const start of above.keys()) {
        let steps = 0;
        for (let at: string | undefined = start; at !== undefined; at = above.get(at)) steps += 1;
        // Would not end with a cycle; 12 documents make chains of 12 at most.
        expect(steps).toBeLessThanOrEqual(12);
      }
      for (const [i, { parent, child }] of links.entries()) {
        expect(results[i] === 'linked').toBe(above.get(child) === parent);
      }
    }
  });
});
