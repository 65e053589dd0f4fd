/** The HTTP management API of Durable Functions: its routes, under both of its base paths. */
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { asProblem, logFailure } from '../../errors.ts';
import { hasRole } from '../../../workflows/shared/people.ts';
import { parseStrict } from '../../plugins/json-body.ts';
import { OPERATOR_ROLE } from '../../../contracts/caller.ts';
import type { DurableOptions } from '../../../contracts/durable.ts';
import { FAILURES } from '../../../contracts/failures.ts';
import { askedBy } from '../../requests.ts';
import { badArgument, badRequest, DurableFailure, invalidJson, unauthorized } from './failures.ts';
import { isCodeOf } from '../capability.ts';
import { sendStartResponse, type StartAnswer } from '../start-response.ts';
import type { Instances } from './instances.ts';
import type { InstanceLists } from './listing.ts';
import type { Purging } from './purging.ts';
import { DurableQuery } from './query.ts';
import type { Rewinding } from './rewinding.ts';
import { isFinal, statusFilter } from './status.ts';
import type { Steering } from './steering.ts';
import type { Suspending } from './suspending.ts';
import { PUBLIC_BASE } from './uris.ts';

export interface ManagementRoutes {
  readonly instances: Instances;
  readonly steering: Steering;
  readonly lists: InstanceLists;
  readonly purging: Purging;
  readonly rewinding: Rewinding;
  readonly suspending: Suspending;
  readonly options: Pick<DurableOptions, 'emptyEvent' | 'text'>;
  /** Whether an app's functions can be started by GET, too. */
  readonly getCompat: boolean;
  /** For the `code` of instances. */
  readonly secrets: readonly string[];
  readonly taskHub: string;
  /** In front of the route by which an app starts functions, such as /api. */
  readonly apiPrefix: string;
}

/** Routes that start something, and how they answer. */
type Starting = ManagementRoutes & Omit<StartAnswer, 'id'>;

/** The public one, and the one that SDKs use within a function app. */
const BASES = [PUBLIC_BASE, '/durabletask'];

/** Longest wait for the end of an instance, in milliseconds; as long as Azure keeps a request. */
const LONGEST_WAIT = 230_000;

/** The header by which pages follow each other, in both directions. */
const TOKEN = 'x-ms-continuation-token';
const DEFAULT_TOP = 100;

/** Of routes that may wait for the end of an instance. */
const WAITING = { handlerTimeout: LONGEST_WAIT + 10_000 };

/** Registers everything, apart from the rest of the gateway: bodies, errors and unknown routes are the contract's. */
export function managementRoutes(app: FastifyInstance, context: ManagementRoutes): void {
  for (const base of BASES)
    void app.register(
      async (scope) => {
        speakDurable(scope);
        scope.addHook('onRequest', async (request) => admit(request, context.secrets));
        scope.setNotFoundHandler((_request, reply) => reply.code(404).send());
        start(scope, { ...context, base, withRewind: false });
        status(scope, context);
        list(scope, context);
        events(scope, context);
        steer(scope, context);
        restart(scope, { ...context, base, withRewind: false });
        purge(scope, context);
      },
      { prefix: base },
    );
  // What the starter function of an app answers; its addresses are those of the management API.
  void app.register(
    async (scope) => {
      speakDurable(scope);
      start(scope, context);
      if (context.getCompat) startByGet(scope, context);
    },
    { prefix: context.apiPrefix },
  );
}

/** Bodies and errors as the contract has them. */
function speakDurable(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser(
    '*',
    { parseAs: 'buffer' },
    async (_request: unknown, body: Buffer) => body,
  );
  scope.setErrorHandler(refuse);
  scope.addHook('onRoute', (route) => void (route.schema = { ...route.schema, hide: true }));
}

function refuse(error: FastifyError | Error, request: FastifyRequest, reply: FastifyReply): void {
  const failure = error instanceof DurableFailure ? error : foreign(error, request);
  reply.code(failure.status);
  if (failure.body === undefined) void reply.send();
  else void sendJson(reply, failure.body);
}

/** What is none of the contract's own: told in its shape. */
function foreign(error: Error, request: FastifyRequest): DurableFailure {
  const found = asProblem(error);
  logFailure(found, error, request);
  const { code, detail } = found.refusal;
  const { status: http, title } = FAILURES[code];
  const body = { Message: title, ExceptionMessage: detail, ExceptionType: code, StackTrace: '' };
  return new DurableFailure(http, body);
}

