/**
 * Workflow interceptors for every workflow of ours: they hand each message's caller to the handlers, keep signals with
 * reserved names from wedging the workflow, and suspend it. Listed in the bundle as an interceptor module.
 */
import type { WorkflowInterceptors } from '@temporalio/workflow';
import { defaultPayloadConverter } from '@temporalio/common';
import { CALL_HEADER, SYSTEM } from '../../contracts/caller.ts';
import { admitted, callerFrom, relayed } from './caller.ts';
import { suspensionInterceptors } from '../durable/suspension.ts';
import { withoutReserved } from './reserved.ts';
import { wakeFor } from './task.ts';

export function interceptors(): WorkflowInterceptors {
  const suspension = suspensionInterceptors({ startsSuspended: true });
  return {
    inbound: [
      ...suspension.inbound,
      {
        // Every handler gets (payload, caller). More arguments, which only a raw client can send, are dropped: none of
        // them may pose as the caller.
        execute: (input, next) =>
          next({ ...input, args: [input.args[0], callerFrom(input.headers)] }),
        handleSignal: (input, next) => {
          const [payload] = input.args;
          const caller = callerFrom(input.headers);
          const inner = relayed(input.signalName, payload, caller);
          if (!inner)
            return next({ ...input, args: [payload, admitted(input.signalName, caller)] });
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
        activate(input, next) {
          const jobs = input.activation.jobs ?? [];
          wakeFor(jobs);
          withoutReserved(jobs);
          next(input);
        },
      },
      ...suspension.internals,
    ],
  };
}
