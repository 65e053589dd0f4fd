/** The .http files in examples/ do what they say. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseHttpFile, runHttpFile } from '../support/http-file.ts';
import { startService, temporaryDir, type Service } from '../support/service.ts';

const FILES = readdirSync('examples').filter((name) => name.endsWith('.http'));

describe('examples', { timeout: 30_000 }, () => {
  let service: Service;

  beforeAll(async () => {
    // A Temporal server of its own, so that lists have nothing of other tests.
    service = await startService('start', { DATA_DIR: join(await temporaryDir(), 'data') });
  });

  it.each(FILES)('%s is answered as it says', async (name) => {
    const file = parseHttpFile(readFileSync(join('examples', name), 'utf8'));
    const results = await runHttpFile(file, { host: service.url });
    for (const { title, expected, status, body } of results) {
      expect(expected, `${title}: no "# expect" comment`).toBeTypeOf('number');
      expect(status, `${title}: ${JSON.stringify(body)}`).toBe(expected);
    }
    const { body } = results.find(({ title }) => title.startsWith('Who did what')) ?? {};
    const { entries } = (
      body as { _embedded: { entries: { command: string; accepted: boolean }[] } }
    )._embedded;
    expect(entries.filter(({ accepted }) => !accepted).length).toBeGreaterThan(0);
    expect(entries.some(({ command, accepted }) => command === 'approve' && accepted)).toBe(true);
  });
});
