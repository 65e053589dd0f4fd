/** The real Python client of Azure Durable Functions, unchanged. What it does is in test/python/conformance.py. */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { durableBinding } from '../support/durable-binding.ts';
import { startHarness } from '../support/harness.ts';
import { findPython, pythonWith } from '../support/python.ts';

const FOLDER = join(import.meta.dirname, '..', 'python');
const PROGRAM = join(FOLDER, 'conformance.py');
const CASES = [...readFileSync(PROGRAM, 'utf8').matchAll(/^async def case_(\w+)\(/gm)];

const run = promisify(execFile);
const found = await findPython();
if ('missing' in found) {
  // Nobody must believe that it was tried.
  if (process.env['CI']) throw new Error(found.missing);
  console.warn(`The Python client is not tried: ${found.missing}.`);
}

// Nowhere: nobody works there, so what is started stays Pending.
const harness = await startHarness({
  durable: { DURABLE_FUNCTIONS: `Nowhere=Nowhere@nobody-${randomUUID()}` },
});
const { app, taskQueue } = harness;

describe.skipIf('missing' in found)('azure-functions-durable', () => {
  let python = '';
  let binding = '';
  beforeAll(async () => {
    if ('missing' in found) return;
    python = await pythonWith(found, join(FOLDER, 'requirements.txt'));
    const origin = await app.listen({ host: '127.0.0.1', port: 0 });
    binding = JSON.stringify(durableBinding(origin, { taskHub: taskQueue, own: true }));
  }, 300_000);

  test.for(CASES.map(([, name = '']) => name))(
    '%s',
    { timeout: 60_000 },
    async (name, { signal }) => {
      const { stdout } = await run(python, ['-I', PROGRAM, name, binding], { signal }).catch(
        (error: Error & { readonly stdout: string }) => {
          // It exits with 1 when the case fails, having said why.
          if (error.stdout === '') throw error;
          return error;
        },
      );
      const line = JSON.parse(stdout) as { readonly case: string; readonly failure: string | null };
      if (line.failure !== null) throw new Error(line.failure);
      expect(line.case).toBe(name);
    },
  );
});
