/** What Temporal finds workflows by. */
import { expect, test } from 'vitest';
import { keywords, searchText } from '../../src/contracts/search-attributes.ts';

test('a list of keywords has the first of them, never more than the server takes', () => {
  expect(keywords(['user:a', 'role:b'])).toEqual(['user:a', 'role:b'].map(searchText));
  expect(keywords([])).toEqual([]);
  const many = Array.from({ length: 100 }, (_, i) => `user:${'ä"'.repeat(30)}${i}`);
  const kept = keywords(many);
  expect(kept.length).toBeGreaterThan(5);
  expect(kept).toEqual(many.slice(0, kept.length).map(searchText));
  expect(new TextEncoder().encode(JSON.stringify(kept)).length).toBeLessThanOrEqual(2_048);
});
