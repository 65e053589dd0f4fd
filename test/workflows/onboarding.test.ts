/** The first article's flow without the gateway: by a plain client and by the `temporal` CLI, as an operator has them. */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { describe, expect, inject, test } from 'vitest';
import type { DocumentOutcome } from '../../src/workflows/documents/messages.ts';
import type { StatusView } from '../../src/workflows/documents/view.ts';
import { awaitUntil } from '../support/await-until.ts';
import { call, feedback, SECTIONS, startHarness, type Loose } from '../support/harness.ts';

const harness = await startHarness();
const { client, taskQueue } = harness;
/** Another one, for what comes before its worker. */
const late = await startHarness({ worker: false });
const run = promisify(execFile);

const newId = (): string => randomUUID().replaceAll('-', '');

async function start(input: unknown = { type: 'employee-onboarding' }, workflowType = 'document') {
  const id = newId();
  const handle = await client.workflow.start(workflowType, {
    workflowId: `document:${id}`,
    taskQueue,
    args: [input],
  });
  await awaitUntil('it knows its type', async () => {
    const { state } = await handle.query<StatusView>('status');
    return state !== 'starting';
  });
  return {
    id,
    handle,
    result: () => handle.result() as Promise<DocumentOutcome>,
    status: () => handle.query<StatusView>('status'),
  };
}

const read = async (id: string): Promise<Loose> =>
  (await call(harness, 'GET', `/api/documents/${id}`)).body;
const entriesOf = async (id: string): Promise<Loose[]> =>
  (await call(harness, 'GET', `/api/documents/${id}/history`)).body._embedded.entries;

describe('by signals of a plain client', () => {
  test('from the first feedback to "Submitted: True"', async () => {
    const { id, handle, result, status } = await start({
      type: 'employee-onboarding',
      metadata: { title: 'Ada', applicationId: 'A-1' },
    });
    expect(await status()).toMatchObject({
      state: 'open',
      customStatus: 'Waiting for feedback',
      progress: { done: 0, total: 3, missing: [...SECTIONS], percent: 0 },
    });
    const texts = [
      'Interview feedback collected',
      'Background check feedback collected',
      'Awaiting submission',
    ];
    for (const [i, section] of SECTIONS.entries()) {
      await handle.signal(section, feedback);
      expect(await status()).toMatchObject({
        state: i < 2 ? 'open' : 'in-review',
        customStatus: texts[i],
        version: i + 2,
      });
    }
    await handle.signal('SubmissionApproval', true);
    expect(await result()).toEqual({
      id,
      state: 'approved',
      version: 4,
      output: 'Submitted: True',
    });
    expect(await read(id)).toMatchObject({
      state: 'approved',
      customStatus: 'Submitted document',
      owner: 'operator',
      title: 'Ada',
      approval: { decisions: [{ by: 'operator', decision: 'approved', version: 4 }] },
    });
  });

  test('in any order; "Submitted: False" is an end of its own', async () => {
    const { id, handle, result, status } = await start();
    await handle.signal('ContractFeedback', feedback);
    expect((await status()).customStatus).toBe('Contract feedback collected');
    await handle.signal('InterviewFeedback', feedback);
    await handle.signal('BackgroundCheckFeedback', feedback);
    await handle.signal('SubmissionApproval', { approved: false, reason: 'No budget' });
    expect(await result()).toMatchObject({ state: 'rejected', output: 'Submitted: False' });
    expect(await read(id)).toMatchObject({ state: 'rejected', customStatus: 'Submitted document' });
    expect((await entriesOf(id)).at(-1)).toMatchObject({ command: 'reject', reason: 'No budget' });
  });

  test('an approval before everything is in is refused and recorded, and is not consumed later', async () => {
    const { id, handle, result, status } = await start();
    await handle.signal('SubmissionApproval', true);
    for (const section of SECTIONS) await handle.signal(section, feedback);
    expect(await status()).toMatchObject({
      state: 'in-review',
      refused: { count: 1, last: { command: 'SubmissionApproval', code: 'wrong-state' } },
    });
    const refused = (await entriesOf(id)).filter(({ accepted }) => !accepted);
    expect(refused).toMatchObject([
      { command: 'SubmissionApproval', code: 'wrong-state', by: 'operator', via: 'signal' },
    ]);
    expect(refused[0].reason).toContain(
      'still missing: InterviewFeedback, BackgroundCheckFeedback, ContractFeedback',
    );
    await handle.signal('SubmissionApproval', false);
    expect((await result()).output).toBe('Submitted: False');
  });

  test('a section can be corrected until the decision', async () => {
    const { id, handle, result, status } = await start();
    for (const section of SECTIONS) await handle.signal(section, feedback);
    await handle.signal('InterviewFeedback', { feedback: 'On second thoughts', isPassed: false });
    expect(await status()).toMatchObject({
      state: 'in-review',
      version: 5,
      customStatus: 'Awaiting submission',
    });
    await handle.signal('SubmissionApproval', true);
    await result();
    expect((await read(id)).sections.InterviewFeedback).toMatchObject({
      corrections: 1,
      data: { feedback: 'On second thoughts', isPassed: false },
    });
    const corrected = (await entriesOf(id)).find(({ version }) => version === 5);
    expect(corrected.changes).toEqual([
      {
        pointer: '/sections/InterviewFeedback/feedback',
        from: 'Convincing',
        to: 'On second thoughts',
      },
      { pointer: '/sections/InterviewFeedback/isPassed', from: true, to: false },
    ]);
  });

  test('the same data again changes nothing', async () => {
    const { handle, status } = await start();
    await handle.signal('InterviewFeedback', feedback);
    await handle.signal('InterviewFeedback', { isPassed: true, feedback: 'Convincing' });
    expect(await status()).toMatchObject({ version: 2, refused: { count: 0 } });
  });

  test('StartWorkflow takes the bare metadata and returns the bare text', async () => {
    const { id, handle, result } = await start({ title: 'Grace', creator: 'hr' }, 'StartWorkflow');
    for (const section of SECTIONS) await handle.signal(section, feedback);
    await handle.signal('SubmissionApproval', true);
    expect(await result()).toBe('Submitted: True');
    expect(await read(id)).toMatchObject({
      title: 'Grace',
      metadata: { title: 'Grace', creator: 'hr' },
    });

    const bare = await start(undefined, 'StartWorkflow');
    for (const section of SECTIONS) await bare.handle.signal(section, feedback);
    await bare.handle.signal('SubmissionApproval', false);
    expect(await bare.result()).toBe('Submitted: False');
  });

  test('SubmitDocument logs one line that names the four parts; the values only at debug', async () => {
    const { handle, id } = await start({
      type: 'employee-onboarding',
      metadata: { creator: 'secret-creator' },
    });
    for (const section of SECTIONS)
      await handle.signal(section, { ...feedback, feedback: 'secret-text' });
    const lines = await awaitUntil('logged', () => {
      const found = harness.logged.filter((line) => line['document'] === id);
      return found.length >= 2 && found;
    });
    const told = lines.filter((line) => line['level'] === 30);
    expect(told).toHaveLength(1);
    expect(told[0]).toMatchObject({
      msg: 'Document complete, awaiting submission: metadata, InterviewFeedback, BackgroundCheckFeedback, ContractFeedback',
      workflowId: `document:${id}`,
    });
    expect(JSON.stringify(told)).not.toContain('secret');
    const louder = harness.logged.filter((line) => Number(line['level']) > 20);
    expect(JSON.stringify(louder)).not.toContain('secret');
    expect(JSON.stringify(lines.filter((line) => line['level'] === 20))).toContain('secret-text');
  });
});

