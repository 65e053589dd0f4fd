/** An approval over a kill of everything between a reminder and the decision. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { awaitUntil } from '../support/await-until.ts';
import { allGone, kill, send, startService, temporaryDir } from '../support/service.ts';

test('a SIGKILL between reminder and decision loses nothing', { timeout: 90_000 }, async () => {
  const dataDir = join(await temporaryDir(), 'data');
  const service = await startService('start', { DATA_DIR: dataDir });
  const stages = [
    { name: 'boss', approvers: ['user:boss'], reminders: { every: 'PT2S', max: 50 } },
  ];
  const body = { title: 'Budget', subject: { amount: 7 }, policy: { stages } };
  const made = await send('POST', `${service.url}/api/approvals`, body, { user: 'olga' });
  expect(made.status, made.text).toBe(201);
  const at = made.headers.get('location') ?? '';
  const remindersOf = async (url: string): Promise<string[]> => {
    const { body: history } = await send('GET', `${url}${at}/history`, undefined, { user: 'olga' });
    const entries: { command: string; reason: string }[] = history._embedded.entries;
    return entries.filter(({ command }) => command === 'remind boss').map(({ reason }) => reason);
  };
  await awaitUntil('a reminder', async () => (await remindersOf(service.url)).length > 0, 20_000);
  const tree = service.tree();
  for (const pid of tree.toReversed()) kill(pid, 'SIGKILL');
  await allGone(tree);

  const again = await startService('start', { DATA_DIR: dataDir });
  const before = await awaitUntil(
    'it reminds again',
    async () => {
      const reminders = await remindersOf(again.url).catch(() => []);
      return reminders.length > 1 && reminders;
    },
    30_000,
  );
  expect(before[0]).toBe('Reminder 1.');
  expect(new Set(before).size, 'none comes twice').toBe(before.length);
  const done = await send('POST', `${again.url}${at}/approve`, { version: 1 }, { user: 'boss' });
  expect(done.body).toMatchObject({ state: 'approved', subject: { amount: 7 }, round: 1 });
  const told = await send('GET', `${again.url}/api/notifications`, undefined, { user: 'olga' });
  expect(told.body._embedded.notifications[0]).toMatchObject({ occasion: 'finished' });
});
