import { defineConfig } from 'vitest/config';

/**
 * Suites on the real thing that take long: `npm run test:slow` runs them, beside test/slow. With them the fast suite would
 * not stay under three minutes on two cores.
 */
export const SLOW = [
  'test/slow/**/*.test.ts',
  'test/store/**/*.test.ts',
  'test/unit/dungeon-properties.test.ts',
  'test/embedded/**/*.test.ts',
  'test/e2e/{approvals,document-types,durable-articles,newcomer,start}.test.ts',
  'test/api/{approvals,decisions,durable,durable-*,exports,faults,orders,orders-*,permissions,rights,trigger-folder,triggers,waits}.test.ts',
  'test/workflows/{abuse,approval-clocks,approvals,await-approval,clocks,concurrency,document-approvals,links,long-life,mail,proposals,reconcile,waits,webhooks}.test.ts',
];

/** Server tests share one Temporal dev server, started once; each file has a task queue of its own. */
export default defineConfig({
  test: {
    globalSetup: ['test/support/global-setup.ts'],
    // Native code in the Temporal worker does not survive worker threads.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 60_000,
    teardownTimeout: 30_000,
    passWithNoTests: false,
    allowOnly: false,
    include: ['test/**/*.test.ts'],
    exclude: SLOW,
    typecheck: {
      enabled: true,
      checker: 'tsc',
      include: ['test/types/**/*.test-d.ts'],
      tsconfig: 'tsconfig.json',
    },
  },
});
