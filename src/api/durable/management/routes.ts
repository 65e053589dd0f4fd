/** The HTTP management API of Durable Functions: its routes, under both of its base paths. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { DurableOptions } from '../../../contracts/durable.ts';
import { askedBy, originOf } from '../../requests.ts';
import { admit, dataOf, queryOf, sendEnded, sendJson, speakDurable } from './dialect.ts';
import { badRequest, DurableFailure, invalidJson } from './failures.ts';
import type { Instances } from './instances.ts';
import type { InstanceLists } from './listing.ts';
import type { Purging } from './purging.ts';
import type { Rewinding } from './rewinding.ts';
import { LONGEST_WAIT, restart, start, startByGet } from './starting-routes.ts';
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

/** The public one, and the one that SDKs use within a function app. */
const BASES = [PUBLIC_BASE, '/durabletask'];

/** Whether the path is one of the dialect's. */
export function isDialect(url: string): boolean {
  const path = url.toLowerCase();
  return BASES.some((base) => path.startsWith(`${base}/`));
}

/** The header by which pages follow each other, in both directions. */
const TOKEN = 'x-ms-continuation-token';
const DEFAULT_TOP = 100;
/** Other verbs are 404. */
const NO_HEAD = { exposeHeadRoute: false };

/** Registers everything, apart from the rest of the gateway: bodies, errors and unknown routes are the contract's. */
export function managementRoutes(app: FastifyInstance, context: ManagementRoutes): void {
  for (const base of BASES)
    void app.register(
      async (scope) => {
        speakDurable(scope);
        scope.addHook('onRequest', async (request) => admit(request, context.secrets));
        scope.setNotFoundHandler((_request, reply) => reply.code(404).send());
        start(scope, { ...context, withRewind: false });
        status(scope, context);
        list(scope, context);
        events(scope, context);
        steer(scope, context);
        restart(scope, { ...context, withRewind: false });
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

export interface Instance {
  readonly Params: { readonly id: string };
}

function status(scope: FastifyInstance, { instances }: ManagementRoutes): void {
  scope.get<Instance>('/instances/:id', NO_HEAD, async (request, reply) => {
    const query = queryOf(request);
    const shown = {
      input: query.flag('showInput') ?? true,
      history: query.flag('showHistory') ?? false,
      results: query.flag('showHistoryOutput') ?? false,
    };
    const found = await instances.status(request.params.id, shown, request.signal);
    if (isFinal(found.runtimeStatus)) return sendEnded(found, request, reply);
    const here = `${originOf(request)}${request.originalUrl.replace(/^[a-z]+:\/\/[^/]*/i, '')}`;
    return sendJson(reply.code(202).headers({ location: here, 'retry-after': '5' }), found);
  });
}

function list(scope: FastifyInstance, { lists }: ManagementRoutes): void {
  scope.get('/instances', NO_HEAD, async (request, reply) => {
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
    await steering.raise(id, event, dataOf(body, options), askedBy(request, 'signal'));
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
