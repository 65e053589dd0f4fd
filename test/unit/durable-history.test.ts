/** Recorded Temporal histories in the words of Durable Functions. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import proto from '@temporalio/proto';
import { describe, expect, test } from 'vitest';
import { durableHistory, type DurableEvent } from '../../src/api/durable/management/history.ts';
import { payloadConverter } from '../../src/temporal/payload-converter.ts';

const FOLDER = 'test/replay/histories';
const { History } = proto.temporal.api.history.v1;

function told(file: string, shown: { input?: boolean; output?: boolean } = {}): DurableEvent[] {
  const history = History.fromObject(
    JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as object,
  );
  return durableHistory(history.events, {
    input: true,
    output: true,
    ...shown,
    decode: (payload) => payloadConverter.fromPayload<unknown>(payload),
    reserved: {
      suspend: 'dossier:suspend',
      resume: 'dossier:resume',
      terminate: 'durable:terminate',
    },
    endedAs: undefined,
  });
}
const kinds = (events: readonly DurableEvent[]) => events.map(({ EventType }) => EventType);

describe.each(readdirSync(FOLDER))('%s', (file) => {
  test('begins with its start, and has a time everywhere', () => {
    const events = told(file);
    expect(events[0]).toMatchObject({
      EventType: 'ExecutionStarted',
      FunctionName: expect.any(String),
    });
    const times = events.map(({ Timestamp }) => String(Timestamp));
    for (const time of times) expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z$/);
    expect(kinds(events)).not.toContain(undefined);
    expect(JSON.parse(JSON.stringify(events))).toEqual(events);
  });

  test('tells neither inputs nor results that are not asked for', () => {
    for (const event of told(file, { input: false, output: false })) {
      expect(event).not.toHaveProperty('Result');
      if (event['EventType'] !== 'ExecutionTerminated') expect(event).not.toHaveProperty('Input');
    }
  });
});

test('a rejection in time: started, event, activity, completed', () => {
  const events = told('OrchFunction-decided.json');
  expect(kinds(events)).toEqual([
    'ExecutionStarted',
    'TimerCreated',
    'EventRaised',
    'TaskCompleted',
    'ExecutionCompleted',
  ]);
  expect(events[0]).toMatchObject({ FunctionName: 'OrchFunction' });
  expect(events[1]).toMatchObject({ FireAt: expect.stringMatching(/0000Z$/) });
  expect(events[2]).toMatchObject({ Name: 'Approval', Input: false });
  const text = 'Your project design proposal has been -  Rejected!';
  expect(events[3]).toMatchObject({ FunctionName: 'Approval', Result: text });
  expect(events[4]).toMatchObject({ OrchestrationStatus: 'Completed', Result: [text] });
});

test('an escalation: the timer fires, and the child that goes on for itself stays as created', () => {
  const events = told('OrchFunction-escalated.json');
  const fired = events.find(({ EventType }) => EventType === 'TimerFired');
  const created = events.find(({ EventType }) => EventType === 'TimerCreated');
  expect(fired?.['FireAt']).toBe(created?.['FireAt']);
  expect(
    events.find(({ EventType }) => EventType === 'SubOrchestrationInstanceCreated'),
  ).toMatchObject({
    Name: 'approval',
    InstanceId: expect.stringMatching(/^approval:/),
  });
});

test('an activity is told once, with its function and when it was scheduled', () => {
  const done = told('QuoteWithTimeout-in-time.json').find(
    ({ EventType }) => EventType === 'TaskCompleted',
  );
  expect(done).toMatchObject({
    FunctionName: expect.any(String),
    ScheduledTime: expect.stringMatching(/Z$/),
    Timestamp: expect.stringMatching(/Z$/),
  });
  expect(kinds(told('QuoteWithTimeout-in-time.json'))).not.toContain('TaskScheduled');
});
