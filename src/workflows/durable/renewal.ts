/**
 * Continue-as-new of orchestrators. As in Durable Functions, events that nobody has waited for yet go along; they travel
 * in headers, which takes the interceptors of this package.
 */
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import {
  continueAsNew as temporalContinueAsNew,
  workflowInfo,
  type WorkflowInterceptors,
} from '@temporalio/workflow';
import type { Job } from '../shared/jobs.ts';
import { listen, unreadEvents } from './events.ts';
import { heldJobs } from './suspension.ts';

/** Starts the orchestrator again with this input and a new history. Never returns. */
export async function continueAsNew(input?: unknown): Promise<never> {
  // So that what Temporal keeps for want of a handler goes along too.
  listen();
  return temporalContinueAsNew(input ?? null);
}

/** Such as `dossier-event:12:Approval`: the number keeps the order. */
const PREFIX = 'dossier-event:';

type Headers = Record<string, Payload>;

function headersOf(): Headers {
  const unread = unreadEvents().map(({ name, data }) => [
    name,
    defaultPayloadConverter.toPayload(data ?? null),
  ]);
  const held = heldJobs().flatMap(({ signalWorkflow }) => {
    if (!signalWorkflow) return [];
    const { signalName, input } = signalWorkflow;
    return [[signalName, input?.[0] ?? defaultPayloadConverter.toPayload(null)]];
  });
  const all = [...unread, ...held] as [string, Payload][];
  return Object.fromEntries(all.map(([name, data], i) => [`${PREFIX}${i}:${name}`, data]));
}

/** The signals that the run before has left to this one. */
function jobsIn(headers: Headers): Job[] {
  return Object.entries(headers)
    .filter(([key]) => key.startsWith(PREFIX))
    .map(([key, data]) => {
      const [number = '', ...name] = key.slice(PREFIX.length).split(':');
      return { at: Number(number), name: name.join(':'), data };
    })
    .toSorted((a, b) => a.at - b.at)
    .map(({ name, data }) => ({
      // What the SDK asks of a job; the class itself would bring all of the protocol into the bundle.
      variant: 'signalWorkflow',
      signalWorkflow: { signalName: name, input: [data], headers: {} },
    }));
}

/** To be listed before those that keep signals back. */
export function renewalInterceptors(): Required<
  Pick<WorkflowInterceptors, 'outbound' | 'internals'>
> {
  return {
    outbound: [
      {
        // Without one, the next run would have the memo of the first start, so neither custom status nor suspension.
        continueAsNew: (input, next) =>
          next({
            ...input,
            headers: { ...input.headers, ...headersOf() },
            options: { memo: workflowInfo().memo ?? {}, ...input.options },
          }),
      },
    ],
    internals: [
      {
        activate(input, next) {
          const { activation } = input;
          const [first, ...rest] = activation.jobs ?? [];
          const { headers } = first?.initializeWorkflow ?? {};
          if (first && headers) activation.jobs = [first, ...jobsIn(headers), ...rest];
          next(input);
        },
      },
    ],
  };
}
