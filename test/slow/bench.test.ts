/**
 * The bench runs, and counts what must not vary. Its times are for people: a minute for `run.mjs` on an idle machine, but
 * beside another slow suite twice that, so the deadline only ends what hangs (80 s ended a run that did not).
 */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { runToEnd } from '../support/service.ts';

it('npm run bench, in short', { timeout: 250_000 }, async () => {
  const { code, stdout, stderr } = await runToEnd(
    ['node', 'bench/run.mjs', '--quick'],
    {},
    240_000,
  );
  expect(code, stdout + stderr).toBe(0);
  expect(stdout).toMatch(/^\| http signals \|/m);

  const results = JSON.parse(readFileSync('bench/results/latest.json', 'utf8'));
  expect(results).toMatchObject({ quick: true, size: { rounds: 2 }, history: expect.any(Object) });
  expect(results.rounds).toHaveLength(2);
  expect(results.rounds[1].order).toEqual(results.rounds[0].order.toReversed());
  for (const round of results.rounds) {
    for (const way of ['http signals', 'raw signals', 'http updates', 'raw updates']) {
      const { latencies, ...numbers } = round[way];
      for (const value of Object.values(numbers)) expect(value, way).toBeGreaterThanOrEqual(0);
      expect(latencies.start.n).toBe(results.size.n);
      expect(latencies.event.n).toBe(results.size.n * 3);
    }
  }
  for (const values of Object.values<number[]>(results.history))
    expect(new Set(values).size).toBe(1);
  expect(results.history['raw signals']).toEqual(results.history['http signals']);
  expect(results.oversized).toMatchObject({ '2.1 MB': { status: 413 }, '4.5 MB': { status: 413 } });
  for (const target of results.targets.filter(({ name }: { name: string }) =>
    /history events/.test(name),
  )) {
    expect(target, JSON.stringify(target)).toMatchObject({ met: true });
  }
});

it('node bench/documents.mjs, in short', { timeout: 250_000 }, async () => {
  const run = await runToEnd(['node', 'bench/documents.mjs', '--quick'], {}, 240_000);
  expect(run.code, run.stdout + run.stderr).toBe(0);
  const results = JSON.parse(readFileSync('bench/results/documents.json', 'utf8'));
  for (const what of ['list', 'edit', 'instance']) {
    const { http, raw, ratio } = results[what];
    expect(http.n).toBe(raw.n);
    expect(ratio).toBeGreaterThan(0);
    expect(run.stdout).toContain(`| ${what} | ${http.p50} | ${raw.p50} | ${ratio} |`);
  }
});
