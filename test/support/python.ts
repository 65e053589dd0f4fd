/** A Python with pinned packages, in a virtual environment of its own. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Not in the repository, and gone with the packages of npm. */
const CACHE = join(import.meta.dirname, '..', '..', 'node_modules', '.cache');
/** Which Python it is. Debian has venv without ensurepip, which makes environments that cannot install anything. */
const ASK = 'import sys, venv, ensurepip; print(*sys.version_info[:3], sys.base_prefix)';

export interface Python {
  /** What tells it from others: its version and where it is. */
  readonly identity: string;
}

/** The machine's Python, or why it is of no use: the pins are for 3.11 to 3.14. */
export async function findPython(): Promise<Python | { readonly missing: string }> {
  try {
    const { stdout } = await run('python3', ['-I', '-c', ASK]);
    const [major, minor] = stdout.split(' ').map(Number);
    if (major !== 3 || minor === undefined || minor < 11 || minor > 14)
      return { missing: `python3 is ${major}.${minor}, and must be 3.11 to 3.14` };
    return { identity: stdout.trim() };
  } catch (error) {
    const { code, stderr } = error as { code?: unknown; stderr?: string };
    if (code === 'ENOENT') return { missing: 'there is no python3' };
    return { missing: `python3 makes no virtual environments: ${stderr?.trim()}` };
  }
}

/**
 * The executable of an environment with the packages of this requirements file. It is made where there is none yet, and gets
 * its name when it is complete; so what an aborted install leaves is never used, and two may make the same one.
 */
export async function pythonWith({ identity }: Python, requirements: string): Promise<string> {
  const key = createHash('sha256').update(identity).update(readFileSync(requirements));
  const home = join(CACHE, `dossier-python-${key.digest('hex').slice(0, 16)}`);
  const executable = (folder: string) => join(folder, 'bin', 'python');
  if (existsSync(home)) return executable(home);
  await mkdir(CACHE, { recursive: true });
  const making = await mkdtemp(join(CACHE, 'dossier-python-making-'));
  try {
    await run('python3', ['-I', '-m', 'venv', making]);
    const pins = ['--require-hashes', '--only-binary', ':all:', '--requirement', requirements];
    await run(executable(making), ['-m', 'pip', 'install', '--quiet', '--no-input', ...pins]);
    await rename(making, home).catch((error: unknown) => {
      // Somebody else was faster.
      if (!existsSync(home)) throw error;
    });
  } finally {
    await rm(making, { recursive: true, force: true });
  }
  return executable(home);
}
