/** Which trigger an event fits, and what it leads to then. Pure. */
import { isOurs, ERRANDS } from '../../contracts/ids.ts';
import { instanceIdProblem } from '../../contracts/instance-id.ts';
import { ok, refuse, type Result } from '../../contracts/failures.ts';
import type { Json } from '../../contracts/json.ts';
import { eventJson, type CloudEvent, type Effect, type Trigger } from '../../contracts/triggers.ts';
import { fillTemplate } from './template.ts';

/** What an event leads to, and what that carries. */
export interface Plan {
  readonly effect: Effect;
  readonly payload: Json;
}

/** Of the events' names, each that is given must fit. */
export function triggerFor(triggers: readonly Trigger[], event: CloudEvent): Trigger | undefined {
  const { type, source, subject } = event.attributes;
  return triggers.find(
    (one) => fits(one.type, type) && fits(one.source, source) && fits(one.subject, subject),
  );
}

function fits(wanted: string | undefined, value: unknown): boolean {
  if (wanted === undefined) return true;
  if (typeof value !== 'string') return false;
  return wanted.endsWith('*') ? value.startsWith(wanted.slice(0, -1)) : value === wanted;
}

/**
 * `no-trigger`, or `invalid-data` when the event does not say for which instance it is, or for none that can be. `key`:
 * of the message. `taskQueues`: of the instances that may be signalled.
 */
export function planFor(
  triggers: readonly Trigger[],
  event: CloudEvent,
  { key, taskQueues }: { readonly key: string; readonly taskQueues: readonly string[] },
): Result<Plan> {
  const trigger = triggerFor(triggers, event);
  if (!trigger)
    return refuse(
      'no-trigger',
      triggers.length === 0
        ? 'Nothing is triggered here: the setting TRIGGERS says of which events what is to be started or signalled.'
        : `No trigger of the setting TRIGGERS takes an event of the type ${event.attributes.type}.`,
    );
  const { does } = trigger;
  const template = 'start' in does ? does.id : does.instance;
  // As long as those that Durable Functions make up.
  const instance = template ? fillTemplate(template, event) : ok(key.slice(0, 32));
  if (!instance.ok) return instance;
  const workflowId = instance.value;
  const wrong = instanceIdProblem(workflowId) ?? reserved(workflowId, 'start' in does);
  if (wrong !== undefined)
    return refuse('invalid-data', `The event leads to an instance that cannot be. ${wrong}`);
  const effect: Effect =
    'start' in does
      ? { kind: 'start', name: does.start, workflowId, ...does.target }
      : { kind: 'signal', name: does.signal, workflowId, taskQueues };
  const payload = trigger.input === 'event' ? eventJson(event) : (event.data ?? null);
  return ok({ effect, payload });
}

function reserved(workflowId: string, starts: boolean): string | undefined {
  const is = starts
    ? isOurs(workflowId)
    : ERRANDS.some((errand) => workflowId.startsWith(`${errand}:`));
  return is ? `Ids such as ${workflowId} are given by the service itself.` : undefined;
}
