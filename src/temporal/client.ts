/** The Temporal client as the gateway uses it: every call has a deadline, and says who makes it. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { Client, type ConnectionLike, type WorkflowClientInterceptor } from '@temporalio/client';
import { defaultPayloadConverter, type Headers } from '@temporalio/common';
import { CALL_HEADER, type CallContext } from '../contracts/caller.ts';
import { builtFile } from '../paths.ts';

/** How long a call may take, in milliseconds. */
export const DEADLINES = {
  /** Signals, starts, describes, queries. */
  ordinary: 5_000,
  /** Updates: during a continue-as-new single ones took up to 5.4 s. */
  update: 10_000,
} as const;

export interface CallOptions {
  /** Who calls and how; required for whatever changes something. */
  readonly caller?: CallContext;
  /** Default {@link DEADLINES}.ordinary. The client itself has none: a frozen server would hang it for ever. */
  readonly deadlineMs?: number;
  /** Makes a start or a signal the same one however often it is sent: the server takes one of each id. Default: a new one. */
  readonly requestId?: string;
  /** Ends the call early, when the HTTP client has gone away. */
  readonly signal?: AbortSignal;
  /** Also query workflows that are closed, for which a worker replays their history. Default false. */
  readonly closedToo?: boolean;
}

export interface Temporal {
  readonly namespace: string;
  readonly taskQueue: string;
  /** Whether a worker of this process may take up at once what is started here: it shares the connection. */
  readonly startsEagerly: boolean;
  /** Runs one client call. Everything that goes to Temporal from the gateway goes through here. */
  readonly call: <T>(options: CallOptions, fn: (client: Client) => Promise<T>) => Promise<T>;
}

export function createTemporal(options: {
  readonly connection: ConnectionLike;
  readonly namespace: string;
  readonly taskQueue: string;
  /** See {@link Temporal}; only for a native connection that a worker shares. Default false. */
  readonly startsEagerly?: boolean;
}): Temporal {
  const callers = new AsyncLocalStorage<CallContext>();
  const requestIds = new AsyncLocalStorage<string>();
  const clientFor = (
    queryRejectCondition: 'NOT_OPEN' | 'NONE',
    connection: ConnectionLike = options.connection,
  ) =>
    new Client({
      connection,
      namespace: options.namespace,
      dataConverter: { payloadConverterPath: builtFile('temporal/payload-converter.js') },
      workflow: { queryRejectCondition },
      interceptors: { workflow: [callerInterceptor(() => callers.getStore())] },
    });
  // Queries are for open workflows; a closed one would have to be replayed by a worker, and the archive has it.
  const open = clientFor('NOT_OPEN');
  const all = clientFor('NONE');
  const repeating = clientFor(
    'NOT_OPEN',
    withRequestIds(options.connection, () => requestIds.getStore()),
  );
  return {
    namespace: options.namespace,
    taskQueue: options.taskQueue,
    startsEagerly: options.startsEagerly ?? false,
    call({ caller, deadlineMs = DEADLINES.ordinary, requestId, signal, closedToo = false }, fn) {
      const client = requestId !== undefined ? repeating : closedToo ? all : open;
      const one = () =>
        requestId === undefined ? fn(client) : requestIds.run(requestId, fn, client);
      const bounded = () => client.withDeadline(Date.now() + deadlineMs, one);
      const cancellable = signal ? () => client.withAbortSignal(signal, bounded) : bounded;
      return within(deadlineMs, caller ? callers.run(caller, cancellable) : cancellable());
    },
  };
}

/** The client of the SDK (1.24) makes up the id of each request by itself, and has no option for it. */
function withRequestIds(
  connection: ConnectionLike,
  requestId: () => string | undefined,
): ConnectionLike {
  const workflowService = new Proxy(connection.workflowService, {
    get(service, name) {
      const method = Reflect.get(service, name) as (...args: unknown[]) => unknown;
      if (name !== 'signalWorkflowExecution' && name !== 'startWorkflowExecution') return method;
      return (request: object, ...rest: unknown[]) =>
        method.call(service, { ...request, requestId: requestId() }, ...rest);
    },
  });
  return new Proxy(connection, {
    get(target, name) {
      if (name === 'workflowService') return workflowService;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** The call took longer than its deadline; nothing is known about its effect. */
export class DeadlineExceeded extends Error {}

/** Milliseconds after the deadline in which the connection may still tell the reason itself. */
const GRACE = 200;

/**
 * To a native connection (SDK 1.24) the deadline is one per attempt: a call that the server turns away at once, such as
 * a second query on a workflow without a worker, is tried again for another 10 s behind it.
 */
async function within<T>(deadlineMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new DeadlineExceeded('The call took longer than its deadline.')),
      deadlineMs + GRACE,
    );
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Puts the caller into the header of everything that changes something. */
function callerInterceptor(caller: () => CallContext | undefined): WorkflowClientInterceptor {
  const sign = <T extends { readonly headers: Headers }>(input: T): T => {
    const context = caller();
    if (!context) throw new Error('a call that changes something must name its caller');
    return {
      ...input,
      headers: { ...input.headers, [CALL_HEADER]: defaultPayloadConverter.toPayload(context) },
    };
  };
  return {
    startWithDetails: (input, next) => next(sign(input)),
    signal: (input, next) => next(sign(input)),
    signalWithStart: (input, next) => next(sign(input)),
    startUpdate: (input, next) => next(sign(input)),
  };
}
