/** Many at once on one document: every answer is true, and what is kept is what was answered. */
import { expect, test } from 'vitest';
import { awaitUntil } from '../support/await-until.ts';
import { historyOf } from '../support/documents.ts';
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

/** Ready to be decided on. */
async function createComplete(): Promise<string> {
  const sections = Object.fromEntries(SECTIONS.map((section) => [section, feedback]));
  const created = await call(harness, 'POST', '/api/documents', {
    type: 'employee-onboarding',
    sections,
  });
  expect(created.body.state).toBe('in-review');
  return created.body.id as string;
}

test('approve and reject at the same instant, a hundred times', { timeout: 60_000 }, async () => {
  const statuses = { approve: 'approved', reject: 'rejected' };
  const race = async (n: number): Promise<string> => {
    const id = await createComplete();
    const at = `/api/documents/${id}`;
    const kinds = n % 2 === 0 ? ['approve', 'reject'] : ['reject', 'approve'];
    const answers = await Promise.all(
      kinds.map((kind, i) => call(harness, 'POST', `${at}/${kind}`, {}, { 'x-user': `u${i}` })),
    );
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409]);
    const won = answers.find(({ status }) => status === 200);
    const lost = answers.find(({ status }) => status === 409);
    const { state } = won!.body;
    expect(Object.values(statuses)).toContain(state);
    expect(lost!.body).toMatchObject({ code: 'wrong-state', state, allowed: [] });
    const outcome = await harness.client.workflow.getHandle(`document:${id}`).result();
    expect(outcome).toMatchObject({ state });
    const read = (await call(harness, 'GET', at)).body;
    expect(read.state).toBe(state);
    expect(read.approval.decisions).toHaveLength(1);
    return state;
  };
  const won: string[] = [];
  for (let n = 0; n < 100; n += 10)
    won.push(...(await Promise.all(Array.from({ length: 10 }, (_, i) => race(n + i)))));
  expect(won).toHaveLength(100);
});

test('an update and a signal that decide otherwise: one counts, the other is on record', async () => {
  const ids = await Promise.all(Array.from({ length: 10 }, createComplete));
  await Promise.all(
    ids.flatMap((id) => [
      call(harness, 'POST', `/api/documents/${id}/approve`, {}),
      harness.client.workflow
        .getHandle(`document:${id}`)
        .signal('SubmissionApproval', false)
        .catch(() => {}),
    ]),
  );
  for (const id of ids) {
    const { state } = await harness.client.workflow.getHandle(`document:${id}`).result();
    const { entries } = await historyOf(harness, id);
    const decided = entries.filter(
      ({ command, accepted }) => accepted && /approve|reject/.test(command),
    );
    expect(decided).toHaveLength(1);
    expect(state).toBe(decided[0].command === 'approve' ? 'approved' : 'rejected');
    expect((await call(harness, 'GET', `/api/documents/${id}`)).body.state).toBe(state);
  }
});

test('cancelling races submission and completion: API and Temporal agree', async () => {
  const last = SECTIONS[2];
  const others = Object.fromEntries(SECTIONS.slice(0, 2).map((section) => [section, feedback]));
  const race = async (round: number): Promise<void> => {
    const completing = round % 2 === 1;
    const sections = completing ? { ...others, [last]: feedback } : others;
    const created = await call(harness, 'POST', '/api/documents', {
      type: 'employee-onboarding',
      sections,
    });
    const id = created.body.id as string;
    const handle = harness.client.workflow.getHandle(`document:${id}`);
    const moving = completing
      ? call(harness, 'POST', `/api/documents/${id}/approve`, {})
      : call(harness, 'PUT', `/api/documents/${id}/sections/${last}`, feedback);
    // Through Temporal itself in half of the rounds.
    const cancelling =
      round % 4 < 2
        ? call(harness, 'POST', `/api/documents/${id}/cancel`, {}).then(({ status }) => status)
        : handle.cancel().then(
            () => 200,
            () => 409,
          );
    const [moved, cancelled] = await Promise.all([moving, cancelling]);
    expect([200, 409]).toContain(moved.status);
    expect([200, 409]).toContain(cancelled);
    await handle.result().catch(() => {});
    const { status } = await handle.describe();
    const { state } = (await call(harness, 'GET', `/api/documents/${id}`)).body;
    if (status.name === 'CANCELLED') expect(state).toBe('cancelled');
    else expect(status.name).toBe('COMPLETED');
    expect(state).toBe(completing && moved.status === 200 ? 'approved' : 'cancelled');
    expect((await call(harness, 'GET', `/api/documents/${id}/status`)).body.state).toBe(state);
  };
  for (let round = 0; round < 24; round += 8)
    await Promise.all(Array.from({ length: 8 }, (_, i) => race(round + i)));
});

test(
  'a burst of 1,000 signals: none is lost, and then it closes',
  { timeout: 40_000 },
  async () => {
    const id = (await create()).split('/').at(-1)!;
    const handle = harness.client.workflow.getHandle(`document:${id}`);
    const SIGNALS = 1_000;
    await Promise.all(
      Array.from({ length: SIGNALS }, (_, i) =>
        handle.signal(SECTIONS[i % 2]!, { feedback: `burst ${i}`, isPassed: true }),
      ),
    );
    await handle.signal(SECTIONS[2], feedback);
    await handle.signal('SubmissionApproval', true);
    expect(await handle.result()).toMatchObject({ state: 'approved', version: SIGNALS + 2 });
    const { entries } = await historyOf(harness, id);
    const texts = entries
      .filter(({ command }) => command.startsWith('fill'))
      .map(({ changes }) => changes[0].to as string);
    expect(new Set(texts.filter((text) => text.startsWith('burst'))).size).toBe(SIGNALS);
  },
);
