/** Routes that start something, and may wait for its end. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { askedBy } from '../../requests.ts';
import { sendStartResponse, type StartAnswer } from '../start-response.ts';
import { dataOf, queryOf, sendEnded, sendJson } from './dialect.ts';
import { badArgument } from './failures.ts';
import type { Instance, ManagementRoutes } from './routes.ts';

/** What they need, and how they answer. */
export type Starting = ManagementRoutes & Omit<StartAnswer, 'id'>;

/** Longest wait for the end of an instance, in milliseconds; as long as Azure keeps a request. */
export const LONGEST_WAIT = 230_000;

/** Of routes that may wait for the end of an instance. */
const WAITING = { handlerTimeout: LONGEST_WAIT + 10_000 };

interface StartParams {
  readonly Params: { readonly name: string; readonly id?: string };
}

function starter(context: Starting) {
  return async (request: FastifyRequest<StartParams>, reply: FastifyReply) => {
    const { name, id } = request.params;
    const input = dataOf(request.body as Buffer | undefined, context.options);
    const version = queryOf(request).text('version');
    const what = { name, id: id || undefined, input, version };
    const started = await context.steering.start(what, askedBy(request, 'start'));
    return answerStart(context, started, request, reply);
  };
}

export function start(scope: FastifyInstance, context: Starting): void {
  const handle = starter(context);
  scope.post<StartParams>('/orchestrators/:name', WAITING, handle);
  scope.post<StartParams>('/orchestrators/:name/:id', WAITING, handle);
}

/** As the articles do it, from a browser's address bar: so HEAD starts nothing, and no page of another site can do it. */
export function startByGet(scope: FastifyInstance, context: Starting): void {
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
      if (ended.runtimeStatus === 'Completed') return sendJson(reply, ended.output);
      return sendEnded(ended, request, reply);
    }
  }
  return sendStartResponse({ ...answer, id }, request, reply);
}

export function restart(scope: FastifyInstance, context: Starting): void {
  scope.post<Instance>('/instances/:id/restart', WAITING, async (request, reply) => {
    const anew = queryOf(request).flag('restartWithNewInstanceId') ?? true;
    const asked = askedBy(request, 'start');
    const id = await context.steering.restart(request.params.id, anew, asked);
    return answerStart(context, id, request, reply);
  });
}
