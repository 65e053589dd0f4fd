/** The second article's own routes: start, check and stop a workflow by its business key. Anybody who may call may use them. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { workflowIdOf, waitAddress, type WaitKey } from '../../contracts/ids.ts';
import { WaitKeyText } from '../../contracts/waits/schemas.ts';
import { listedOf } from '../../temporal/visibility.ts';
import { articleRequest } from '../../workflows/waits/request.ts';
import type { WaitSummary } from '../../workflows/waits/view.ts';
import type { TypedApp } from '../app.ts';
import { Problem } from '../errors.ts';
import { problems } from '../problems.ts';
import { askedBy } from '../requests.ts';
import { summaryOf, type LocatedWait } from '../waits/service.ts';
import type { WaitRoutes } from '../waits/routes.ts';
import { dotNetStatus, DotNetStatus } from './dot-net-status.ts';
import type { Instances } from './management/instances.ts';
import { runtimeStatusOf, type RuntimeStatus } from './management/status.ts';

export interface OriginalWaits extends Pick<WaitRoutes, 'reader' | 'starter' | 'commander'> {
  readonly instances: Instances;
  /** Whether GET starts and stops, too. */
  readonly getCompat: boolean;
}

/** What the article calls workflow and event. */
const NAME = 'Workflow';

const tags = ['originals'];
const params = Type.Object({ input: WaitKeyText });
const Nobody = Type.Null({ description: 'There is none.' });
type Keyed = FastifyRequest<{ Params: { input: string } }>;

export function originalWaitRoutes(app: TypedApp, context: OriginalWaits): void {
  ignoreBodies(app);
  const shape = { tags, params };
  const start = {
    ...shape,
    summary: 'Start the workflow for this key, unless it waits already',
    response: { 200: Type.Null(), ...problems(400, 403, 413, 503) },
  };
  const check = {
    ...shape,
    summary: 'The status of the workflow for this key; needs no worker',
    response: { 200: DotNetStatus, 404: Nobody, ...problems(400, 403, 503) },
  };
  const stop = {
    ...shape,
    summary: 'Stop the workflow for this key',
    response: { 200: DotNetStatus, 404: Nobody, ...problems(400, 403, 409, 413, 503) },
  };
  const routes = [
    ['start', start, starter(context)],
    ['check', check, checker(context)],
    ['stop', stop, stopper(context)],
  ] as const;
  for (const [word, schema, handle] of routes) {
    const changes = word !== 'check';
    app.post(`/${word}/:input`, { schema: { ...schema, operationId: `${word}Workflow` } }, handle);
    if (changes && !context.getCompat) continue;
    // HEAD starts and stops nothing, and no page of another site can do it.
    const options = changes ? { exposeHeadRoute: false, config: { changes } } : {};
    const operationId = `${word}WorkflowByGet`;
    app.get(`/${word}/:input`, { ...options, schema: { ...schema, operationId } }, handle);
  }
}

/** The article reads none, whatever clients send. */
function ignoreBodies(app: TypedApp): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, async () => undefined);
}

function starter({ starter: starting }: OriginalWaits) {
  return async (request: Keyed, reply: FastifyReply) => {
    const { input } = request.params;
    request.log.info(`Starting a new workflow for ${input}`);
    const as = { workflowType: NAME, input };
    const wait = { name: NAME, key: input };
    const start = { wait, request: articleRequest(input), ifExists: 'existing', as } as const;
    // One that somebody else has started, and keeps to themselves, is there as well.
    await starting.start(start, askedBy(request, 'start')).catch(unless('already-exists'));
    return reply.code(200).send();
  };
}

function checker(context: OriginalWaits) {
  return async (request: Keyed, reply: FastifyReply) => {
    const { input } = request.params;
    request.log.info(`Checking workflow for ${input}`);
    const wait = { name: NAME, key: input };
    const located = await context.reader.read(wait, askedBy(request)).catch(unless('not-found'));
    if (!located) return reply.code(404).send();
    return reply.send(await statusOf(context, wait, located, request));
  };
}

function stopper(context: OriginalWaits) {
  return async (request: Keyed, reply: FastifyReply) => {
    const { input } = request.params;
    const { log } = request;
    log.info(`Stopping workflow for ${input}`);
    const wait = { name: NAME, key: input };
    const status = await stopped(context, wait, request);
    if (!status) {
      log.info(`Didn't find a matching instance for ${input}`);
      return reply.code(404).send();
    }
    log.info(`Found a matching instance with id ${status.instanceId}`);
    return reply.send(status);
  };
}

/** One update; of one that has ended already, where it stands. */
async function stopped(context: OriginalWaits, wait: WaitKey, request: Keyed) {
  const { commander, reader } = context;
  const asked = askedBy(request);
  // The article's F# sends the key as data.
  const command = { kind: 'stop', data: wait.key } as const;
  const result = await commander
    .command(wait, command, asked)
    .catch(unless('not-found', 'wrong-state'));
  if (result?.wait) return statusOfSummary(wait, result.wait);
  const located = await reader.read(wait, asked).catch(unless('not-found'));
  return located && statusOf(context, wait, located, request);
}

/** Nothing instead of these problems. */
function unless(...codes: readonly string[]) {
  return (error: unknown): undefined => {
    if (error instanceof Problem && codes.includes(error.refusal.code)) return undefined;
    throw error;
  };
}

async function statusOf(
  { instances }: OriginalWaits,
  wait: WaitKey,
  { found, description }: LocatedWait,
  { signal }: Keyed,
) {
  const summary = summaryOf(found);
  if (!description) return statusOfSummary(wait, summary);
  const { workflowId } = description;
  // Its id is not made of its key, so only its history tells what it was started with.
  if (workflowId !== instanceIdOf(wait))
    return dotNetStatus(
      await instances.status(workflowId, { input: true, history: false, results: false }, signal),
    );
  const stamp = description.raw.workflowExecutionInfo?.mostRecentWorkerVersionStamp;
  return statusOfSummary(wait, summary, runtimeStatusOf(listedOf(description), Boolean(stamp)));
}

function statusOfSummary(
  wait: WaitKey,
  { state, customStatus, createdAt, updatedAt, closedReason }: WaitSummary,
  runtimeStatus: RuntimeStatus = RUNTIME_STATUS[state],
) {
  return dotNetStatus({
    name: NAME,
    instanceId: instanceIdOf(wait),
    runtimeStatus,
    input: wait.key,
    customStatus,
    output: runtimeStatus === 'Terminated' ? (closedReason ?? null) : null,
    createdTime: createdAt,
    lastUpdatedTime: updatedAt,
  });
}

const RUNTIME_STATUS: Readonly<Record<WaitSummary['state'], RuntimeStatus>> = {
  waiting: 'Running',
  completed: 'Completed',
  stopped: 'Completed',
  expired: 'Completed',
  cancelled: 'Terminated',
  terminated: 'Terminated',
  failed: 'Failed',
};

function instanceIdOf(wait: WaitKey): string {
  return workflowIdOf('wait', waitAddress(wait));
}
