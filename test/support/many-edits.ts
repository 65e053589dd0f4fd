/** One document with very many edits, and everything that must be true of it afterwards. */
import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import type { StatusView } from '../../src/workflows/documents/view.ts';
import { awaitUntil } from './await-until.ts';
import { historyOf, named, runsOf, type HistoryEvent } from './documents.ts';
import { call, SECTIONS, type Harness } from './harness.ts';
import { replayFailures } from './replaying.ts';

const [BY_SIGNAL, BY_UPDATE] = SECTIONS;

export interface RunNumbers {
  readonly events: number;
  readonly bytes: number;
  readonly signals: number;
  readonly updates: number;
}

/**
 * Edits, eighty at a time, while the document continues as new: this `share` of them by updates through the gateway, the
 * others by plain signals. Returns what its runs cost, the first one first.
 */
export async function editOften(
  harness: Harness,
  edits: number,
  share: number,
): Promise<RunNumbers[]> {
  const { client } = harness;
  const created = await call(harness, 'POST', '/api/documents', { type: 'employee-onboarding' });
  expect(created.status).toBe(201);
  const id = created.body.id as string;
  const handle = client.workflow.getHandle(`document:${id}`);
  const data = (text: string) => ({ feedback: text, isPassed: true });
  const at = `/api/documents/${id}/sections/${BY_UPDATE}`;
  // Each update says which version it has made, of a text that nobody else writes.
  const madeBy = new Map<number, string>();
  const update = async (text: string): Promise<void> => {
    const answer = await call(harness, 'PUT', at, data(text));
    expect(answer.status, answer.text).toBe(200);
    madeBy.set(answer.body.version, text);
  };
  const signal = (text: string): Promise<void> => handle.signal(BY_SIGNAL, data(text));
  const updates = edits * share;
  for (let sent = 0, updated = 0; sent < edits; sent += 80) {
    const some: Promise<void>[] = [];
    for (let i = sent; i < sent + 80; i += 1) {
      const asUpdate = updated < (i + 1) * share;
      updated += asUpdate ? 1 : 0;
      some.push(asUpdate ? update(`update ${i}`) : signal(`signal ${i}`));
    }
    await Promise.all(some);
  }
  await awaitUntil(
    'all are in',
    async () => (await handle.query<StatusView>('status')).version === 1 + edits,
    60_000,
  );
  expect(madeBy.size, 'no two updates made the same version').toBe(updates);

  await checkHistory(harness, id, edits, madeBy);
  await checkColdQuery(harness, id, edits);
  const runs = (await runsOf(client, handle.workflowId)).toReversed();
  for (const { events } of runs.map(numbersOf)) expect(events).toBeLessThan(5_000);
  expect(runs.length).toBeGreaterThan(edits / 1000);
  expect(await replayFailures(client, [handle.workflowId])).toEqual([]);
  await finish(harness, id, edits);
  return runs.map(numbersOf);
}

/** Every message is in it, once, each with a version of its own, and the document can be read as it was. */
async function checkHistory(
  harness: Harness,
  id: string,
  edits: number,
  madeBy: ReadonlyMap<number, string>,
): Promise<void> {
  const { entries, refusedCount, pages } = await historyOf(harness, id);
  expect(refusedCount).toBe(0);
  expect(pages).toBe(Math.ceil((edits + 1) / 500));
  expect(entries.map(({ version }) => version)).toEqual(
    Array.from({ length: edits + 1 }, (_, i) => i + 1),
  );
  const texts = entries.slice(1).map((entry) => entry.changes.find(isFeedback).to as string);
  expect(new Set(texts).size).toBe(edits);
  for (const [version, text] of madeBy) expect(texts[version - 2]).toBe(text);
  // A change is told against the one before it, also across pages.
  const last = new Map<string, string>();
  for (const { changes } of entries.slice(1)) {
    const { pointer, from, to } = changes.find(isFeedback);
    expect(from).toBe(last.get(pointer));
    last.set(pointer, to);
  }
  for (const version of [1, 2, Math.floor(edits / 3), edits - 60, edits - 1, edits]) {
    const then = await call(harness, 'GET', `/api/documents/${id}?version=${version}`);
    expect(then).toMatchObject({ status: 200, body: { version } });
    for (const section of [BY_SIGNAL, BY_UPDATE]) {
      const expected = entries
        .slice(0, version)
        .findLast(({ command }) => command === `fill ${section}`)
        ?.changes.find(isFeedback).to;
      expect(then.body.sections[section].data?.feedback).toBe(expected);
    }
  }
}

function isFeedback({ pointer }: { pointer: string }): boolean {
  return pointer.endsWith('/feedback');
}

/** A worker that has never seen the document answers for it. */
async function checkColdQuery(harness: Harness, id: string, edits: number): Promise<void> {
  await harness.stopWorker();
  await harness.startWorker();
  const read = await call(harness, 'GET', `/api/documents/${id}`);
  expect(read).toMatchObject({ status: 200, body: { version: 1 + edits, state: 'open' } });
}

async function finish(harness: Harness, id: string, edits: number): Promise<void> {
  const cancelled = await call(harness, 'POST', `/api/documents/${id}/cancel`, {
    reason: randomUUID(),
  });
  expect(cancelled).toMatchObject({ status: 200, body: { state: 'cancelled' } });
  await harness.client.workflow.getHandle(`document:${id}`).result();
  const { entries } = await historyOf(harness, id);
  expect(entries).toHaveLength(edits + 2);
}

function numbersOf(events: readonly HistoryEvent[]): RunNumbers {
  const count = (name: string): number => events.filter((event) => named(event) === name).length;
  return {
    events: events.length,
    bytes: JSON.stringify(events).length,
    signals: count('WORKFLOW_EXECUTION_SIGNALED'),
    updates: count('WORKFLOW_EXECUTION_UPDATE_ACCEPTED'),
  };
}
