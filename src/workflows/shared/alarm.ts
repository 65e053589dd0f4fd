/** The clock of a workflow. */
import { sleep } from '@temporalio/workflow';

/**
 * One timer at a time for all clocks of one thing. An edit never touches it, because a timer cancelled and one started
 * would be two events for each edit: one that comes too early finds nothing to do, and the next is set.
 *
 * It rings when the timer fires, not when the workflow's clock says so: that goes on in the middle of a workflow task,
 * at other moments than when the task is replayed, and the two would do different things.
 */
export class Alarm {
  #at = Number.POSITIVE_INFINITY;
  #rang = false;

  /** Rings at this instant (milliseconds since 1970) at the latest; undefined sets nothing. */
  set(at: number | undefined): void {
    if (at === undefined || at >= this.#at) return;
    this.#at = at;
    void this.#ring(Math.max(1, at - Date.now()));
  }

  async #ring(ms: number): Promise<void> {
    try {
      await sleep(ms);
      this.#rang = true;
    } catch {
      // Cancelled with the workflow.
    }
  }

  /** Whether it is time. */
  rings(): boolean {
    return this.#rang;
  }

  /** Whether it rang; it is to be set anew then. */
  stopped(): boolean {
    const rang = this.#rang;
    if (rang) this.#at = Number.POSITIVE_INFINITY;
    this.#rang = false;
    return rang;
  }
}
