/** `POST /triggers`: events that start or signal something. */
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { OPERATOR_ROLE } from '../../contracts/caller.ts';
import { FAILURES, type FailureCode } from '../../contracts/failures.ts';
import type { CloudEvent, Effect } from '../../contracts/triggers.ts';
import { hasRole } from '../../workflows/shared/people.ts';
import type { TypedApp } from '../app.ts';
import { addressesOf, StartResponse, type StartAnswer } from '../durable/start-response.ts';
import { asProblem, logFailure, Problem, problem } from '../errors.ts';
import { takeAnyBody } from '../plugins/any-body.ts';
import { callContext } from '../plugins/caller.ts';
import { problems } from '../problems.ts';
import { BATCH, eventsIn, MOST_EVENTS, STRUCTURED } from './http-binding.ts';
import type { Intake } from './intake.ts';

export interface TriggerRoutes extends Pick<StartAnswer, 'taskHub' | 'secrets'> {
  readonly intake: Intake;
}

const Event = Type.Object(
  {
    specversion: Type.Literal('1.0'),
    id: Type.String({ minLength: 1 }),
    source: Type.String({ minLength: 1, format: 'uri-reference' }),
    type: Type.String({ minLength: 1 }),
    subject: Type.Optional(Type.String()),
    time: Type.Optional(Type.String({ format: 'date-time' })),
    datacontenttype: Type.Optional(Type.String()),
    dataschema: Type.Optional(Type.String({ format: 'uri' })),
    data: Type.Optional(Type.Unknown()),
    data_base64: Type.Optional(Type.String()),
  },
  { description: 'CloudEvents 1.0. Other attributes are extensions.' },
);

const Triggered = Type.Object({
  action: Type.Union([Type.Literal('started'), Type.Literal('signalled')]),
  name: Type.String({ description: 'Of the function, or of the signal.' }),
  ...StartResponse.properties,
});
const TriggeredMany = Type.Object({
  count: Type.Integer(),
  _embedded: Type.Object({ events: Type.Array(Triggered) }),
});

const schema = {
  tags: ['originals'],
  operationId: 'trigger',
  summary: 'Start or signal by a CloudEvent',
  description: `In the binary mode (headers ce-id, ce-source, ce-specversion, ce-type; any body) or the structured one (${STRUCTURED}), or up to ${MOST_EVENTS} at once (${BATCH}). Sent again, an event does nothing again and is answered alike.`,
  body: {
    content: {
      [STRUCTURED]: { schema: Event },
      [BATCH]: { schema: Type.Array(Event, { maxItems: MOST_EVENTS }) },
      '*/*': { schema: Type.Unknown() },
    },
  },
  response: {
    202: Type.Union([Triggered, TriggeredMany]),
    ...problems(400, 403, 404, 409, 413, 415, 422, 503),
  },
};

/** The route, for the role `operator`. Bodies are read by the rules of CloudEvents, so the scope is its own. */
export function triggerRoutes(scope: TypedApp, context: TriggerRoutes): void {
  takeAnyBody(scope);
  const options = { schema, validatorCompiler: () => () => true };
  scope.addHook('onRequest', async ({ actor }) => {
    if (!hasRole(actor, OPERATOR_ROLE))
      throw problem('forbidden', `Only who has the role ${OPERATOR_ROLE} may trigger anything.`);
  });
  scope.post('/triggers', options, async (request, reply) => {
    const body = request.body as Buffer | undefined;
    const events = eventsIn(request.headers, body);
    reply.code(202);
    if (!isMany(events)) {
      const triggered = told(await takeOne(context, events, request), context, request);
      reply.header('location', triggered.statusQueryGetUri);
      return triggered;
    }
    const effects = await takeAll(context, events, request);
    const all = effects.map((effect) => told(effect, context, request));
    return { count: all.length, _embedded: { events: all } };
  });
}

function isMany(events: CloudEvent | readonly CloudEvent[]): events is readonly CloudEvent[] {
  return Array.isArray(events);
}

function takeOne({ intake }: TriggerRoutes, event: CloudEvent, request: FastifyRequest) {
  return intake.take(event, { caller: callContext(request), signal: request.signal });
}

/**
 * One after the other, because they may be about the same instance; one that fails keeps no other from being taken.
 * @throws Problem of the one that is most worth sending again, because the sender does so with all; `detail` says which
 */
async function takeAll(
  context: TriggerRoutes,
  events: readonly CloudEvent[],
  request: FastifyRequest,
): Promise<Effect[]> {
  const effects: Effect[] = [];
  const failed: { readonly at: number; readonly problem: Problem }[] = [];
  for (const [at, event] of events.entries()) {
    try {
      effects.push(await takeOne(context, event, request));
    } catch (error) {
      const one = asProblem(error);
      logFailure(one, error, request);
      failed.push({ at, problem: one });
      // Whoever does not answer now has let this request wait long enough.
      if (FAILURES[one.refusal.code].retryable) break;
    }
  }
  const [worst] = failed.toSorted((a, b) => hope(b.problem) - hope(a.problem));
  if (!worst) return effects;
  const { refusal, headers } = worst.problem;
  const rest = `Of ${events.length} events, ${effects.length} were taken; send all of them again.`;
  throw new Problem(
    { ...refusal, detail: `Event ${worst.at + 1} of the batch: ${refusal.detail} ${rest}` },
    headers,
  );
}

/** What may be possible at another time, although the answer is no 503. */
const LATER: ReadonlySet<FailureCode> = new Set(['not-found', 'already-exists', 'internal']);

function hope({ refusal: { code } }: Problem): number {
  if (FAILURES[code].retryable) return 2;
  return LATER.has(code) ? 1 : 0;
}

function told(effect: Effect, { taskHub, secrets }: TriggerRoutes, request: FastifyRequest) {
  const { kind, name, workflowId: id } = effect;
  const action = kind === 'start' ? ('started' as const) : ('signalled' as const);
  return { action, name, ...addressesOf({ id, taskHub, secrets }, request) };
}
