/**
 * Workflow interceptors for every workflow of ours: they hand each message's caller to the handlers, and they keep
 * signals with reserved names from wedging the workflow. Listed in the bundle as an interceptor module.
 */
import type { WorkflowInterceptorsFactory } from '@temporalio/workflow';
import { defaultPayloadConverter } from '@temporalio/common';
import { CALL_HEADER, SYSTEM } from '../../contracts/caller.ts';
import { callerFrom, relayed } from './caller.ts';
import { wakeFor } from './task.ts';

const RESERVED = /^__(temporal_|stack_trace$|enhanced_stack_trace$)/;

export const interceptors: WorkflowInterceptorsFactory = () => ({
  inbound: [
    {
      // Every handler gets (payload, caller). More arguments, which only a raw client can send, are dropped: none of
      // them may pose as the caller.
      execute: (input, next) =>
        next({ ...input, args: [input.args[0], callerFrom(input.headers)] }),
      handleSignal: (input, next) => {
        const [payload] = input.args;
        const caller = callerFrom(input.headers);
        const inner = relayed(input.signalName, payload, caller);
        if (!inner) return next({ ...input, args: [payload, caller] });
        return next({ ...input, signalName: inner.name, args: [inner.payload, inner.caller] });
      },
      handleUpdate: (input, next) =>
        next({ ...input, args: [input.args[0], callerFrom(input.headers)] }),
      validateUpdate: (input, next) =>
        next({ ...input, args: [input.args[0], callerFrom(input.headers)] }),
    },
  ],
  outbound: [
    {
      // Without it the receiver would take the message for an operator's.
      signalWorkflow: (input, next) =>
        next({
          ...input,
          headers: { ...input.headers, [CALL_HEADER]: defaultPayloadConverter.toPayload(SYSTEM) },
        }),
    },
  ],
  internals: [
    {
      // With a default signal handler, a signal named `__temporal_x` fails the workflow task for ever (SDK 1.24).
      // Under another name it reaches that handler and is refused there like any unknown event. A pure function of
      // the history, so it replays.
      activate(input, next) {
        wakeFor(input.activation.jobs ?? []);
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
