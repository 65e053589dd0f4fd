/** Waiting for the end of workflows on behalf of HTTP clients, by Temporal's own long poll. */
import { setTimeout as delay } from 'node:timers/promises';
import { WorkflowFailedError } from '@temporalio/client';
import { DeadlineExceeded, type Temporal } from '../../temporal/client.ts';
import { grpcCode } from '../../temporal/grpc.ts';
import { problem } from '../errors.ts';

/** One run of a workflow. */
export interface Awaited {
  readonly workflowId: string;
  readonly runId: string;
}

/** Workflows that one process waits for at a time; Temporal by default holds 1,200 polls of all clients together. */
const MOST = 500;
/** Milliseconds after which a poll is begun anew. */
const LONGEST = 60_000;
/** A gRPC code. */
const DEADLINE_EXCEEDED = 4;

interface Poll {
  readonly ended: Promise<boolean>;
  readonly controller: AbortController;
  waiting: number;
}

/**
 * Asks for the close event, for which the server keeps the call open. No worker takes part, and nothing is added to the history;
 * however many clients wait for one workflow, it is one poll, which ends with the last of them.
 */
export class Endings {
  readonly #call: Temporal['call'];
  readonly #most: number;
  readonly #polls = new Map<string, Poll>();
  readonly #clients = new Set<AbortController>();
  #isOver = false;

  constructor({ call }: Pick<Temporal, 'call'>, { most = MOST } = {}) {
    this.#call = call;
    this.#most = most;
  }

  /** How many workflows are waited for. */
  get size(): number {
    return this.#polls.size;
  }

  /**
   * Whether the workflow has ended, however, within so many milliseconds. False too when the client has gone, or we go.
   * @throws Problem `busy` when too many workflows are waited for
   */
  async within(run: Awaited, ms: number, signal: AbortSignal): Promise<boolean> {
    const until = Date.now() + ms;
    for (let left = ms; left > 0 && !signal.aborted && !this.#isOver; left = until - Date.now())
      if (await this.#share(run, Math.min(left, LONGEST), signal)) return true;
    return false;
  }

  /** Answers all who wait, because nobody will be there any more. */
  end(): void {
    this.#isOver = true;
    for (const client of this.#clients) client.abort();
  }

  async #share(run: Awaited, ms: number, signal: AbortSignal): Promise<boolean> {
    const key = `${run.runId} ${run.workflowId}`;
    const poll = this.#polls.get(key) ?? this.#begin(key, run);
    poll.waiting += 1;
    const over = new AbortController();
    this.#clients.add(over);
    try {
      return await Promise.race([poll.ended, elapsed(ms, AbortSignal.any([signal, over.signal]))]);
    } finally {
      over.abort();
      this.#clients.delete(over);
      poll.waiting -= 1;
      if (poll.waiting === 0) {
        if (this.#polls.get(key) === poll) this.#polls.delete(key);
        poll.controller.abort();
      }
    }
  }

  #begin(key: string, { workflowId, runId }: Awaited): Poll {
    if (this.#polls.size >= this.#most)
      throw problem('busy', `There are ${this.#most} waits being awaited already.`);
    const controller = new AbortController();
    const options = { signal: controller.signal, deadlineMs: LONGEST };
    const result = this.#call(options, ({ workflow }) =>
      workflow.getHandle(workflowId, runId).result(),
    );
    const ended = result
      .then(() => true, isEnd)
      .finally(() => {
        controller.abort();
        if (this.#polls.get(key) === poll) this.#polls.delete(key);
      });
    // When the last one has gone nobody is told.
    ended.catch(() => undefined);
    const poll: Poll = { ended, controller, waiting: 0 };
    this.#polls.set(key, poll);
    return poll;
  }
}

/** A workflow that has failed has ended, too; when only the time is up it has not. */
function isEnd(error: unknown): boolean {
  if (error instanceof WorkflowFailedError) return true;
  if (error instanceof DeadlineExceeded || grpcCode(error) === DEADLINE_EXCEEDED) return false;
  throw error;
}

function elapsed(ms: number, signal: AbortSignal): Promise<boolean> {
  return delay(ms, false, { signal }).catch(() => false);
}