describe('by the temporal CLI alone', () => {
  const temporal = async (...args: string[]): Promise<string> => {
    const all = [...args, '--address', inject('temporalAddress')];
    const { stdout } = await run(inject('temporalCli'), all, { timeout: 20_000 });
    return stdout;
  };
  const begin = async (input: string, type = 'document'): Promise<string> => {
    const workflowId = `document:${newId()}`;
    await temporal(
      'workflow',
      'start',
      '--type',
      type,
      '--task-queue',
      taskQueue,
      '--workflow-id',
      workflowId,
      '--input',
      input,
    );
    return workflowId;
  };
  const signal = (workflowId: string, name: string, input: string): Promise<string> =>
    temporal('workflow', 'signal', '--workflow-id', workflowId, '--name', name, '--input', input);
  const query = async (workflowId: string): Promise<StatusView> => {
    const out = await temporal(
      'workflow',
      'query',
      '--workflow-id',
      workflowId,
      '--type',
      'status',
      '--output',
      'json',
    );
    return JSON.parse(out).queryResult[0];
  };
  const command = (workflowId: string, input: object): Promise<string> =>
    temporal(
      'workflow',
      'update',
      'execute',
      '--workflow-id',
      workflowId,
      '--name',
      'command',
      '--input',
      JSON.stringify(input),
      '--output',
      'json',
    );
  const describeIt = async (workflowId: string): Promise<Loose> =>
    JSON.parse(
      await temporal('workflow', 'describe', '--workflow-id', workflowId, '--output', 'json'),
    );

  test('start, signal, query, update, result', async () => {
    const workflowId = await begin(
      '{"type":"employee-onboarding","metadata":{"title":"Edith"},"actor":"hanna"}',
    );
    const id = workflowId.slice('document:'.length);
    await signal(workflowId, 'InterviewFeedback', JSON.stringify(feedback));
    expect(await query(workflowId)).toMatchObject({
      customStatus: 'Interview feedback collected',
      state: 'open',
    });
    const filled = await command(workflowId, {
      kind: 'fill',
      section: 'BackgroundCheckFeedback',
      data: feedback,
      actor: 'bert',
    });
    expect(filled).toContain('BackgroundCheckFeedback');
    const refusal = await command(workflowId, { kind: 'approve' }).catch((error: Error) => error);
    expect(String(refusal)).toContain('still missing: ContractFeedback');
    await signal(workflowId, 'ContractFeedback', JSON.stringify(feedback));
    await signal(workflowId, 'SubmissionApproval', 'true');

    const described = await awaitUntil('completed', async () => {
      const now = await describeIt(workflowId);
      return now.workflowExecutionInfo.status === 'WORKFLOW_EXECUTION_STATUS_COMPLETED' && now;
    });
    expect(JSON.stringify(described)).toContain('Submitted: True');
    expect(await read(id)).toMatchObject({
      owner: 'hanna',
      title: 'Edith',
      state: 'approved',
      sections: {
        InterviewFeedback: { filledBy: 'operator' },
        BackgroundCheckFeedback: { filledBy: 'bert' },
      },
    });
  });

  test('a garbage payload and an unknown name are visible as refused', async () => {
    const workflowId = await begin('{"type":"employee-onboarding"}');
    await temporal(
      'workflow',
      'signal',
      '--workflow-id',
      workflowId,
      '--name',
      'InterviewFeedback',
      '--input',
      'zz',
      '--input-meta',
      'encoding=binary/foo',
    );
    await signal(workflowId, 'Interview', '1');
    expect(await query(workflowId)).toMatchObject({
      state: 'open',
      refused: { count: 2, last: { command: 'Interview', code: 'unknown-event' } },
    });
  });

  test('cancel ends it CANCELED, archived as cancelled', async () => {
    const workflowId = await begin('{"type":"employee-onboarding"}');
    const id = workflowId.slice('document:'.length);
    await signal(workflowId, 'InterviewFeedback', JSON.stringify(feedback));
    await query(workflowId);
    await temporal('workflow', 'cancel', '--workflow-id', workflowId);
    await awaitUntil('cancelled', async () => {
      const { workflowExecutionInfo: info } = await describeIt(workflowId);
      return info.status === 'WORKFLOW_EXECUTION_STATUS_CANCELED';
    });
    expect(await read(id)).toMatchObject({
      state: 'cancelled',
      customStatus: 'Cancelled',
      sections: { InterviewFeedback: { state: 'filled', data: feedback } },
    });
    expect((await entriesOf(id)).at(-1)).toMatchObject({
      command: 'cancel',
      via: 'cancel-request',
      by: 'operator',
    });
  });

  test('StartWorkflow, as the article calls it, with "Submitted: False"', async () => {
    const workflowId = await begin('{"title":"Mary"}', 'StartWorkflow');
    for (const section of SECTIONS) await signal(workflowId, section, JSON.stringify(feedback));
    await signal(workflowId, 'SubmissionApproval', 'false');
    const out = await temporal(
      'workflow',
      'result',
      '--workflow-id',
      workflowId,
      '--output',
      'json',
    );
    expect(JSON.parse(out).result).toBe('Submitted: False');
  });
});

