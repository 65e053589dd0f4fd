/** A generated client: types from our OpenAPI document, in a project of its own, run against the service. */
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';
import { call, startHarness } from '../support/harness.ts';

const run = promisify(execFile);
const harness = await startHarness();
const project = mkdtempSync(join(tmpdir(), 'dossier-client-'));
afterAll(() => rmSync(project, { recursive: true }));

test('openapi-typescript makes types by which sections of each document type are checked', async () => {
  cpSync(join(import.meta.dirname, '..', 'generated-client'), project, { recursive: true });
  const api = await call(harness, 'GET', '/api/openapi.json');
  writeFileSync(join(project, 'api.json'), api.text);
  const inProject = async (...[command, ...args]: [string, ...string[]]): Promise<void> => {
    // Compilers print what is wrong to stdout.
    await run(command, args, { cwd: project }).catch(({ message, stdout }) => {
      throw new Error(`${String(message)}\n${String(stdout)}`);
    });
  };
  await inProject('npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund');
  await inProject('npx', 'openapi-typescript', 'api.json', '-o', 'schema.d.ts');
  await inProject('npx', 'tsc', '--noEmit', 'false', '--outDir', 'built');

  const url = await harness.app.listen({ host: '127.0.0.1', port: 0 });
  const module = pathToFileURL(join(project, 'built', 'client.js')).href;
  const { claim } = (await import(/* @vite-ignore */ module)) as {
    claim: (baseUrl: string) => Promise<string>;
  };
  expect(await claim(url)).toBe('travel: 80.00');
}, 180_000);
