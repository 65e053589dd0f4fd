/**
 * A watched folder: each file that is put there is a message.
 *
 * A file is moved to `.taken` before it is read, so that nobody writes it any more and only one process of several has
 * it; to `done` or `failed` after it was taken in. What a process that ended has left in `.taken` is taken in by the next
 * one, or by another: the inbox knows whether it was. Nothing is ever deleted.
 */
import type { Stats } from 'node:fs';
import { lstat, mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { OPERATOR_ROLE } from '../../contracts/caller.ts';
import { FAILURES, type Refusal } from '../../contracts/failures.ts';
import { LIMITS } from '../../contracts/limits.ts';
import type { CloudEvent } from '../../contracts/triggers.ts';
import { asProblem, problem } from '../errors.ts';
import { eventOfFile, isUnfinished, markOf, type DroppedFile } from './dropped-file.ts';
import { Hints } from './hints.ts';
import type { Intake } from './intake.ts';

export interface FolderDeps {
  /** Absolute. Made when it is not there. */
  readonly folder: string;
  readonly intake: Intake;
  readonly log: Logger;
  /** Milliseconds after which it is looked at although nobody said that something has changed. Default 5 s. */
  readonly rescanMs?: number;
}

export interface WatchedFolder {
  /** Resolves when the file that is being taken in is where it belongs; no other is begun. */
  close(): Promise<void>;
}

/** Whoever may write there may do what the role `operator` may. */
const CALLER = { user: 'triggers', roles: [OPERATOR_ROLE] };

/** Milliseconds in which a file must not have changed. */
const SETTLED = 500;
const RESCAN = 5_000;
/** Milliseconds for which a file waits for the instance that it is for. */
const PATIENCE = 24 * 3600 * 1000;
/** Bytes of a name, so that with a mark and `.reason.txt` it is still one. */
const LONGEST_NAME = 200;

/** @throws Error when the folder cannot be made */
export async function watchFolder(deps: FolderDeps): Promise<WatchedFolder> {
  const watched = new Folder(deps);
  await watched.prepare();
  const running = watched.run();
  return {
    async close() {
      watched.stop();
      await running;
    },
  };
}

class Folder {
  readonly #deps: FolderDeps;
  readonly #log: Logger;
  readonly #stopping = new AbortController();
  /** Of files that were looked at: how they were, and since when. */
  readonly #seen = new Map<string, { readonly was: string; readonly since: number }>();

  constructor(deps: FolderDeps) {
    this.#deps = deps;
    this.#log = deps.log.child({ part: 'folder' });
  }

  async prepare(): Promise<void> {
    await mkdir(this.#deps.folder, { recursive: true });
    await this.#makePlaces();
  }

  /** Not the folder itself again: when it has gone, a disk may be missing. */
  async #makePlaces(): Promise<void> {
    for (const name of ['.taken', 'done', 'failed'])
      await mkdir(this.#path(name)).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error;
      });
  }

  stop(): void {
    this.#stopping.abort();
  }

  async run(): Promise<void> {
    const { signal } = this.#stopping;
    const hints = new Hints(this.#deps.folder, signal, (error) =>
      this.#log.warn({ err: error }, 'TRIGGER_FOLDER gives no hints; it is looked at now and then'),
    );
    while (!signal.aborted) {
      let wait = this.#deps.rescanMs ?? RESCAN;
      try {
        await this.#makePlaces();
        const isSettled = await this.#claim();
        await this.#takeAll();
        if (!isSettled) wait = SETTLED;
      } catch (error) {
        this.#log.warn({ err: error }, 'TRIGGER_FOLDER cannot be worked off now');
      }
      await hints.rest(wait);
    }
    hints.close();
  }

  /** Moves what is complete out of everybody's reach. Says whether nothing is left that may be complete in a moment. */
  async #claim(): Promise<boolean> {
    const there = new Set<string>();
    let isSettled = true;
    for (const name of await readdir(this.#deps.folder)) {
      if (isUnfinished(name)) continue;
      const stats = await orGone(lstat(this.#path(name)));
      if (!stats?.isFile()) continue;
      there.add(name);
      if (this.#isSettled(name, stats)) await this.#take(name, stats);
      else isSettled = false;
    }
    for (const name of this.#seen.keys()) if (!there.has(name)) this.#seen.delete(name);
    return isSettled;
  }

  #isSettled(name: string, { size, mtimeMs, ino }: Stats): boolean {
    const was = `${size} ${mtimeMs} ${ino}`;
    const seen = this.#seen.get(name);
    if (seen?.was === was) return Date.now() - seen.since >= SETTLED;
    this.#seen.set(name, { was, since: Date.now() });
    return false;
  }

  /** Two files of one name have two inodes, as long as both are there. */
  async #take(name: string, { ino }: Stats): Promise<void> {
    this.#seen.delete(name);
    if (Buffer.byteLength(name) <= LONGEST_NAME) {
      await orGone(rename(this.#path(name), this.#path('.taken', `${ino}-${name}`)));
      return;
    }
    const short = `${ino}-${name.slice(0, 20).toWellFormed()}`;
    await this.#note(short, `The name is longer than ${LONGEST_NAME} bytes.`);
    await orGone(rename(this.#path(name), this.#path('failed', short)));
  }

  /** In the order in which they were written. */
  async #takeAll(): Promise<void> {
    const files: { readonly taken: string; readonly stats: Stats }[] = [];
    for (const taken of await readdir(this.#path('.taken'))) {
      const stats = await orGone(lstat(this.#path('.taken', taken)));
      if (stats?.isFile()) files.push({ taken, stats });
    }
    for (const { taken, stats } of files.toSorted((a, b) => a.stats.mtimeMs - b.stats.mtimeMs)) {
      if (this.#stopping.signal.aborted) return;
      // Whoever does not answer now will not for the next one either.
      if (!(await this.#takeOne(taken, stats))) return;
    }
  }

  /** False when nothing more can be taken in now. */
  async #takeOne(taken: string, stats: Stats): Promise<boolean> {
    const file = {
      name: taken.slice(taken.indexOf('-') + 1),
      writtenAt: stats.mtime,
      bytes: Buffer.alloc(0),
    };
    try {
      if (stats.size > LIMITS.body)
        throw problem(
          'too-large',
          `The file has ${stats.size} bytes; ${LIMITS.body} are possible.`,
        );
      const bytes = await orGone(readFile(this.#path('.taken', taken)));
      // Another process was quicker.
      if (!bytes) return true;
      file.bytes = bytes;
    } catch (error) {
      await this.#fail(taken, file, reasonOf(error));
      return true;
    }
    return this.#takeIn(taken, file);
  }

  async #takeIn(taken: string, file: DroppedFile): Promise<boolean> {
    let event: CloudEvent | undefined;
    try {
      event = eventOfFile(file);
      const { kind, name, workflowId } = await this.#deps.intake.take(event, { caller: CALLER });
      this.#log.info({ file: file.name, [kind]: name, instance: workflowId }, 'taken in');
      await orGone(rename(this.#path('.taken', taken), this.#path('done', kept(file))));
      return true;
    } catch (error) {
      const { refusal } = asProblem(error);
      if (FAILURES[refusal.code].retryable || refusal.code === 'internal') {
        this.#log.warn(
          { file: file.name, code: refusal.code, err: error },
          'it will be tried again',
        );
        return refusal.code === 'internal';
      }
      if (refusal.code === 'not-found' && event && (await this.#mayCome(event))) return true;
      await this.#fail(taken, file, reasonOf(error));
      return true;
    }
  }

  /** Whether the instance that it is for may still be started. */
  async #mayCome(event: CloudEvent): Promise<boolean> {
    const since = await this.#deps.intake.firstSeen(event).catch(() => undefined);
    return since === undefined || Date.now() - since < PATIENCE;
  }

  async #fail(taken: string, file: DroppedFile, reason: string): Promise<void> {
    this.#log.warn({ file: file.name, reason }, 'refused');
    await this.#note(kept(file), reason);
    await orGone(rename(this.#path('.taken', taken), this.#path('failed', kept(file))));
  }

  /** Before the file, so that there is none without a reason. */
  async #note(name: string, reason: string): Promise<void> {
    await writeFile(this.#path('failed', `${name}.reason.txt`), `${reason}\n`);
  }

  #path(...names: string[]): string {
    return join(this.#deps.folder, ...names);
  }
}

/** No two messages have the same name there. */
function kept(file: DroppedFile): string {
  return `${markOf(file)}-${file.name}`;
}

function reasonOf(error: unknown): string {
  const { refusal } = asProblem(error);
  if (refusal.code === 'internal') return `It cannot be read: ${(error as Error).message}`;
  return [
    toText(refusal),
    ...(refusal.errors ?? []).map((one) => `${one.pointer} ${one.detail}`),
  ].join('\n');
}

function toText({ code, detail }: Refusal): string {
  return `${code}: ${detail}`;
}

/** What is there no more was moved by another process, or taken away. */
async function orGone<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
