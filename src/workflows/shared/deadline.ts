/** Deadlines that somebody moves. Pure. */
import { ok, refuse, type Result } from '../../contracts/failures.ts';

/** The most that a deadline may lie ahead. */
const FARTHEST_MS = 3650 * 24 * 60 * 60 * 1000;

/** The instant as it is kept; `invalid-data` when it does not lie in the next ten years. */
export function newDeadline(until: string, now: string): Result<string> {
  const ahead = Date.parse(until) - Date.parse(now);
  if (ahead > 0 && ahead < FARTHEST_MS) return ok(new Date(until).toISOString());
  const detail = 'must lie in the future, less than ten years ahead';
  return refuse('invalid-data', 'The new deadline is none.', {
    errors: [{ pointer: '/until', detail }],
  });
}
