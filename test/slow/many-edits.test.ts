/** Ten thousand edits of one document: its runs stay short, and nothing is lost between them. */
import { expect, test } from 'vitest';
import { startHarness } from '../support/harness.ts';
import { editOften } from '../support/many-edits.ts';

const harness = await startHarness();

test('10,000 edits', { timeout: 170_000 }, async () => {
  const runs = await editOften(harness, 10_000, 0.25);
  console.table(runs);
  expect(runs.reduce((sum, { signals, updates }) => sum + signals + updates, 0)).toBe(10_000);
});