interface Instance {
  readonly Params: { readonly id: string };
}

/**
 * Who operates the service may do all of it, and whoever has the code of an instance may watch and steer that one.
 * @throws DurableFailure 401
 */
function admit(request: FastifyRequest, secrets: readonly string[]): void {
  if (hasRole(request.actor, OPERATOR_ROLE)) return;
  const { id } = request.params as { readonly id?: string };
  const isInstance = request.routeOptions.url?.includes('/instances/:id') ?? false;
  const code = queryOf(request).text('code') ?? '';
  if (!isInstance || id === undefined || !isCodeOf(secrets, id, code)) throw unauthorized();
}

interface StartParams {
  readonly Params: { readonly name: string; readonly id?: string };
}

function starter(context: Starting) {
  return async (request: FastifyRequest<StartParams>, reply: FastifyReply) => {
    const { name, id } = request.params;
    const input = inputOf(request.body as Buffer | undefined, context);
    const version = queryOf(request).text('version');
    const what = { name, id: id || undefined, input, version };
    const started = await context.steering.start(what, askedBy(request, 'start'));
    return answerStart(context, started, request, reply);
  };
}

function start(scope: FastifyInstance, context: Starting): void {
  const handle = starter(context);
  scope.post<StartParams>('/orchestrators/:name', WAITING, handle);
  scope.post<StartParams>('/orchestrators/:name/:id', WAITING, handle);
}

/** As the articles do it, from a browser's address bar: so HEAD starts nothing, and no page of another site can do it. */
function startByGet(scope: FastifyInstance, context: Starting): void {
  const handle = starter(context);
  const options = { ...WAITING, exposeHeadRoute: false, config: { changes: true } };
  scope.get<StartParams>('/orchestrators/:name', options, handle);
  scope.get<StartParams>('/orchestrators/:name/:id', options, handle);
}

/** 202 with the addresses; where the client has asked to wait and it has ended in time, how it ended. */
async function answerStart(
  { steering, instances, ...answer }: Starting,
  id: string,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const query = queryOf(request);
  const [timeout, interval] = [query.seconds('timeout'), query.seconds('pollingInterval')];
  if (timeout !== undefined && interval !== undefined) {
    if (interval > timeout)
      throw badArgument(
        `Total timeout ${timeout / 1000} should be bigger than retry timeout ${interval / 1000}`,
      );
    if (await steering.wait(id, Math.min(timeout, LONGEST_WAIT), request.signal)) {
      const shown = { input: true, history: false, results: false };
      const ended = await instances.status(id, shown, request.signal);
      const body = ended.runtimeStatus === 'Completed' ? ended.output : ended;
      return sendJson(reply, body);
    }
  }
  return sendStartResponse({ ...answer, id }, request, reply);
}

function status(scope: FastifyInstance, { instances }: ManagementRoutes): void {
  scope.get<Instance>('/instances/:id', async (request, reply) => {
    const query = queryOf(request);
    const shown = {
      input: query.flag('showInput') ?? true,
      history: query.flag('showHistory') ?? false,
      results: query.flag('showHistoryOutput') ?? false,
    };
    const found = await instances.status(request.params.id, shown, request.signal);
    const { runtimeStatus } = found;
    const failed = runtimeStatus === 'Failed' && query.flag('returnInternalServerErrorOnFailure');
    if (isFinal(runtimeStatus)) reply.code(failed ? 500 : 200);
    else {
      const here = `${request.protocol}://${request.host}${request.originalUrl}`;
      reply.code(202).headers({ location: here, 'retry-after': '5' });
    }
    return sendJson(reply, found);
  });
}

function list(scope: FastifyInstance, { lists }: ManagementRoutes): void {
  scope.get('/instances', async (request, reply) => {
    const query = queryOf(request);
    const filter = {
      createdFrom: query.instant('createdTimeFrom'),
      createdTo: query.instant('createdTimeTo'),
      statuses: statusFilter(query.list('runtimeStatus')),
      idPrefix: query.text('instanceIdPrefix'),
    };
    const token = [request.headers[TOKEN] ?? []].flat().join() || undefined;
    const page = {
      top: query.count('top') ?? DEFAULT_TOP,
      showInput: query.flag('showInput') ?? true,
      token,
    };
    const { instances, next } = await lists.page(filter, page, request.signal);
    // Always there, and empty on the last page.
    return sendJson(reply.header(TOKEN, next), instances);
  });
}

