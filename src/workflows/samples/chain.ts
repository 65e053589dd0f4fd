/** Function chaining: each step works on what the one before has left. */
import { callActivityWithRetry, RetryOptions } from '../durable/index.ts';

const STEPS = ['F1', 'F2', 'F3', 'F4'];

/** The input through F1, F2, F3 and F4: each writes its name behind what it gets. */
export async function Chain(input: unknown): Promise<string> {
  let text = typeof input === 'string' ? input : '';
  for (const step of STEPS)
    text = await callActivityWithRetry(step, new RetryOptions(1_000, 3), text);
  return text;
}
