/** Replaying histories on today's workflow code. */
import { readFile } from 'node:fs/promises';
import type { Client } from '@temporalio/client';
import proto, { type temporal } from '@temporalio/proto';
import { Worker, type ReplayResult } from '@temporalio/worker';
import { builtFile } from '../../src/paths.ts';
import { runsOf } from './documents.ts';

type History = temporal.api.history.v1.IHistory;

/** What comes of each. `code`: by default the bundle that workers run. */
export async function replay(
  histories: readonly History[],
  code?: string,
): Promise<ReplayResult[]> {
  const options = {
    workflowBundle: { code: code ?? (await readFile(builtFile('workflow-bundle.js'), 'utf8')) },
    dataConverter: { payloadConverterPath: builtFile('temporal/payload-converter.js') },
  };
  const given = histories.map((history) => ({
    workflowId: history.events?.[0]?.workflowExecutionStartedEventAttributes?.workflowId ?? '',
    history: proto.temporal.api.history.v1.History.fromObject(history),
  }));
  const results: ReplayResult[] = [];
  for await (const result of Worker.runReplayHistories(options, given)) results.push(result);
  return results;
}

/** The failures with which the runs of these workflows replay; empty when all is well. */
export async function replayFailures(
  client: Client,
  workflowIds: readonly string[],
): Promise<string[]> {
  const runs = await Promise.all(workflowIds.map((id) => runsOf(client, id)));
  const results = await replay(runs.flat().map((events) => ({ events })));
  return results.flatMap(({ error }) => (error ? [error.message] : []));
}
