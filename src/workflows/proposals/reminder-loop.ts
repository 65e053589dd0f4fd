/** The course's reminders. */
import { sleep, workflowInfo } from '@temporalio/workflow';
import { durably } from '../shared/activities.ts';
import { isJsonObject } from '../shared/json.ts';
import { milliseconds } from './durations.ts';

const DAYS = 10;

/** Reminds once a day for ten days; `{"every": duration}` in the input says another time. How many were sent. */
export async function ReminderLoop(input: unknown): Promise<{ readonly reminders: number }> {
  const every = milliseconds(input, 'every', 'P1D');
  const text = isJsonObject(input) && typeof input['text'] === 'string' ? input['text'] : '';
  const { workflowId, runId } = workflowInfo();
  let reminders = 0;
  while (reminders < DAYS) {
    await sleep(every);
    reminders += 1;
    const reminder = { key: `${workflowId}:${runId}:${reminders}`, number: reminders, text };
    await durably('SendReminder', `Reminder ${reminders} of ${DAYS}`, reminder);
  }
  return { reminders };
}
