import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { StartupError } from './startup-error.ts';
import { identify, isAlive, parseIdentity } from './temporal/server/process-identity.ts';

/** The exclusive right to a data directory, from {@link lockDataDir}. */
export interface DataDirLock {
  /** The directory, as an absolute path. */
  readonly dir: string;
  /**
   * Gives the directory free for the next start. May be called again, and never touches a lock that is not
   * ours. Not needed for safety: the lock of a process that died is free anyway.
   */
  release(): Promise<void>;
}

/**
 * Makes `dir` (created with mode 0700 if missing) this process's alone until it releases it or dies.
 *
 * The lock of a holder that is dead is taken over at once, also after SIGKILL or a power cut; of several
 * processes that start at the same time exactly one gets the lock.
 *
 * @param log gets one line when a dead holder's lock is taken over
 * @throws StartupError when a living process (this one included) holds it, naming the directory and the pid;
 *   when the directory cannot be created or written; when it is not a directory
 *
 * Not promised: anything between machines, or between containers with pids of their own, that share the directory.
 */
export async function lockDataDir(
  dir: string,
  log: (line: string) => void = () => {},
): Promise<DataDirLock> {
  const path = resolve(dir);
  const self = identify(process.pid);
  if (self === undefined) {
    throw new StartupError(
      'This system tells neither by /proc nor by ps when a process started, so DATA_DIR cannot be locked: use Linux or macOS.',
    );
  }
  // Written whole under a name of its own first, then linked: a lock file is never seen half written.
  const content = JSON.stringify(self);
  const draft = join(path, `lock.${randomUUID()}.draft`);
  try {
    await makeDir(path);
    await writeFile(draft, content, { flag: 'wx', mode: 0o600 });
    const file = await claim(path, draft, log);
    return { dir: path, release: () => release(file, content) };
  } catch (error) {
    throw error instanceof StartupError ? error : unusable(path, error);
  } finally {
    await rm(draft, { force: true }).catch(() => {}); // the error above says more
  }
}

/** Not by `recursive: true`, which never returns where even an existing parent takes no directory, as /proc does. */
async function makeDir(path: string, makeParent = true): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return; // whether it is a directory shows when the draft is written
    if (code !== 'ENOENT' || !makeParent) throw error;
    await makeDir(dirname(path));
    await makeDir(path, false);
  }
}

/**
 * Why the locks are numbered. "Read the lock, see that its holder is dead, remove it, create ours" lets two
 * starts pass each other: the slower one removes the lock that the faster one has just created. So a lock
 * is never removed to be replaced. `lock.N` with the highest N is the valid one; when its holder is dead or
 * has let go (the file is empty), whoever creates `lock.N+1` holds the directory, and `link` lets only one
 * create it. Lower ones may be removed at any time, the highest never is. Hence the second look: a start
 * that slept since it read N may create an N+1 that others have already come past, and it sees that then.
 */
async function claim(dir: string, draft: string, log: (line: string) => void): Promise<string> {
  for (;;) {
    const { number, holder } = await highestLock(dir);
    if (holder !== undefined && isAlive(holder)) {
      throw new StartupError(
        `DATA_DIR ${dir} is in use by process ${holder.pid}: stop that process, or set DATA_DIR to another directory.`,
      );
    }
    const file = join(dir, `lock.${number + 1}`);
    if (!(await linked(draft, file))) continue;
    if ((await highestLock(dir)).number !== number + 1) {
      await rm(file, { force: true });
      continue;
    }
    if (holder !== undefined) {
      log(`took over DATA_DIR ${dir} from process ${holder.pid}, which is gone`);
    }
    await removeLeftovers(dir, number + 1);
    return file;
  }
}

async function highestLock(dir: string) {
  for (;;) {
    const number = Math.max(0, ...(await readdir(dir)).map(lockNumber));
    if (number === 0) return { number, holder: undefined };
    const content = await readText(join(dir, `lock.${number}`));
    if (content !== undefined) return { number, holder: parseHolder(content) };
    // It was the highest and is gone: a higher one has come since.
  }
}

/** False when another process was faster. */
async function linked(draft: string, file: string): Promise<boolean> {
  try {
    await link(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Removes the locks below ours and the drafts of processes that died while they tried. */
async function removeLeftovers(dir: string, ours: number): Promise<void> {
  for (const name of await readdir(dir)) {
    const file = join(dir, name);
    const number = lockNumber(name);
    if (number > 0 && number < ours) await rm(file, { force: true });
    if (/^lock\..*\.draft$/.test(name)) {
      const author = parseHolder((await readText(file)) ?? '');
      if (author !== undefined && !isAlive(author)) await rm(file, { force: true });
    }
  }
}

async function release(file: string, content: string): Promise<void> {
  // Emptied, not removed: the highest number must stay. The file may be gone with the whole directory.
  if ((await readText(file)) === content) await writeFile(file, '');
}

/** The N of `lock.N`, 0 for every other name. */
function lockNumber(name: string): number {
  return Number(/^lock\.([1-9]\d*)$/.exec(name)?.[1] ?? 0);
}

/** Undefined for a lock that was let go (empty) or that a power cut left unreadable: both are free. */
function parseHolder(content: string) {
  try {
    return parseIdentity(JSON.parse(content));
  } catch {
    return undefined;
  }
}

async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function unusable(dir: string, error: unknown): StartupError {
  const { code, message } = error as NodeJS.ErrnoException;
  const reasons: Record<string, string> = {
    EACCES: 'permission denied',
    EPERM: 'permission denied',
    ENOENT: 'nothing can be created there',
    EROFS: 'the file system is read-only',
    ENOTDIR: 'it, or a part of its path, is not a directory',
    EEXIST: 'it, or a part of its path, is not a directory',
    ENOSPC: 'no space left on the device',
  };
  const reason = reasons[code ?? ''] ?? message;
  return new StartupError(
    `DATA_DIR ${dir} cannot be used: ${reason}. Make it a directory that this user can write, or set another DATA_DIR.`,
    { cause: error },
  );
}