function events(scope: FastifyInstance, context: ManagementRoutes): void {
  const { steering, options } = context;
  interface Event {
    readonly Params: { readonly id: string; readonly event: string };
  }
  scope.post<Event>('/instances/:id/raiseEvent/:event', async (request, reply) => {
    const { id, event } = request.params;
    // In this order, as in the contract.
    await steering.requireOpen(id, request.signal);
    const [type = ''] = (request.headers['content-type'] ?? '').split(';');
    if (type.trim().toLowerCase() !== 'application/json')
      throw badRequest('Only application/json request content is supported');
    const body = request.body as Buffer | undefined;
    const isEmpty = !body || body.length === 0;
    if (isEmpty && options.emptyEvent === 'refused') throw invalidJson('The body is empty.');
    await steering.raise(id, event, inputOf(body, context), askedBy(request, 'signal'));
    return reply.code(202).send();
  });
}

function steer(
  scope: FastifyInstance,
  { steering, suspending, rewinding }: ManagementRoutes,
): void {
  const reasonOf = (request: FastifyRequest): string => queryOf(request).text('reason') ?? '';
  scope.post<Instance>('/instances/:id/terminate', async (request, reply) => {
    await steering.terminate(request.params.id, reasonOf(request), askedBy(request, 'signal'));
    return reply.code(202).send();
  });
  scope.post<Instance>('/instances/:id/suspend', async (request, reply) => {
    await suspending.suspend(request.params.id, reasonOf(request), askedBy(request, 'signal'));
    return reply.code(202).send();
  });
  scope.post<Instance>('/instances/:id/resume', async (request, reply) => {
    await suspending.resume(request.params.id, reasonOf(request), askedBy(request, 'signal'));
    return reply.code(202).send();
  });
  scope.post<Instance>('/instances/:id/rewind', async (request, reply) => {
    await rewinding.rewind(request.params.id, reasonOf(request), request.signal);
    return reply.code(202).send();
  });
}

function restart(scope: FastifyInstance, context: Starting): void {
  scope.post<Instance>('/instances/:id/restart', WAITING, async (request, reply) => {
    const anew = queryOf(request).flag('restartWithNewInstanceId') ?? true;
    const asked = askedBy(request, 'start');
    const id = await context.steering.restart(request.params.id, anew, asked);
    return answerStart(context, id, request, reply);
  });
}

function purge(scope: FastifyInstance, { purging }: ManagementRoutes): void {
  const deleted = (count: number, reply: FastifyReply): FastifyReply =>
    count === 0 ? reply.code(404).send() : sendJson(reply, { instancesDeleted: count });
  scope.delete<Instance>('/instances/:id', async (request, reply) => {
    await purging.one(request.params.id, request.signal);
    return deleted(1, reply);
  });
  const options = { handlerTimeout: LONGEST_WAIT };
  scope.delete('/instances', options, async (request, reply) => {
    const query = queryOf(request);
    const createdFrom = query.instant('createdTimeFrom');
    if (createdFrom === undefined)
      throw new DurableFailure(400, "Please provide value for 'createdTimeFrom' parameter.");
    const filter = {
      createdFrom,
      createdTo: query.instant('createdTimeTo') ?? new Date().toISOString(),
      statuses: statusFilter(query.list('runtimeStatus')),
      idPrefix: undefined,
    };
    return deleted(await purging.many(filter, request.signal), reply);
  });
}

/** An input or the data of an event, as the settings say. @throws DurableFailure 400 */
function inputOf(
  body: Buffer | undefined,
  { options }: Pick<ManagementRoutes, 'options'>,
): unknown {
  const value = jsonOf(body);
  if (options.text === 'kept' || typeof value !== 'string') return value;
  try {
    return parseStrict(Buffer.from(value));
  } catch {
    // A text like any other.
    return value;
  }
}

/** The body as JSON, whatever its type says it is; nothing is `null`. @throws DurableFailure 400 */
function jsonOf(body: Buffer | undefined): unknown {
  if (!body || body.length === 0) return null;
  try {
    return parseStrict(body);
  } catch (error) {
    throw invalidJson((error as Error).message);
  }
}

/** Any JSON value, also a bare text or `null`. */
function sendJson(reply: FastifyReply, value: unknown): FastifyReply {
  return reply.type('application/json; charset=utf-8').send(JSON.stringify(value));
}

function queryOf({ url }: FastifyRequest): DurableQuery {
  const mark = url.indexOf('?');
  return new DurableQuery(mark === -1 ? '' : url.slice(mark + 1));
}
