/** The external event that decides. Pure. */
import { ok, refuse, type Result } from '../../contracts/failures.ts';
import type { JsonObject } from '../../contracts/json.ts';
import { isJsonObject } from '../shared/json.ts';

/** What an event that decides commands: the command `approve` or `reject`, still to be checked. `invalid-data` for anything else. */
export function decisionOf(payload: unknown): Result<JsonObject> {
  const { approved, ...rest } = isJsonObject(payload) ? payload : { approved: payload };
  if (typeof approved !== 'boolean') {
    const detail = 'A decision is true, false or {"approved": true or false, "reason"?: text}.';
    return refuse('invalid-data', detail, {
      errors: [{ pointer: '', detail: 'is not a decision' }],
    });
  }
  return ok({ ...rest, kind: approved ? 'approve' : 'reject' });
}
