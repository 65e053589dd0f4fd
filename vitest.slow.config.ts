import { defineConfig } from 'vitest/config';
import fast, { SLOW } from './vitest.config.ts';

/** What takes too long for every run: `npm run test:slow`, in CI too. */
export default defineConfig({
  test: {
    ...fast.test,
    include: SLOW,
    exclude: [],
    typecheck: { enabled: false },
  },
});
