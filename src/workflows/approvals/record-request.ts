/** How an approval of its own begins: the checks on what was sent, and the first events. Pure; gateway and workflow both run it. */
import type { StageEntry } from '../../contracts/approvals/entry.ts';
import { APPROVAL_REQUEST } from '../../contracts/approvals/record-commands.ts';
import type { RecordEvent, RecordFact } from '../../contracts/approvals/record-events.ts';
import type { ApprovalRequest } from '../../contracts/approvals/types.ts';
import type { Call } from '../../contracts/caller.ts';
import type { Condition } from '../../contracts/conditions.ts';
import { ok, refuse, type FieldError, type Result } from '../../contracts/failures.ts';
import type { Json } from '../../contracts/json.ts';
import { LIMITS } from '../../contracts/limits.ts';
import { WEBHOOK_OCCASIONS } from '../../contracts/webhooks.ts';
import { numericFields, valueAt } from '../shared/conditions.ts';
import { escapePointer, jsonSize, schemaErrors } from '../shared/json.ts';
import { checkSound } from '../shared/sound.ts';
import { nextStage } from './situation.ts';
import { completePolicy, type PolicyDraft } from './policy.ts';
import { applies, recordEvents, recordOf } from './record.ts';

/** What has to be known before an approval can begin. */
export interface AdmittedApproval {
  /** The first stage; missing when there is nothing to decide. */
  readonly entry?: StageEntry;
}

/** Takes the input of a start for what it is: anything at all. Says whether it is a request for an approval. */
export function parseApprovalRequest(raw: unknown): Result<ApprovalRequest> {
  const sound = checkSound(raw);
  if (!sound.ok) return sound;
  const misshapen = schemaErrors(APPROVAL_REQUEST, raw);
  const request = raw as ApprovalRequest;
  const errors = misshapen.length > 0 ? misshapen : whenErrors(request.policy as never);
  if (errors.length > 0)
    return refuse('invalid-request', 'This is not a request for an approval.', { errors });
  const whole = jsonSize(request.policy);
  if (whole > LIMITS.policy)
    return refuse('too-large', `The policy takes ${whole} bytes; ${LIMITS.policy} are allowed.`);
  const misfit = subjectErrors(request.policy as never, request.subject);
  if (misfit.length > 0)
    return refuse('invalid-data', 'The subject does not fit the policy.', { errors: misfit });
  const size = jsonSize(request.subject ?? null);
  if (size <= LIMITS.subject) return ok(request);
  return refuse('too-large', `The subject takes ${size} bytes; ${LIMITS.subject} are allowed.`);
}

/**
 * Fields of the subject that stages compare as numbers, and that are none: no stage must be left out because somebody wrote
 * "5000" or nothing at all.
 */
export function subjectErrors(
  { stages }: Pick<PolicyDraft, 'stages'>,
  subject: Json = null,
): FieldError[] {
  return stages.flatMap(({ name, when }) =>
    (when ? numericFields(when) : []).flatMap((field) => {
      const names = field.split('.').slice(1);
      if (typeof valueAt(subject, names) === 'number') return [];
      const pointer = ['/subject', ...names.map(escapePointer)].join('/');
      return [{ pointer, detail: `must be a number; the stage ${name} compares it` }];
    }),
  );
}

/** Conditions see nothing but the subject. */
function whenErrors({ stages }: PolicyDraft): FieldError[] {
  return stages.flatMap(({ when }, i) =>
    when ? fieldErrors(when, `/policy/stages/${i}/when`) : [],
  );
}

function fieldErrors(condition: Condition, pointer: string): FieldError[] {
  if ('all' in condition)
    return condition.all.flatMap((one, i) => fieldErrors(one, `${pointer}/all/${i}`));
  if ('any' in condition)
    return condition.any.flatMap((one, i) => fieldErrors(one, `${pointer}/any/${i}`));
  if ('not' in condition) return fieldErrors(condition.not, `${pointer}/not`);
  if (/^subject(\.|$)/.test(condition.field)) return [];
  const detail = 'must begin with subject, such as subject.amount';
  return [{ pointer: `${pointer}/field`, detail }];
}

/**
 * The first events: `requested`, and the end when no stage of the policy applies to the subject. The owner is whoever
 * asks, unless the request names another one.
 */
export function decideRequest(request: ApprovalRequest, call: Call): readonly RecordEvent[] {
  const { actor } = call;
  const { title, subject = null, owner = actor.id } = request;
  // Who operates the cluster and names nobody is no author.
  const named = !actor.operator || request.actor !== undefined;
  const asks = named && actor.id !== owner ? { submittedBy: actor.id } : {};
  const policy = completePolicy(request.policy as never);
  const next = nextStage(policy, applies(subject));
  const begins = next === undefined ? {} : { next };
  const webhooks = (request.webhooks ?? []).map((one) => ({ on: WEBHOOK_OCCASIONS, ...one }));
  const told = webhooks.length > 0 ? { webhooks } : {};
  const facts: RecordFact[] = [
    { kind: 'requested', title, subject, owner, ...asks, policy, ...told, ...begins },
    ...(next === undefined ? [{ kind: 'closed', state: 'approved' } as const] : []),
  ];
  return recordEvents({ sequence: 0, version: 0 }, call, facts);
}

/** The first events once the first stage was looked up. */
export function withEntry(
  events: readonly RecordEvent[],
  { entry }: AdmittedApproval,
  call: Call,
): readonly RecordEvent[] {
  if (!entry) return events;
  const { approval, sequence, version } = recordOf('', events);
  const entered = { kind: 'stage-entered', stage: approval.stage, entry } as const;
  const system = { ...call, actor: { id: 'system', roles: [], operator: true } } as const;
  return [
    ...events,
    ...recordEvents({ sequence, version }, { ...system, via: 'system' }, [entered]),
  ];
}
