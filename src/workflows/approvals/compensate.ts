/** Carries out what a policy wants done because nobody has decided in time. */
import { durably } from '../shared/activities.ts';
import type { CompensationEffect } from './compensation.ts';

/** After the commit, because a decision could still win, were the workflow task of the clock lost. */
export async function compensate({ name, whom }: CompensationEffect): Promise<void> {
  await durably(name, `Timed out: ${name}`, whom, { afterCommit: true });
}
