/** Everything killed between a reminder and the decision, again and again: nothing comes twice, nothing is lost. */
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { awaitUntil } from '../support/await-until.ts';
import type { Loose } from '../support/harness.ts';
import {
  allGone,
  kill,
  send,
  startService,
  temporaryDir,
  type Service,
} from '../support/service.ts';

const TYPE = {
  name: 'claim',
  version: 1,
  title: 'Claim',
  sections: { Note: { title: 'Note', schema: { type: 'object' } } },
  approval: {
    stages: [
      { name: 'manager', approvers: ['user:max'], reminders: { every: 'PT2S', max: 4 } },
      { name: 'head', approvers: ['user:hugo'] },
    ],
  },
};

it('killed after each reminder and after the decision', { timeout: 240_000 }, async () => {
  const dir = await temporaryDir();
  const types = join(dir, 'types');
  mkdirSync(types);
  writeFileSync(join(types, 'claim.json'), JSON.stringify(TYPE));
  cpSync('document-types/schema', join(types, 'schema'), { recursive: true });
  const start = (): Promise<Service> =>
    startService('start', { DATA_DIR: join(dir, 'data'), DOCUMENT_TYPES_DIR: types });
  let service = await start();
  const ask = (method: string, path: string, body?: unknown, user = 'ann') =>
    send(method, `${service.url}/api${path}`, body, { user });
  const crash = async (): Promise<void> => {
    const tree = service.tree();
    for (const pid of tree.toReversed()) kill(pid, 'SIGKILL');
    await allGone(tree);
    service = await start();
  };
  const reminders = async (): Promise<Loose[]> => {
    const { body } = await ask('GET', '/notifications?limit=200');
    return (body?._embedded.notifications ?? []).filter(
      ({ occasion }: Loose) => occasion === 'approval-reminder',
    );
  };

  const made = await ask('POST', '/documents', { type: 'claim', sections: { Note: {} } });
  const { id } = made.body;
  expect((await ask('POST', `/documents/${id}/submit`, {})).status).toBe(200);
  for (const many of [1, 2]) {
    await awaitUntil(`reminder ${many}`, async () => (await reminders()).length >= many, 30_000);
    await crash();
  }
  const approved = await awaitUntil(
    'the decision is taken',
    async () => {
      const answer = await ask('POST', `/documents/${id}/approve`, { reason: 'Go' }, 'max');
      return answer.status === 200 && answer;
    },
    30_000,
  );
  expect(approved.body).toMatchObject({ state: 'in-review' });
  await crash();
  const end = await awaitUntil(
    'the second stage is there',
    async () => {
      const answer = await ask('POST', `/documents/${id}/approve`, {}, 'hugo');
      return answer.status === 200 && answer;
    },
    30_000,
  );
  expect(end.body).toMatchObject({ state: 'approved' });

  const { entries } = (await ask('GET', `/documents/${id}/history`)).body._embedded;
  const did = (what: string) =>
    entries.filter(({ command, accepted }: Loose) => accepted && command === what);
  expect(did('approve').map(({ by }: Loose) => by)).toEqual(['max', 'hugo']);
  expect(did('ask')).toHaveLength(2);
  const told = await reminders();
  const history = did('remind manager');
  // Each that is in the history was told once. One whose workflow task was lost was told as well, and is in the history
  // only if its repetition came before the next reminder was due: rows are written by local activities.
  expect(new Set(history.map(({ reason }: Loose) => reason)).size).toBe(history.length);
  const lost = told.length - history.length;
  expect(lost).toBeGreaterThanOrEqual(0);
  expect(lost).toBeLessThanOrEqual(2);
  expect(new Set(told.map(({ at }) => at)).size, 'none was told twice').toBe(told.length);
  expect(told.length).toBeLessThanOrEqual(4);
  // What follows from an update is told once that is in Temporal's history.
  await awaitUntil(
    'all are told, once',
    async () => {
      const all = (await ask('GET', '/notifications?limit=200')).body._embedded.notifications;
      const count = (what: string) => all.filter(({ occasion }: Loose) => occasion === what).length;
      const counts = [count('approval-requested'), count('decided'), count('finished')];
      if (JSON.stringify(counts) === '[2,1,1]') return true;
      throw new Error(JSON.stringify(counts));
      // An activity that was killed is tried again after its time, thirty seconds.
    },
    60_000,
  );
});
