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
    message: refusal.detail.slice(0, LIMITS.reason),
    nonRetryable: true,
    details: [refusal],
  });
}
