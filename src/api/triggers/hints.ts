/** When to look at a folder again: after a while, and earlier when the system says that something has changed there. */
import { watch, type FSWatcher } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds between two looks at least: a file that is being written gives a thousand hints. */
const QUIET = 100;

export class Hints {
  readonly #stopping: AbortSignal;
  readonly #watcher: FSWatcher | undefined;
  #hinted = new AbortController();

  /** `failed` hears why there are no hints: network disks give none, and a system has so many watchers and no more. */
  constructor(folder: string, stopping: AbortSignal, failed: (error: unknown) => void) {
    this.#stopping = stopping;
    try {
      this.#watcher = watch(folder, () => this.#hinted.abort()).on('error', failed);
    } catch (error) {
      failed(error);
    }
  }

  /** Waits so many milliseconds, or until something changes, or has changed since the last `rest`. */
  async rest(ms: number): Promise<void> {
    await this.#sleep(QUIET, this.#stopping);
    await this.#sleep(ms - QUIET, AbortSignal.any([this.#stopping, this.#hinted.signal]));
    this.#hinted = new AbortController();
  }

  close(): void {
    this.#watcher?.close();
  }

  async #sleep(ms: number, until: AbortSignal): Promise<void> {
    await sleep(Math.max(0, ms), undefined, { signal: until }).catch(() => undefined);
  }
}
