/** Fan-out and fan-in: many activities at once, and what comes of all of them. */
import { all, callActivity } from '../durable/index.ts';
import { failureOf } from '../shared/failure.ts';

/** More at once would be more than a history can bear. */
const MOST = 500;

/** Squares every number of the input, all at the same time, and adds them up. */
export async function FanOutFanIn(input: unknown): Promise<number> {
  const numbers = (input ?? [1, 2, 3, 4, 5]) as readonly unknown[];
  const fits = Array.isArray(numbers) && numbers.length <= MOST;
  if (!fits || numbers.some((one) => typeof one !== 'number'))
    throw failureOf({
      code: 'invalid-request',
      detail: `The input must be a list of at most ${MOST} numbers.`,
    });
  const squares = await all(numbers.map((one) => callActivity<number>('Square', one)));
  return squares.reduce((sum, one) => sum + one, 0);
}
