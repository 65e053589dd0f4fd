/** The clock of a workflow. */
import { sleep } from '@temporalio/workflow';

/**
 * One timer at a time for all clocks of one thing. An edit never touches it, because a timer cancelled and one started
 * would be two events for each edit: one that comes too early finds nothing to do, and the next is set.
 */
export class Alarm {
  #at = Number.POSITIVE_INFINITY;

  /** Rings at this instant (milliseconds since 1970) at the latest; undefined sets nothing. */
  set(at: number | undefined): void {
    if (at === undefined || at >= this.#at) return;
    this.#at = at;
    void sleep(Math.max(1, at - Date.now())).catch(() => undefined);
  }

  /** Whether it is time. */
  rings(): boolean {
    return Date.now() >= this.#at;
  }

  /** Whether it rang; it is to be set anew then. */
  stopped(): boolean {
    const rang = this.rings();
    if (rang) this.#at = Number.POSITIVE_INFINITY;
    return rang;
  }
}
