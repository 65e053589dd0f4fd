/**
 * Signals, queries, suspend and resume in any order, while effects are carried out by local activities: nothing gets
 * lost or comes twice, and every history replays.
 */
import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { awaitUntil } from '../support/await-until.ts';
import { historyOf } from '../support/documents.ts';
import { call, SECTIONS, startHarness } from '../support/harness.ts';
import { replayFailures } from '../support/replaying.ts';

const harness = await startHarness();
const { client } = harness;
const [SECTION] = SECTIONS;
const SIDE_BY_SIDE = 4;
const ROUNDS = 120;

/** Returns the workflow id. Each document has its own course, which a failure names. */
async function weather(seed: number): Promise<string> {
  const made = await call(harness, 'POST', '/api/documents', { type: 'employee-onboarding' });
  const workflowId = `document:${made.body.id}`;
  const handle = client.workflow.getHandle(workflowId);
  let state = seed;
  const next = (below: number): number => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
  let [assigned, garbage] = [0, 0];
  for (let i = 0; i < ROUNDS; i += 1) {
    const what = next(10);
    if (what < 4) {
      // Each notifies somebody, which is a local activity.
      await handle.signal('command', { kind: 'assign', section: SECTION, to: `user${i}` });
      assigned += 1;
    } else if (what < 6) {
      await handle.signal('Nobody', i);
      garbage += 1;
    } else if (what === 6) await handle.signal('durable:suspend', 'storm');
    else if (what === 7) await handle.signal('durable:resume', 'calm');
    else await handle.query('status');
  }
  await handle.signal('durable:resume', 'the end');
  const refused = async () =>
    (await handle.query<{ refused: { count: number } }>('status')).refused.count;
  await awaitUntil(`${seed}: all are judged`, async () => (await refused()) === garbage, 30_000);
  const { entries } = await historyOf(harness, made.body.id as string);
  const accepted = entries.filter((entry) => entry.accepted && entry.command.startsWith('assign '));
  expect(accepted, `${seed}`).toHaveLength(assigned);
  return workflowId;
}

test('nothing gets lost, and all replays', { timeout: 180_000 }, async () => {
  const seeds = Array.from({ length: SIDE_BY_SIDE }, () =>
    Number.parseInt(randomUUID().slice(0, 7), 16),
  );
  const ids = await Promise.all(seeds.map(weather));
  expect(await replayFailures(client, ids), `seeds ${seeds.join()}`).toEqual([]);
});
