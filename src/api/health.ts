/** Is it alive, is it ready. */
import proto from '@temporalio/proto'; // CommonJS, of which Node finds no named exports
import { Type } from 'typebox';
import { databaseAnswers, type Database } from '../store/database.ts';
import type { Temporal } from '../temporal/client.ts';
import type { TypedApp } from './app.ts';

/** How long readiness waits for each part, in milliseconds. */
const PATIENCE = 2_000;
/** A worker polls at least once a minute; one that has not for longer is gone. */
const POLL_EVERY_MS = 70_000;

const WORKFLOW_QUEUE = proto.temporal.api.enums.v1.TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW;

const Parts = Type.Object({
  temporal: Type.Boolean(),
  database: Type.Boolean(),
  worker: Type.Boolean(),
});

/**
 * `/healthz`: this process answers. `/readyz`: Temporal, the database and a worker on our task queue were reached just
 * now; 503 otherwise, with the parts. A worker that was killed counts for up to 70 s more: that is how long Temporal
 * remembers its last poll.
 */
export function healthRoutes(
  app: TypedApp,
  { temporal, database }: { temporal: Temporal; database: Database },
): void {
  const tags = ['service'];
  app.get(
    '/healthz',
    {
      schema: {
        tags,
        operationId: 'alive',
        response: { 200: Type.Object({ status: Type.Literal('ok') }) },
      },
    },
    async () => ({
      status: 'ok' as const,
    }),
  );

  const Ready = Type.Object({ status: Type.String(), parts: Parts });
  const schema = { tags, operationId: 'ready', response: { 200: Ready, 503: Ready } };
  app.get('/readyz', { schema }, async ({ signal }, reply) => {
    const [polled, answers] = await Promise.all([
      lastPoll(temporal, signal),
      databaseAnswers(database, PATIENCE),
    ]);
    const parts = {
      temporal: polled !== undefined,
      database: answers,
      worker: polled !== undefined && Date.now() - polled < POLL_EVERY_MS,
    };
    const ready = Object.values(parts).every(Boolean);
    if (!ready) reply.code(503).header('retry-after', '5');
    return { status: ready ? 'ready' : 'not ready', parts };
  });
}

/** When a worker last polled our task queue (0: never); undefined when Temporal does not answer. */
async function lastPoll(
  { call, namespace, taskQueue }: Temporal,
  signal: AbortSignal,
): Promise<number | undefined> {
  try {
    const { pollers } = await call({ deadlineMs: PATIENCE, signal }, (client) =>
      client.workflowService.describeTaskQueue({
        namespace,
        taskQueue: { name: taskQueue },
        taskQueueType: WORKFLOW_QUEUE,
      }),
    );
    return Math.max(
      0,
      ...(pollers ?? []).map(({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) * 1000),
    );
  } catch {
    return undefined;
  }
}
