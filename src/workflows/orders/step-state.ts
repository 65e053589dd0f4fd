/** How the steps of an order stand, and how events change that. Pure. */
import type { OrderEvent, StepName } from '../../contracts/orders/events.ts';

/** `refused`: nothing of it was done. `failed`: nobody knows what of it was done. */
export type StepState =
  'running' | 'done' | 'refused' | 'failed' | 'undone' | 'undo-failed' | 'settled';

export interface Step {
  readonly name: StepName;
  readonly state: StepState;
  /** How often it was begun. */
  readonly attempts: number;
  readonly startedAt: string;
  readonly endedAt?: string;
  /** Why it was refused or has failed, or why its undo has. */
  readonly reason?: string;
  readonly undo?: {
    /** How often all tries of its policy have failed. */
    readonly failures: number;
    /** When it is tried again. */
    readonly retryAt?: string;
    readonly doneAt?: string;
  };
}

/** With the step that begins now. */
export function begun(steps: readonly Step[], name: StepName, startedAt: string): readonly Step[] {
  const before = steps.find((step) => step.name === name);
  const step: Step = { name, state: 'running', attempts: (before?.attempts ?? 0) + 1, startedAt };
  return before ? steps.map((one) => (one === before ? step : one)) : [...steps, step];
}

/** With the step as it has ended. */
export function ended(
  { steps }: { readonly steps: readonly Step[] },
  name: StepName,
  state: StepState,
  endedAt: string,
  reason?: string,
): { readonly steps: readonly Step[] } {
  const why = reason === undefined ? {} : { reason };
  return {
    steps: steps.map((step) => (step.name === name ? { ...step, state, endedAt, ...why } : step)),
  };
}

/** With the shipping as it was before anybody wanted it undone; to be asked for again when its answer was lost. */
export function notUndone({
  steps,
  trackingNumber,
}: {
  readonly steps: readonly Step[];
  readonly trackingNumber?: string;
}): readonly Step[] {
  return steps.map((step) => {
    if (step.name !== 'ScheduleShipping') return step;
    const { undo: _undo, reason: _reason, ...before } = step;
    return { ...before, state: trackingNumber === undefined ? 'failed' : 'done' };
  });
}

export type Undoing = Extract<
  OrderEvent,
  { kind: 'undone' | 'undo-failed' | 'undo-retried' | 'settled' }
>;

/** With what the event says of undos. */
export function afterUndo(steps: readonly Step[], event: Undoing): readonly Step[] {
  return known(steps, event).map((step) => undoing(step, event));
}

/** With the step of the event, also when it was never begun as far as anybody knows. */
function known(steps: readonly Step[], event: Undoing): readonly Step[] {
  if (!('step' in event) || steps.some(({ name }) => name === event.step)) return steps;
  return [...steps, { name: event.step, state: 'failed', attempts: 0, startedAt: event.at }];
}

function undoing(step: Step, event: Undoing): Step {
  const { undo } = step;
  const failures = undo?.failures ?? 0;
  switch (event.kind) {
    case 'undone':
      if (step.name !== event.step) return step;
      return { ...step, state: 'undone', undo: { failures, doneAt: event.at } };
    case 'undo-failed': {
      const { step: name, reason, retryAt } = event;
      if (step.name !== name) return step;
      return { ...step, state: 'undo-failed', reason, undo: { failures: failures + 1, retryAt } };
    }
    case 'undo-retried':
      return step.state === 'undo-failed' ? { ...step, undo: { failures } } : step;
    case 'settled':
      if (step.state !== 'undo-failed') return step;
      return { ...step, state: 'settled', undo: { failures, doneAt: event.at } };
  }
}
