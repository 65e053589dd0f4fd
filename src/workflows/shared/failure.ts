import { ApplicationFailure } from '@temporalio/common';
import { LIMITS } from '../../contracts/limits.ts';
import type { Refusal } from '../../contracts/failures.ts';

/**
 * The refusal as the one exception that may leave an update or end a workflow: an `ApplicationFailure` whose type is
 * the code and whose first detail is the refusal. Any other exception in a handler wedges the workflow (it is retried
 * for ever), so nothing else throws.
 */
export function failureOf(refusal: Refusal): ApplicationFailure {
  return ApplicationFailure.create({
    type: refusal.code,
    message: messageOf(refusal).slice(0, LIMITS.reason),
    nonRetryable: true,
    details: [refusal],
  });
}

/** With the first wrong places, because the CLI shows nothing but the message. */
function messageOf({ detail, errors = [] }: Refusal): string {
  const places = errors.slice(0, 3).map((one) => `${one.pointer || 'the whole'} ${one.detail}`);
  if (places.length === 0) return detail;
  const more = errors.length > places.length ? `; and ${errors.length - places.length} more` : '';
  return `${detail} ${places.join('; ')}${more}.`;
}
