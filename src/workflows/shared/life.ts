/** The life of a workflow that people command, whatever it is about: in which order it acts, waits, and ends. */
import {
  allHandlersFinished,
  CancellationScope,
  condition,
  isCancellation,
} from '@temporalio/workflow';
import type { NewNotification } from '../../contracts/notifications.ts';
import { isSuspended } from '../durable/suspension.ts';
import { uncommitted } from './activities.ts';
import { Alarm } from './alarm.ts';
import type { Reception } from './reception.ts';
import { task } from './task.ts';

/** What is its own in each. */
export interface Life {
  readonly isOpen: () => boolean;
  /** Looks up what has to be known before others see where it stands. */
  readonly prepare: () => Promise<void>;
  /** Brings in step what others see. */
  readonly publish: () => void;
  readonly carryOut: () => Promise<void>;
  readonly renewal?: Renewal | undefined;
  /** In milliseconds since 1970; undefined when no clock runs. */
  readonly nextStrike: () => number | undefined;
  readonly tick: () => void;
}

/** How the history is cut: a long one makes every cold query slow, and one too long ends the workflow. */
export interface Renewal {
  readonly isDue: () => boolean;
  /** Continues as new, and never returns; returns when there is something left to do in this run. */
  readonly continueAsNew: () => Promise<void>;
}

/** Lives until it is closed. Effects of the end itself are still to be carried out. */
export async function liveUntilClosed(reception: Reception, life: Life): Promise<void> {
  const alarm = new Alarm();
  let rang = false;
  while (life.isOpen()) {
    // Between the acceptance of an update and its completion there must be no other command: replay would fail.
    await condition(allHandlersFinished);
    const isDue = life.renewal?.isDue() ?? false;
    if (isDue && !task().hasLocalResult && !isSuspended()) await life.renewal?.continueAsNew();
    // After it: what the clock brings about is to be carried out first, and the next ring may bring more.
    if (rang) life.tick();
    if (!life.isOpen()) return;
    await CancellationScope.nonCancellable(life.prepare);
    const { received } = reception;
    life.publish();
    await CancellationScope.nonCancellable(life.carryOut);
    // Where it was due and could not be, soon: that takes a task in which no local activity has come back yet.
    alarm.set(isDue ? 0 : life.nextStrike());
    // Also when a handler that looked something up has ended it meanwhile: then nobody sends anything more.
    const changed = (): boolean => reception.received !== received || !life.isOpen();
    await condition(() => changed() || alarm.rings());
    rang = alarm.stopped();
  }
}

/** Runs `work`; returns the cancellation that ended it, if one did. Other errors are thrown on. */
export async function cancellationOf(work: () => Promise<void>): Promise<unknown> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (isCancellation(error)) return error;
    throw error;
  }
}

/**
 * Carries out what is left and writes the whole to the archive, again when somebody has sent more meanwhile: that was
 * refused, and it is history too. `notifications`: those that go with it.
 */
export async function archiveWhole(
  reception: Reception,
  notifications: readonly NewNotification[],
  carryOut: () => Promise<void>,
  archive: (when: { readonly afterCommit: boolean }) => Promise<void>,
): Promise<void> {
  // When a clock has ended it, an update could still win, were this workflow task lost.
  const byClock = notifications.some(({ by }) => by === undefined);
  for (let archived = -1; archived !== reception.received;) {
    await carryOut();
    archived = reception.received;
    await archive({ afterCommit: byClock || uncommitted(reception).afterCommit });
  }
}
