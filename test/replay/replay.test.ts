/**
 * Every recorded history must replay on today's workflow code, or documents that are open somewhere would get stuck
 * with the next deployment. `record.mjs` records them.
 */
import { readdir, readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { builtFile } from '../../src/paths.ts';
import type { Loose } from '../support/harness.ts';
import { replay } from '../support/replaying.ts';
import * as workflows from '../../src/workflows/index.ts';

const DIRECTORY = new URL('histories/', import.meta.url);
const files = (await readdir(DIRECTORY)).filter((name) => name.endsWith('.json'));
const code = await readFile(builtFile('workflow-bundle.js'), 'utf8');

async function load(file: string): Promise<Loose> {
  return JSON.parse(await readFile(new URL(file, DIRECTORY), 'utf8'));
}

test('every recorded history replays', { timeout: 60_000 }, async () => {
  const results = await replay(await Promise.all(files.map(load)));
  expect(results.map(({ error }, i) => [files[i], error?.message])).toEqual(
    files.map((file) => [file, undefined]),
  );
});

test('every workflow type has at least one, none is large', async () => {
  for (const type of Object.keys(workflows))
    expect(
      files.filter((file) => file.startsWith(`${type}-`)),
      type,
    ).not.toHaveLength(0);
  for (const file of files) {
    const history = await load(file);
    expect(history.events[0].workflowExecutionStartedEventAttributes.workflowType.name).toBe(
      file.split('-')[0],
    );
    expect(JSON.stringify(history).length, file).toBeLessThan(200_000);
  }
});

test('a history that today’s code would not make is noticed', async () => {
  const history = await load('document-by-signals.json');
  // The marker of the local activity that tells the approver.
  const at = history.events.findIndex((event: Loose) => event.markerRecordedEventAttributes);
  expect(at).toBeGreaterThan(0);
  const changed = history.events
    .toSpliced(at, 1)
    .map((event: Loose, i: number) => ({ ...event, eventId: String(i + 1) }));
  const [result] = await replay([{ ...history, events: changed }]);
  expect(result?.error).toBeDefined();
});

test('code that would not make a recorded history is noticed', async () => {
  const changed = code.replaceAll('SubmitDocument', 'TellApprover');
  expect(changed).not.toBe(code);
  const [result] = await replay([await load('document-by-signals.json')], changed);
  expect(result?.error?.message).toMatch(/nondeterminism|non-determinis/i);
});
