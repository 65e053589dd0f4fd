/** The sample workflows, started and followed as clients of Durable Functions do. */
import { expect, test } from 'vitest';
import { startHarness } from '../support/harness.ts';

const { app } = await startHarness();

/** Starts it, waits for its end, and returns what it answers. */
async function outputOf(name: string, input: unknown) {
  const response = await app.inject({
    method: 'POST',
    url: `/runtime/webhooks/durabletask/orchestrators/${name}?timeout=30&pollingInterval=1`,
    headers: { host: 'localhost', 'content-type': 'application/json' },
    payload: JSON.stringify(input),
  });
  expect(response.statusCode).toBe(200);
  return response.json<unknown>();
}

test.concurrent.each<[name: string, input: unknown, output: unknown]>([
  ['Hello', null, 'Hello World!'],
  ['Hello', 'Ada', 'Hello Ada!'],
  ['Hello', { name: 'Grace' }, 'Hello Grace!'],
  ['Chain', 'in: ', 'in: F1F2F3F4'],
  ['FanOutFanIn', [3, 4], 25],
  ['FanOutFanIn', [], 0],
  ['FanOutFanIn', null, 55],
  ['Monitor', { takes: '1s', every: '200ms' }, { status: 'Completed', rounds: expect.any(Number) }],
  [
    'Monitor',
    { takes: '1h', every: '100ms', expiry: '500ms' },
    { status: 'Expired', rounds: expect.any(Number) },
  ],
])('%s of %j', async (name, input, output) => {
  expect(await outputOf(name, input)).toEqual(output);
});

test.each([
  ['FanOutFanIn', [1, '2']],
  ['FanOutFanIn', Array(501).fill(1)],
  ['Monitor', { every: 'soon' }],
])('%s refuses %j', async (name, input) => {
  expect(await outputOf(name, input)).toMatchObject({
    runtimeStatus: 'Failed',
    output: expect.stringMatching(/must be/),
  });
});
