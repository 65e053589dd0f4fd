/** How a wait begins: the checks on what was sent, and the first event. Pure; gateway and workflow both run it. */
import type { Call } from '../../contracts/caller.ts';
import { isReservedEvent } from '../../contracts/durable.ts';
import { durationProblem, parseDuration } from '../../contracts/durations.ts';
import { ok, refuse, type FieldError, type Result } from '../../contracts/failures.ts';
import type { WaitKey } from '../../contracts/ids.ts';
import { LIMITS } from '../../contracts/limits.ts';
import type { Who } from '../../contracts/people.ts';
import { WAIT_REQUEST } from '../../contracts/waits/commands.ts';
import type { WaitRequest } from '../../contracts/waits/types.ts';
import { newDeadline } from '../shared/deadline.ts';
import { jsonSize, schemaErrors } from '../shared/json.ts';
import { checkSound } from '../shared/sound.ts';
import { WAIT_COMMAND } from './commands.ts';
import { waitEvents, waitOf, type WaitRecord } from './state.ts';

/** What the second article's workflow is, as a wait: anybody may check and stop it, and its input is all it knows. */
export function articleRequest(input: unknown): unknown {
  return { events: ['Workflow'], senders: ['anyone'], data: input ?? null };
}

/** Takes the input of a start for what it is: anything at all. Nothing is a request in which everything has its default. */
export function parseWaitRequest(raw: unknown, wait: WaitKey, at: string): Result<WaitRequest> {
  const input = raw ?? {};
  const sound = checkSound(input);
  if (!sound.ok) return sound;
  const misshapen = schemaErrors(WAIT_REQUEST, input);
  if (misshapen.length > 0)
    return refuse('invalid-request', 'This is not a request for a wait.', { errors: misshapen });
  const request = input as WaitRequest;
  const errors = misfits(request, wait, at);
  if (errors.length > 0) return refuse('invalid-data', 'Such a wait cannot be.', { errors });
  const size = jsonSize(request.data ?? null);
  if (size <= LIMITS.waitData) return ok(request);
  return refuse('too-large', `The data takes ${size} bytes; ${LIMITS.waitData} are allowed.`);
}

function misfits(request: WaitRequest, wait: WaitKey, at: string): FieldError[] {
  const { events, mode, deadline, timeout } = request;
  const wrong = (pointer: string, detail: string | undefined | false): FieldError[] =>
    detail ? [{ pointer, detail }] : [];
  const late = deadline !== undefined && newDeadline(deadline, at);
  return [
    ...(events ?? []).flatMap((name, i, all) =>
      wrong(`/events/${i}`, nameProblem(name) ?? (isTwice(name, i, all) && 'is there twice')),
    ),
    ...wrong('/events', events === undefined && nameProblem(wait.name)),
    ...wrong(
      '/mode',
      typeof mode === 'number' && mode > (events?.length ?? 1) && 'is more events than there are',
    ),
    ...wrong(
      '/timeout',
      timeout !== undefined &&
        (deadline === undefined ? durationProblem(timeout) : 'goes without a deadline only'),
    ),
    ...wrong('/deadline', late && !late.ok && 'must lie in the future, less than ten years ahead'),
  ];
}

function nameProblem(name: string): string | undefined {
  const taken = name === WAIT_COMMAND || name.startsWith('__') || isReservedEvent(name);
  return taken ? `must name events, and none may be called ${name}` : undefined;
}

/** Names differ by more than their case, because events are known in any. */
function isTwice(name: string, i: number, all: readonly string[]): boolean {
  return all.findIndex((one) => one.toLowerCase() === name.toLowerCase()) !== i;
}

/** The new wait. The owner is whoever starts it. */
export function startedWait(wait: WaitKey, request: WaitRequest, call: Call): WaitRecord {
  const { events = [wait.name], mode = 'any', onTimeout = 'expire', data = null } = request;
  const { senders = [], webhook } = request;
  const dueAt = dueAtOf(request, call.at);
  const started = {
    kind: 'started',
    owner: call.actor.id,
    events,
    mode,
    data,
    onTimeout,
    senders: senders as readonly Who[],
    ...(dueAt === undefined ? {} : { dueAt }),
    ...(webhook === undefined ? {} : { webhook }),
  } as const;
  return waitOf(wait, waitEvents({ version: 0 }, call, [started]));
}

function dueAtOf({ deadline, timeout }: WaitRequest, at: string): string | undefined {
  if (deadline !== undefined) return new Date(deadline).toISOString();
  const ms = timeout === undefined ? undefined : parseDuration(timeout);
  return ms === undefined ? undefined : new Date(Date.parse(at) + ms).toISOString();
}
