/** Many at once on one document: every answer is true, and what is kept is what was answered. */
import { expect, test } from 'vitest';
import { awaitUntil } from '../support/await-until.ts';
import { call, feedback, SECTIONS, startHarness } from '../support/harness.ts';

const harness = await startHarness();

async function create(): Promise<string> {
  const created = await call(harness, 'POST', '/api/documents', { type: 'employee-onboarding' });
  expect(created.status).toBe(201);
  return String(created.headers.location);
}

test('30 parallel fills are all answered, and the document can be replayed', async () => {
  // An upsert between the acceptance and the completion of two updates made replay fail in one document of four.
  for (let round = 0; round < 8; round += 1) {
    const at = await create();
    const fills = Array.from({ length: 30 }, (_, i) =>
      call(harness, 'PUT', `${at}/sections/${SECTIONS[i % 3]}`, { ...feedback, feedback: `f${i}` }),
    );
    const answers = await Promise.all(fills);
    const failed = answers.filter(({ status }) => status !== 200);
    const errors = harness.logged.filter(({ level }) => Number(level) >= 40);
    expect(
      failed.map(({ text }) => text),
      JSON.stringify(errors),
    ).toEqual([]);
    expect((await call(harness, 'GET', at)).body).toMatchObject({
      state: 'in-review',
      version: 31,
    });
    expect((await call(harness, 'GET', `${at}/status`)).body).not.toHaveProperty('stuck');
  }
});

test('of 50 approvals, rejections and cancellations at once one counts, everywhere the same', async () => {
  for (let round = 0; round < 4; round += 1) {
    const at = await create();
    for (const section of SECTIONS)
      await call(harness, 'PUT', `${at}/sections/${section}`, feedback);
    const words = ['approve', 'reject', 'cancel'];
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        call(harness, 'POST', `${at}/${words[i % 3]}`, {}, { 'x-user': `u${i}` }),
      ),
    );
    const won = answers.filter(({ status }) => status === 200);
    expect(won).toHaveLength(1);
    const { state, id } = won[0]!.body;
    const handle = harness.client.workflow.getHandle(`document:${id}`);
    expect(await handle.result()).toMatchObject({ state });
    await awaitUntil('the archive to have it', async () => {
      const { body } = await call(harness, 'GET', at);
      return body.closedAt !== undefined && body.state === state;
    });
    const { entries } = (await call(harness, 'GET', `${at}/history`)).body._embedded;
    const decided = entries.filter(
      (entry: { command: string; accepted: boolean }) =>
        entry.accepted && words.includes(entry.command),
    );
    expect(decided).toHaveLength(1);
    expect({ approve: 'approved', reject: 'rejected', cancel: 'cancelled' }).toHaveProperty(
      decided[0].command,
      state,
    );
    for (const { status } of answers) expect([200, 409]).toContain(status);
  }
});
