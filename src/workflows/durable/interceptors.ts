/**
 * For workers of others (`dossier/durable/interceptors` in `interceptors.workflowModules`): with it their workflows can be
 * suspended and resumed, keep unread events when they continue as new, and are not wedged by signals that no workflow can
 * read. It costs two events for each run: a patch says that it is there.
 */
import { defaultPayloadConverter, type PayloadConverter } from '@temporalio/common';
import { log, patched, type WorkflowInterceptors } from '@temporalio/workflow';
import { SUSPENDABLE } from '../../contracts/durable.ts';
import type { Job } from '../shared/jobs.ts';
import { withoutReserved } from '../shared/reserved.ts';
import { renewalInterceptors } from './renewal.ts';
import { suspensionInterceptors } from './suspension.ts';

export function interceptors(): WorkflowInterceptors {
  const [renewal, suspension] = [
    renewalInterceptors(),
    suspensionInterceptors({ startsSuspended: false }),
  ];
  return {
    inbound: suspension.inbound,
    outbound: renewal.outbound,
    internals: [
      {
        activate(input, next) {
          const { activation } = input;
          const jobs = activation.jobs ?? [];
          if (jobs[0]?.initializeWorkflow) announce();
          withoutReserved(jobs);
          activation.jobs = jobs.filter(isReadable);
          next(input);
        },
      },
      ...renewal.internals,
      ...suspension.internals,
    ],
  };
}

/** A patch, which those that were begun without it do not have when they are replayed: an upsert would wedge them. */
function announce(): void {
  patched(SUSPENDABLE);
}

/**
 * An exception in the payload converter would fail the workflow task for ever (temporalio/sdk-typescript#1174), so such a
 * signal is dropped; it stays in the history.
 */
function isReadable({ signalWorkflow }: Job): boolean {
  if (!signalWorkflow) return true;
  try {
    for (const payload of signalWorkflow.input ?? []) converter().fromPayload(payload);
    return true;
  } catch (error) {
    const { signalName } = signalWorkflow;
    log.warn('A signal was dropped: its payload cannot be read', {
      signalName,
      cause: String(error),
    });
    return false;
  }
}

/** The worker's own; the SDK (1.24) has no other way to it. */
function converter(): PayloadConverter {
  const { __TEMPORAL_ACTIVATOR__: activator } = globalThis as {
    readonly __TEMPORAL_ACTIVATOR__?: { readonly payloadConverter?: PayloadConverter };
  };
  return activator?.payloadConverter ?? defaultPayloadConverter;
}
