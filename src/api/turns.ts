/** Taking turns: how many calls about one thing are under way at once in this process. */

/**
 * Temporal takes at most 10 updates of one workflow at a time and lets the others wait in retries, blindly, until their
 * deadline. Waiting here instead, in order, all of 50 at once are answered. Two gateways have room beside each other.
 */
const AT_ONCE = 5;

export class Turns {
  readonly #underWay = new Map<string, number>();
  readonly #waiting = new Map<string, (() => void)[]>();

  /** Runs `work` when it is its turn among all with the same `key`; in the order of the calls. */
  async take<T>(key: string, work: () => Promise<T>): Promise<T> {
    const underWay = this.#underWay.get(key) ?? 0;
    if (underWay < AT_ONCE) this.#underWay.set(key, underWay + 1);
    else await this.#wait(key);
    try {
      return await work();
    } finally {
      this.#pass(key);
    }
  }

  #wait(key: string): Promise<void> {
    return new Promise((resolve) => {
      const queue = this.#waiting.get(key) ?? [];
      queue.push(resolve);
      this.#waiting.set(key, queue);
    });
  }

  /** Hands the turn to the next who waits, or gives it back. */
  #pass(key: string): void {
    const next = this.#waiting.get(key)?.shift();
    if (next) return next();
    this.#waiting.delete(key);
    const left = (this.#underWay.get(key) ?? 1) - 1;
    if (left > 0) this.#underWay.set(key, left);
    else this.#underWay.delete(key);
  }
}
