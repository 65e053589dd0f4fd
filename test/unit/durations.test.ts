import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseDuration } from '../../src/contracts/durations.ts';

const DAY = 86_400_000;

test.each([
  ['P30D', 30 * DAY],
  ['PT20S', 20_000],
  ['P1W', 7 * DAY],
  ['P1DT2H3M4.5S', DAY + 2 * 3_600_000 + 3 * 60_000 + 4_500],
  ['PT0S', 0],
  ['20s', 20_000],
  ['1.5h', 5_400_000],
  ['250ms', 250],
  ['2d', 2 * DAY],
  ['1w', 7 * DAY],
  ['0s', 0],
])('%s is %i ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each([
  '',
  ' ',
  'P',
  'PT',
  'P1DT',
  '20',
  's',
  '20 s',
  '-20s',
  'P-1D',
  'P1M',
  'P1Y',
  '1e3s',
  '20S',
  'pt20s',
  'PT1.5H',
  'P1D ',
  '\nP1D',
  '1h30m',
  'Infinitys',
  `${'9'.repeat(400)}d`,
])('%j is no duration', (text) => {
  expect(parseDuration(text)).toBeUndefined();
});

test('both notations mean the same', () => {
  fc.assert(
    fc.property(fc.nat(100_000), (n) => {
      expect(parseDuration(`PT${n}S`)).toBe(parseDuration(`${n}s`));
      expect(parseDuration(`PT${n}M`)).toBe(parseDuration(`${n}m`));
      expect(parseDuration(`P${n}D`)).toBe(parseDuration(`${24 * n}h`));
    }),
  );
});

test('any text is a finite number of milliseconds or none', () => {
  const text = fc.string({ unit: fc.constantFrom(...'PTDHMSWmshdw.019 -'.split('')) });
  fc.assert(
    fc.property(text, (any) => {
      const ms = parseDuration(any);
      expect(ms === undefined || (Number.isInteger(ms) && ms >= 0)).toBe(true);
    }),
    { numRuns: 1_000 },
  );
});
