/** The custom status of a workflow: what clients see while it runs. */
import { ApplicationFailure, upsertMemo, workflowInfo } from '@temporalio/workflow';
import { sameJson } from '../shared/json.ts';
import type { Json } from '../../contracts/json.ts';

/** Of UTF-16, as in Durable Functions. A list shows a thousand, and Temporal fails a workflow whose memo is too large. */
const LONGEST = 16 * 1024;

/**
 * Sets the custom status: any JSON value of at most 16 KB of UTF-16 text; `null` or nothing takes it away. One event in the
 * history, none when it is the same already.
 * @throws ApplicationFailure of type `ArgumentException` when it is no JSON or too large
 */
export function setCustomStatus(value?: unknown): void {
  const text = textOf(value ?? null);
  const size = text.length * 2;
  if (size > LONGEST)
    throw ApplicationFailure.nonRetryable(
      `The custom status has ${size} bytes of UTF-16, and may have ${LONGEST}.`,
      'ArgumentException',
    );
  const status = JSON.parse(text) as Json;
  const current = (workflowInfo().memo?.['customStatus'] ?? null) as Json;
  if (!sameJson(current, status)) upsertMemo({ customStatus: status });
}

function textOf(value: unknown): string {
  try {
    const text = JSON.stringify(value) as string | undefined;
    if (text !== undefined) return text;
  } catch {
    // Circular, or a BigInt.
  }
  throw ApplicationFailure.nonRetryable('The custom status is no JSON.', 'ArgumentException');
}
