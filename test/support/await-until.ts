/** Waiting in tests: for a condition, with a deadline, never for a time. */

/**
 * Asks `probe` again and again until it gives something other than undefined, null or false, and returns that.
 * @throws Error with `what` and the last failure, when `ms` milliseconds (default 10 s) have passed
 */
export async function awaitUntil<T>(
  what: string,
  probe: () => Promise<T | undefined | null | false> | T | undefined | null | false,
  ms = 10_000,
): Promise<T> {
  const deadline = Date.now() + ms;
  let last: Error | undefined;
  while (Date.now() < deadline) {
    try {
      const value = await probe();
      if (value !== undefined && value !== null && value !== false) return value;
    } catch (error) {
      last = error instanceof Error ? error : new Error(String(error));
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(
    `not within ${ms} ms: ${what}${last === undefined ? '' : ` (last failure: ${String(last)})`}`,
  );
}