test('what is sent before any worker runs is all applied, in its order', async () => {
  const workflowId = `document:${newId()}`;
  const handle = await client.workflow.start('document', {
    workflowId,
    taskQueue: late.taskQueue,
    args: [{ type: 'employee-onboarding' }],
  });
  await handle.signal('SubmissionApproval', true);
  for (let i = 1; i <= 20; i += 1)
    await handle.signal('InterviewFeedback', { feedback: `no. ${i}`, isPassed: true });
  await handle.signal('BackgroundCheckFeedback', feedback);
  await handle.signal('ContractFeedback', feedback);
  await handle.signal('SubmissionApproval', true);
  await late.startWorker();
  expect(await handle.result()).toMatchObject({ state: 'approved', version: 23 });

  const id = workflowId.slice('document:'.length);
  const history = await call(late, 'GET', `/api/documents/${id}/history`);
  const entries = history.body._embedded.entries;
  const texts = entries
    .filter((entry: Loose) => entry.command === 'fill InterviewFeedback')
    .map((entry: Loose) => entry.changes[0].to);
  expect(texts).toEqual(Array.from({ length: 20 }, (_, i) => `no. ${i + 1}`));
  const early = entries.filter((entry: Loose) => !entry.accepted);
  expect(early).toMatchObject([{ command: 'SubmissionApproval', code: 'wrong-state', version: 1 }]);
});
