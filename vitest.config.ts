import { defineConfig } from 'vitest/config';

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
    exclude: ['test/slow/**'],
    typecheck: {
      enabled: true,
      checker: 'tsc',
      include: ['test/types/**/*.test-d.ts'],
      tsconfig: 'tsconfig.json',
    },
  },
});
