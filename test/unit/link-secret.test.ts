/** The secret that an embedded installation makes for itself. */
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { keptSecret } from '../../src/link-secret.ts';
import { StartupError } from '../../src/startup-error.ts';

const root = await mkdtemp(join(tmpdir(), 'dossier-secret-'));
afterAll(() => rm(root, { recursive: true, force: true }));

test('it is made once, however many ask, and only its owner can read it', async () => {
  const dir = join(root, 'new');
  const [first = '', ...others] = await Promise.all(
    Array.from({ length: 10 }, () => keptSecret(dir)),
  );
  expect(first).toMatch(/^[A-Za-z0-9_-]{43}$/);
  expect(new Set(others)).toEqual(new Set([first]));
  expect(await keptSecret(dir)).toBe(first);
  expect(await readdir(dir)).toEqual(['link-secret']);
  expect((await stat(join(dir, 'link-secret'))).mode & 0o777).toBe(0o600);
  expect((await stat(dir)).mode & 0o777).toBe(0o700);
  expect(await keptSecret(join(root, 'other'))).not.toBe(first);
});

test('what is there and no secret, or cannot be read, ends the start with one line', async () => {
  await writeFile(join(root, 'link-secret'), 'short\n');
  const messages = await Promise.all(
    [root, join(root, 'link-secret')].map(async (dir) =>
      keptSecret(dir).then(
        () => '',
        (error: unknown) => (error instanceof StartupError ? error.message : 'no StartupError'),
      ),
    ),
  );
  expect(messages[0]).toContain('holds no secret; delete it');
  expect(messages[1]).toContain('cannot be read or written');
});
