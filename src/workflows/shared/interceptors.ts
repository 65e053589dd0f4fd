/**
 * Workflow interceptors for every workflow of ours: they hand each message's caller to the handlers, and they keep
 * signals with reserved names from wedging the workflow. Listed in the bundle as an interceptor module.
 */
import type { WorkflowInterceptorsFactory } from '@temporalio/workflow';
import { callerFrom } from './caller.ts';

const RESERVED = /^__(temporal_|stack_trace$|enhanced_stack_trace$)/;

export const interceptors: WorkflowInterceptorsFactory = () => ({
  inbound: [
    {
      // Every handler gets (payload, caller). More arguments, which only a raw client can send, are dropped: none of
      // them may pose as the caller.
      execute: (input, next) =>
        next({ ...input, args: [input.args[0], callerFrom(input.headers)] }),
      handleSignal: (input, next) =>
        next({ ...input, args: [input.args[0], callerFrom(input.headers)] }),
      handleUpdate: (input, next) =>
        next({ ...input, args: [input.args[0], callerFrom(input.headers)] }),
      validateUpdate: (input, next) =>
        next({ ...input, args: [input.args[0], callerFrom(input.headers)] }),
    },
  ],
  internals: [
    {
      // With a default signal handler, a signal named `__temporal_x` fails the workflow task for ever (SDK 1.24).
      // Under another name it reaches that handler and is refused there like any unknown event. A pure function of
      // the history, so it replays.
      activate(input, next) {
        for (const { signalWorkflow } of input.activation.jobs ?? []) {
          const name = signalWorkflow?.signalName;
          if (signalWorkflow && name && RESERVED.test(name))
            signalWorkflow.signalName = `reserved:${name}`;
        }
        next(input);
      },
    },
  ],
});
