/** The secret that an embedded installation makes for itself, so that its links outlive a restart. */
import { randomBytes, randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StartupError } from './startup-error.ts';

/**
 * The secret in `dataDir/link-secret`, which is made when it is not there: readable by its owner only, whole or not at
 * all, and one, however many start at once.
 * @throws StartupError when it cannot be read or made, or is no secret
 */
export async function keptSecret(dataDir: string): Promise<string> {
  const file = join(dataDir, 'link-secret');
  const draft = `${file}.${randomUUID()}`;
  try {
    const known = await read(file);
    if (known !== undefined) return known;
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    await writeFile(draft, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600 });
    // Fails when another start was faster.
    await link(draft, file).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    });
    return (await read(file)) ?? '';
  } catch (error) {
    if (error instanceof StartupError) throw error;
    throw new StartupError(`${file} cannot be read or written: ${(error as Error).message}`);
  } finally {
    await rm(draft, { force: true }).catch(() => undefined);
  }
}

async function read(file: string): Promise<string | undefined> {
  let secret: string;
  try {
    secret = (await readFile(file, 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  if (secret.length >= 16) return secret;
  throw new StartupError(`${file} holds no secret; delete it, and a new one is made`);
}
