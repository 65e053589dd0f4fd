/**
 * Signals that come at the very moment in which a workflow continues as new. The server then refuses that, the task is
 * replayed together with them, and they must all be judged: every one is refused, so each can be counted.
 */
import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { awaitUntil } from '../support/await-until.ts';
import { named, runsOf, type HistoryEvent } from '../support/documents.ts';
import { startHarness } from '../support/harness.ts';
import { policyFor } from '../support/own-approvals.ts';
import { replay } from '../support/replaying.ts';

const harness = await startHarness();
const { client, taskQueue } = harness;

/** Three of them are more than a run may have. */
const LARGE = 'x'.repeat(1_900_000);
const LARGE_ONES = 8;
/** Workflows at a time, each so often. */
const SIDE_BY_SIDE = 3;
const TRIES = 4;

/** Signals, large ones for the length of the history and small ones for the moment, with a query after each: it cuts the task. */
async function bombard(workflowType: string, input: unknown): Promise<number> {
  const workflowId = `${workflowType}:${randomUUID()}`;
  const handle = await client.workflow.start(workflowType, {
    workflowId,
    taskQueue,
    args: [input],
  });
  const refused = async (): Promise<number> =>
    (await handle.query<{ refused: { count: number } }>('status')).refused.count;
  let sent = 0;
  for (let i = 0; i < LARGE_ONES; i += 1) {
    await handle.signal(`large ${i}`, LARGE);
    sent += 1;
    await awaitUntil('the large one is refused', async () => (await refused()) >= sent, 30_000);
    for (let j = 0; j < i; j += 1) {
      await handle.signal(`small ${j}`, null);
      sent += 1;
    }
  }
  await awaitUntil(`${sent} are refused`, async () => (await refused()) === sent, 30_000);
  const runs = await runsOf(client, workflowId, 1);
  expect(await failuresOf(runs), 'replayed').toEqual([]);
  await handle.terminate();
  return runs.flat().filter((event) => named(event) === 'WORKFLOW_EXECUTION_CONTINUED_AS_NEW')
    .length;
}

async function failuresOf(runs: readonly HistoryEvent[][]): Promise<(string | undefined)[]> {
  const results = await replay(runs.map((events) => ({ events })));
  return results.flatMap(({ error }) => (error ? [error.message] : []));
}

test.each([
  ['document', { type: 'employee-onboarding' }],
  ['approval', { title: 'Any', subject: null, policy: policyFor(['anyone']) }],
])('%s: none gets lost', { timeout: 300_000 }, async (workflowType, input) => {
  const lane = async (): Promise<number> => {
    let continued = 0;
    for (let i = 0; i < TRIES; i += 1) continued += await bombard(workflowType, input);
    return continued;
  };
  const lanes = await Promise.all(Array.from({ length: SIDE_BY_SIDE }, lane));
  for (const continued of lanes) expect(continued).toBeGreaterThanOrEqual(TRIES);
});
