/**
 * Garbage from outside: whatever anybody sends through Temporal itself, no workflow fails, wedges or loses something,
 * and what was not understood is on record.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { FailureCode } from '../../src/contracts/failures.ts';
import {
  documentTypes,
  loadDocumentTypes,
  parseDocumentType,
} from '../../src/document-types/index.ts';
import { orThrow } from '../../src/api/documents/service.ts';
import type { StatusView } from '../../src/workflows/documents/view.ts';
import { awaitUntil } from '../support/await-until.ts';
import { call, feedback, SECTIONS, startHarness, type Loose } from '../support/harness.ts';
import {
  bytes,
  encoded,
  json,
  manyNames,
  manyNuls,
  nested,
  rawClient,
  text,
  type Payload,
  type RawSignal,
} from '../support/raw.ts';

/** Every section, the decision and the cancellation is for somebody else. */
const restricted = orThrow(
  parseDocumentType({
    name: 'contract-review',
    version: 1,
    title: 'Contract review',
    sections: {
      Draft: { title: 'Draft', schema: { type: 'object' }, fill: ['role:author'] },
      Check: { title: 'Check', schema: { type: 'object' }, fill: ['role:lawyer'] },
    },
    permissions: { cancel: ['user:boss'] },
    approval: { stages: [{ name: 'boss', approvers: ['user:boss'] }] },
  }),
);
const own = await loadDocumentTypes('document-types');
const harness = await startHarness({ documentTypes: documentTypes([...own.all, restricted]) });
const { client } = harness;
/** Another one, for what comes before its worker. */
const late = await startHarness({ worker: false });

const good = json(feedback);

interface Garbage extends RawSignal {
  readonly what: string;
  readonly code: FailureCode;
}

const S = 'InterviewFeedback';
const A = 'SubmissionApproval';
const MATRIX: readonly Garbage[] = [
  { what: 'bad JSON', name: S, payloads: [text('{bad')], code: 'malformed-json' },
  { what: 'empty JSON', name: S, payloads: [text('')], code: 'malformed-json' },
  {
    what: 'unknown encoding',
    name: S,
    payloads: [encoded('binary/foo', 'zz')],
    code: 'malformed-json',
  },
  {
    what: 'encrypted',
    name: S,
    payloads: [encoded('binary/encrypted', 'zz')],
    code: 'malformed-json',
  },
  { what: 'no metadata', name: S, payloads: [{ data: bytes('zz') }], code: 'malformed-json' },
  { what: 'an empty payload', name: S, payloads: [{}], code: 'malformed-json' },
  { what: 'no arguments', name: S, payloads: [], code: 'malformed-json' },
  { what: 'no input at all', name: S, code: 'malformed-json' },
  { what: 'bytes', name: S, payloads: [encoded('binary/plain', 'zz')], code: 'malformed-json' },
  {
    what: 'a null payload',
    name: S,
    payloads: [encoded('binary/null', '')],
    code: 'malformed-json',
  },
  {
    what: 'a protobuf',
    name: S,
    payloads: [encoded('json/protobuf', '{}')],
    code: 'malformed-json',
  },
  {
    what: 'bad JSON, unknown name',
    name: 'Nobody',
    payloads: [text('{bad')],
    code: 'malformed-json',
  },
  { what: 'unknown name', name: 'Nobody', payloads: [good], code: 'unknown-event' },
  { what: 'name of a method', name: 'constructor', payloads: [good], code: 'unknown-event' },
  { what: 'name __proto__', name: '__proto__', payloads: [good], code: 'unknown-event' },
  {
    what: 'name with odd characters',
    name: 'a\u0000b\n<b>&|`',
    payloads: [good],
    code: 'unknown-event',
  },
  { what: 'very long name', name: 'x'.repeat(900), payloads: [good], code: 'unknown-event' },
  { what: 'reserved prefix', name: '__temporal_x', payloads: [good], code: 'unknown-event' },
  {
    what: 'reserved prefix, bad JSON',
    name: '__temporal_x',
    payloads: [text('{')],
    code: 'malformed-json',
  },
  { what: 'reserved name', name: '__stack_trace', payloads: [good], code: 'unknown-event' },
  {
    what: 'reserved name',
    name: '__enhanced_stack_trace',
    payloads: [good],
    code: 'unknown-event',
  },
  {
    what: 'reserved name',
    name: '__temporal_workflow_metadata',
    payloads: [good],
    code: 'unknown-event',
  },
  {
    what: '1.9 MB',
    name: S,
    payloads: [json({ ...feedback, feedback: 'x'.repeat(1_900_000) })],
    code: 'too-large',
  },
  {
    what: '1.9 MB to nobody',
    name: 'Nobody',
    payloads: [json('x'.repeat(1_900_000))],
    code: 'unknown-event',
  },
  {
    what: '200,000 bad places',
    name: S,
    payloads: [text(manyNuls(200_000))],
    code: 'malformed-json',
  },
  {
    what: '20,000 unknown names',
    name: S,
    payloads: [text(manyNames(20_000))],
    code: 'invalid-data',
  },
  {
    what: '100,000 unknown names',
    name: S,
    payloads: [text(manyNames(100_000))],
    code: 'too-large',
  },
  {
    what: 'a bad place with a name of 1.9 MB',
    name: S,
    payloads: [text(`{"${'x'.repeat(1_900_000)}":"\\u0000"}`)],
    code: 'malformed-json',
  },
  {
    what: '300,000 infinite numbers',
    name: S,
    payloads: [text(`[${Array(300_000).fill('1e999').join(',')}]`)],
    code: 'malformed-json',
  },
  { what: '10,000 levels', name: S, payloads: [text(nested(10_000))], code: 'malformed-json' },
  {
    what: '10,000 levels in a decision',
    name: A,
    payloads: [text(nested(10_000))],
    code: 'invalid-data',
  },
  {
    what: '10,000 levels in a command',
    name: 'command',
    payloads: [text(nested(10_000))],
    code: 'malformed-json',
  },
  { what: '900,000 levels', name: S, payloads: [text(nested(900_000))], code: 'malformed-json' },
  {
    what: 'lone surrogate',
    name: S,
    payloads: [text('{"feedback":"\\ud800","isPassed":true}')],
    code: 'malformed-json',
  },
  {
    what: 'NUL',
    name: S,
    payloads: [text('{"feedback":"\\u0000","isPassed":true}')],
    code: 'malformed-json',
  },
  {
    what: '__proto__',
    name: S,
    payloads: [text('{"__proto__":{"a":1},"feedback":"x","isPassed":true}')],
    code: 'malformed-json',
  },
  {
    what: '1e400',
    name: S,
    payloads: [text('{"feedback":"x","isPassed":1e400}')],
    code: 'malformed-json',
  },
  ...SECTIONS.flatMap((section): Garbage[] => [
    { what: 'a text', name: section, payloads: [json('fine')], code: 'invalid-request' },
    { what: 'a number', name: section, payloads: [json(4)], code: 'invalid-request' },
    { what: 'null', name: section, payloads: [json(null)], code: 'invalid-request' },
    { what: 'an array', name: section, payloads: [json([feedback])], code: 'invalid-request' },
    { what: 'nothing in it', name: section, payloads: [json({})], code: 'invalid-data' },
    {
      what: 'wrong types',
      name: section,
      payloads: [json({ feedback: 1, isPassed: 'yes' })],
      code: 'invalid-data',
    },
    {
      what: 'unknown field',
      name: section,
      payloads: [json({ ...feedback, extra: 1 })],
      code: 'invalid-data',
    },
  ]),
  { what: 'approval too early', name: A, payloads: [json(true)], code: 'wrong-state' },
  ...['yes', 1, null, [], {}, { approved: 'true' }].map((value): Garbage => ({
    what: `approval ${JSON.stringify(value)}`,
    name: A,
    payloads: [json(value)],
    code: 'invalid-data',
  })),
  {
    what: 'approval with more',
    name: A,
    payloads: [json({ approved: true, sure: 1 })],
    code: 'invalid-request',
  },
  {
    what: 'approval of a bad version',
    name: A,
    payloads: [json({ approved: true, version: '1' })],
    code: 'invalid-request',
  },
  {
    what: 'approval with a kind of its own',
    name: A,
    payloads: [json({ approved: true, kind: 'cancel', reason: 1 })],
    code: 'invalid-request',
  },
  { what: 'no arguments', name: A, payloads: [], code: 'invalid-data' },
  { what: 'bytes', name: A, payloads: [encoded('binary/plain', 'true')], code: 'invalid-data' },
  { what: 'no command', name: 'command', payloads: [json('cancel')], code: 'invalid-request' },
  {
    what: 'unknown kind',
    name: 'command',
    payloads: [json({ kind: 'destroy' })],
    code: 'invalid-request',
  },
  {
    what: 'kind of an object',
    name: 'command',
    payloads: [json({ kind: { a: 1 } })],
    code: 'invalid-request',
  },
  {
    what: 'command with more',
    name: 'command',
    payloads: [json({ kind: 'cancel', operator: true })],
    code: 'invalid-request',
  },
  {
    what: 'unknown section',
    name: 'command',
    payloads: [json({ kind: 'fill', section: 'toString', data: {} })],
    code: 'unknown-section',
  },
  { what: 'bad JSON', name: 'command', payloads: [text('{bad')], code: 'malformed-json' },
  { what: 'no arguments', name: 'command', payloads: [], code: 'malformed-json' },
];

const { startRaw, signalRaw, updateRaw } = rawClient(harness);

const statusOf = (workflowId: string): Promise<StatusView> =>
  client.withDeadline(Date.now() + 8_000, () =>
    client.workflow.getHandle(workflowId).query<StatusView>('status'),
  );

/** The workflow runs and its task does not fail. */
async function expectSound(workflowId: string): Promise<void> {
  const { status, raw } = await client.workflow.getHandle(workflowId).describe();
  expect(status.name).toBe('RUNNING');
  expect(raw.pendingWorkflowTask?.attempt ?? 1).toBe(1);
}

async function finish(workflowId: string): Promise<void> {
  const handle = client.workflow.getHandle(workflowId);
  for (const section of SECTIONS) await handle.signal(section, feedback);
  await handle.signal('SubmissionApproval', true);
  await handle.result();
  const id = workflowId.replace('document:', '');
  const read = await call(harness, 'GET', `/api/documents/${id}`);
  expect(read.body).toMatchObject({ state: 'approved', customStatus: 'Submitted document' });
}

const START: Readonly<Record<string, Payload>> = {
  document: json({ type: 'employee-onboarding' }),
  StartWorkflow: json({ title: 'Ada' }),
};

describe.each(['document', 'StartWorkflow'])('garbage signals to %s', (workflowType) => {
  test(
    'each is refused with its code, none hurts, all are in the history',
    { timeout: 90_000 },
    async () => {
      const workflowId = await startRaw(workflowType, [START[workflowType] as Payload]);
      for (const [i, garbage] of MATRIX.entries()) {
        await signalRaw(workflowId, garbage);
        // More than 20 s: after 10 s Temporal gives a workflow task that got lost to a worker again.
        const seen = async () => {
          const now = (await statusOf(workflowId)).refused;
          return now.count > i && now;
        };
        const refused = await awaitUntil(`${garbage.what} is refused`, seen, 35_000);
        expect({ what: garbage.what, count: refused.count, code: refused.last?.code }).toEqual({
          what: garbage.what,
          count: i + 1,
          code: garbage.code,
        });
      }
      await expectSound(workflowId);

      const history = await call(harness, 'GET', `/api/documents/${workflowId.slice(9)}/history`);
      expect(history.status).toBe(200);
      expect(history.body.refusedCount).toBe(MATRIX.length);
      const refused = history.body._embedded.entries.filter((entry: Loose) => !entry.accepted);
      expect(refused.map((entry: Loose) => entry.code)).toEqual(MATRIX.map(({ code }) => code));
      for (const entry of refused) {
        expect(entry).toMatchObject({ by: 'operator', via: 'signal', reason: expect.any(String) });
        expect(entry.command.length).toBeLessThanOrEqual(200);
      }
      expect(history.text.length, 'what is kept of garbage is small').toBeLessThan(500_000);
      await finish(workflowId);
    },
  );
});

describe('garbage updates', () => {
  const GARBAGE_UPDATES: readonly {
    what: string;
    name: string;
    payloads: readonly Payload[];
    type?: string;
  }[] = [
    { what: 'bad JSON', name: 'command', payloads: [text('{bad')], type: 'malformed-json' },
    {
      what: 'unknown encoding',
      name: 'command',
      payloads: [encoded('binary/foo', 'x')],
      type: 'malformed-json',
    },
    {
      what: 'no metadata',
      name: 'command',
      payloads: [{ data: bytes('x') }],
      type: 'malformed-json',
    },
    { what: 'no arguments', name: 'command', payloads: [], type: 'malformed-json' },
    {
      what: 'bytes',
      name: 'command',
      payloads: [encoded('binary/plain', 'x')],
      type: 'malformed-json',
    },
    { what: 'a text', name: 'command', payloads: [json('cancel')], type: 'invalid-request' },
    {
      what: 'unknown kind',
      name: 'command',
      payloads: [json({ kind: 'destroy' })],
      type: 'invalid-request',
    },
    {
      what: 'wrong types',
      name: 'command',
      payloads: [json({ kind: 'fill', section: 1, data: 'x' })],
      type: 'invalid-request',
    },
    {
      what: 'unknown section',
      name: 'command',
      payloads: [json({ kind: 'fill', section: 'X', data: {} })],
      type: 'unknown-section',
    },
    {
      what: 'wrong data',
      name: 'command',
      payloads: [json({ kind: 'fill', section: S, data: {} })],
      type: 'invalid-data',
    },
    {
      what: 'too early',
      name: 'command',
      payloads: [json({ kind: 'approve' })],
      type: 'wrong-state',
    },
    {
      what: '10,000 levels',
      name: 'command',
      payloads: [text(nested(10_000))],
      type: 'malformed-json',
    },
    {
      what: '1.9 MB',
      name: 'command',
      payloads: [json({ kind: 'fill', section: S, data: { feedback: 'x'.repeat(1_900_000) } })],
      type: 'too-large',
    },
    {
      what: 'NUL',
      name: 'command',
      payloads: [text('{"kind":"cancel","reason":"\\u0000"}')],
      type: 'malformed-json',
    },
    {
      what: '20,000 unknown names',
      name: 'command',
      payloads: [text(`{"kind":"fill","section":"${S}","data":${manyNames(20_000)}}`)],
      type: 'invalid-data',
    },
    {
      what: '200,000 bad places',
      name: 'command',
      payloads: [text(manyNuls(200_000))],
      type: 'malformed-json',
    },
    {
      what: 'a bad place with a name of 1.9 MB',
      name: 'command',
      payloads: [text(`{"${'x'.repeat(1_900_000)}":"\\u0000"}`)],
      type: 'malformed-json',
    },
    {
      what: 'a section with a name of 1.9 MB',
      name: 'command',
      payloads: [json({ kind: 'fill', section: '"'.repeat(600_000), data: {} })],
      type: 'invalid-request',
    },
    { what: 'unknown update', name: 'destroy', payloads: [good] },
    { what: 'reserved update', name: '__temporal_x', payloads: [good] },
    { what: 'name of a signal', name: S, payloads: [good] },
  ];

  test('are answered with their code, and leave nothing behind', { timeout: 60_000 }, async () => {
    const workflowId = await startRaw('document', [START['document'] as Payload]);
    await awaitUntil('open', async () => (await statusOf(workflowId)).state === 'open');
    for (const { what, name, payloads, type } of GARBAGE_UPDATES) {
      const outcome = await updateRaw(workflowId, name, payloads);
      const failure = outcome?.failure;
      expect({
        what,
        failed: Boolean(failure),
        type: failure?.applicationFailureInfo?.type,
      }).toEqual({
        what,
        failed: true,
        type: type ?? failure?.applicationFailureInfo?.type,
      });
      expect(JSON.stringify(failure).length, `${what}: the answer is small`).toBeLessThan(100_000);
      await expectSound(workflowId);
    }
    expect((await statusOf(workflowId)).refused.count).toBe(0);
    await finish(workflowId);
  });
});

describe('poison starts', () => {
  const POISON: readonly {
    what: string;
    type: string;
    payloads?: readonly Payload[];
    reason: RegExp;
  }[] = [
    {
      what: 'bad JSON',
      type: 'document',
      payloads: [text('{bad')],
      reason: /could not be decoded/,
    },
    {
      what: 'unknown encoding',
      type: 'document',
      payloads: [encoded('binary/foo', 'x')],
      reason: /could not be decoded/,
    },
    {
      what: 'no metadata',
      type: 'document',
      payloads: [{ data: bytes('x') }],
      reason: /could not be decoded/,
    },
    { what: 'no arguments', type: 'document', reason: /must be one JSON object/ },
    {
      what: 'an array',
      type: 'document',
      payloads: [json([1])],
      reason: /must be one JSON object/,
    },
    {
      what: 'a text',
      type: 'document',
      payloads: [json('employee-onboarding')],
      reason: /must be one JSON object/,
    },
    { what: 'no type', type: 'document', payloads: [json({})], reason: /\/type is required/ },
    {
      what: 'unknown type',
      type: 'document',
      payloads: [json({ type: 'nope' })],
      reason: /no document type "nope"; there are: .*employee-onboarding/,
    },
    {
      what: 'type of a wrong type',
      type: 'document',
      payloads: [json({ type: {} })],
      reason: /\/type/,
    },
    {
      what: 'bad metadata',
      type: 'document',
      payloads: [json({ type: 'employee-onboarding', metadata: { title: 1 } })],
      reason: /\/metadata\/title/,
    },
    {
      what: 'bad section',
      type: 'document',
      payloads: [json({ type: 'employee-onboarding', sections: { [S]: {} } })],
      reason: /InterviewFeedback\/feedback is required/,
    },
    {
      what: 'unknown section',
      type: 'document',
      payloads: [json({ type: 'employee-onboarding', sections: { X: {} } })],
      reason: /no section "X"/,
    },
    {
      what: 'a lone surrogate',
      type: 'document',
      payloads: [text('{"type":"employee-onboarding","title":"\\udc00"}')],
      reason: /\/title contains a lone surrogate/,
    },
    {
      what: 'posing as a continuation',
      type: 'document',
      payloads: [json({ carried: { state: {}, refused: [], refusedCount: 0 } })],
      reason: /not a request to create/,
    },
    {
      what: '100,000 unknown names',
      type: 'document',
      payloads: [text(manyNames(100_000))],
      reason: /not a request to create/,
    },
    {
      what: 'a type with a name of 1.9 MB',
      type: 'document',
      payloads: [json({ type: 'x'.repeat(1_900_000) })],
      reason: /takes 1900011 bytes/,
    },
    { what: 'a number', type: 'StartWorkflow', payloads: [json(4)], reason: /\/metadata/ },
    {
      what: 'bad JSON',
      type: 'StartWorkflow',
      payloads: [text('{bad')],
      reason: /could not be decoded/,
    },
    {
      what: 'bad metadata',
      type: 'StartWorkflow',
      payloads: [json({ createdDate: 'yesterday' })],
      reason: /\/metadata\/createdDate/,
    },
  ];

  test('end FAILED with the reason, are listed and can be read', { timeout: 60_000 }, async () => {
    const started = await Promise.all(POISON.map(({ type, payloads }) => startRaw(type, payloads)));
    for (const [i, workflowId] of started.entries()) {
      const { what, reason } = POISON[i]!;
      const ended = await client
        .withDeadline(Date.now() + 10_000, () =>
          client.workflow
            .getHandle(workflowId)
            .result()
            .then(
              () => 'a result',
              (error) => error.cause,
            ),
        )
        .catch((error: unknown) => `${what}: ${String(error)}`);
      const description = await client.workflow.getHandle(workflowId).describe();
      expect(description.status.name, `${what}: ${String(ended)}`).toBe('FAILED');
      expect(String(description.memo?.['customStatus']), what).toMatch(reason);
      expect(ended.message.length, what).toBeGreaterThan(10);

      const id = workflowId.slice('document:'.length);
      const read = await call(harness, 'GET', `/api/documents/${id}`);
      expect(read, what).toMatchObject({ status: 200, body: { id, state: 'failed' } });
      expect(read.body.customStatus, what).toMatch(reason);
      const status = await call(harness, 'GET', `/api/documents/${id}/status`);
      expect(status.body, what).toMatchObject({ id, state: 'failed' });
      expect((await call(harness, 'GET', `/api/documents/${id}/history`)).status, what).toBe(200);
      const edit = await call(harness, 'PUT', `/api/documents/${id}/sections/${S}`, feedback);
      expect(edit, what).toMatchObject({ status: 409, body: { code: 'wrong-state' } });
    }
    const ids = started.map((workflowId) => workflowId.slice('document:'.length));
    await awaitUntil('all of them are listed', async () => {
      const list = await call(harness, 'GET', '/api/documents?state=failed&limit=200');
      expect(list.status).toBe(200);
      const listed = new Map(list.body._embedded.documents.map((row: Loose) => [row.id, row]));
      return ids.every((id, i) => {
        const row = listed.get(id) as { customStatus: string } | undefined;
        return row && POISON[i]!.reason.test(row.customStatus);
      });
    });
  });

  test('an unknown workflow type is stuck, visibly, and starves nobody', async () => {
    const stuck = await startRaw('NoSuchWorkflow', [good]);
    await awaitUntil('the task is tried again', async () => {
      const { raw } = await client.workflow.getHandle(stuck).describe();
      return (raw.pendingWorkflowTask?.attempt ?? 0) >= 2;
    });
    await finish(await startRaw('document', [START['document'] as Payload]));
    expect((await client.workflow.getHandle(stuck).describe()).status.name).toBe('RUNNING');
    expect((await call(harness, 'GET', `/api/documents/${stuck.slice(9)}/status`)).status).toBe(
      404,
    );
    await client.workflow.getHandle(stuck).terminate('end of the test');
  });
});

describe('nobody becomes somebody else', () => {
  const create = async (): Promise<string> => {
    const created = await call(
      harness,
      'POST',
      '/api/documents',
      { type: 'contract-review' },
      { 'x-user': 'ann' },
    );
    expect(created.status).toBe(201);
    return created.body.id as string;
  };
  const guest = { 'x-user': 'guest', 'x-roles': 'guest' };
  const entriesOf = async (id: string): Promise<Loose[]> =>
    (await call(harness, 'GET', `/api/documents/${id}/history`)).body._embedded.entries;

  test('through the events route, whatever the payload claims', async () => {
    const id = await create();
    const attempts: [name: string, payload: unknown, code: FailureCode][] = [
      ['Draft', { text: 'mine', actor: 'boss' }, 'forbidden'],
      ['command', { kind: 'fill', section: 'Draft', data: {}, actor: 'boss' }, 'forbidden'],
      ['command', { kind: 'cancel', actor: 'boss' }, 'forbidden'],
      ['command', { kind: 'cancel', actor: 'operator' }, 'forbidden'],
      ['command', { kind: 'cancel', operator: true }, 'invalid-request'],
      ['command', { kind: 'cancel', context: { user: 'boss', roles: ['*'] } }, 'invalid-request'],
    ];
    for (const [name, payload] of attempts) {
      const sent = await call(
        harness,
        'POST',
        `/api/documents/${id}/events/${name}`,
        payload,
        guest,
      );
      expect(sent.status).toBe(202);
    }
    const refused = await awaitUntil('all are judged', async () => {
      const entries = (await entriesOf(id)).filter(({ accepted }) => !accepted);
      return entries.length === attempts.length && entries;
    });
    expect(refused.map(({ code, by }) => [code, by])).toEqual(
      attempts.map(([, , code]) => [code, 'guest']),
    );
  });

  test('through a body over HTTP', async () => {
    const id = await create();
    const filled = await call(
      harness,
      'PUT',
      `/api/documents/${id}/sections/Draft`,
      { actor: 'boss' },
      { 'x-user': 'eve', 'x-roles': 'author' },
    );
    expect(filled).toMatchObject({
      status: 200,
      body: { sections: { Draft: { filledBy: 'eve' } } },
    });
    const refused = await call(
      harness,
      'PUT',
      `/api/documents/${id}/sections/Check`,
      { actor: 'boss' },
      guest,
    );
    expect(refused).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    const cancel = await call(
      harness,
      'POST',
      `/api/documents/${id}/cancel`,
      { actor: 'boss' },
      guest,
    );
    expect(cancel).toMatchObject({ status: 400, body: { code: 'invalid-request' } });

    const created = await call(
      harness,
      'POST',
      '/api/documents',
      { type: 'contract-review', actor: 'boss' },
      { 'x-user': 'eve' },
    );
    if (created.status === 201) expect(created.body.owner).toBe('eve');
    else expect(created.status).toBe(400);
  });

  test('through more arguments of a signal, which only a raw client can send', async () => {
    const id = await create();
    const pose = json({ context: { user: 'boss', roles: ['*'], via: 'http' } });
    await signalRaw(`document:${id}`, { name: 'Draft', payloads: [json({ a: 1 }), pose] });
    const entry = await awaitUntil('taken in', async () => (await entriesOf(id))[1]);
    expect(entry).toMatchObject({ command: 'fill Draft', by: 'operator', via: 'signal' });
  });

  test('through a header that cannot be read: that is nobody, without a role', async () => {
    const id = await create();
    const headers: Payload[] = [
      text('{bad'),
      encoded('binary/foo', 'x'),
      json({ user: 1, roles: 'x' }),
      json(null),
      {},
    ];
    for (const header of headers) {
      await signalRaw(`document:${id}`, {
        name: 'command',
        payloads: [json({ kind: 'cancel', actor: 'boss' })],
        headers: { 'dossier-call': header },
      });
    }
    const refused = await awaitUntil('all are judged', async () => {
      const entries = (await entriesOf(id)).filter(({ accepted }) => !accepted);
      return entries.length === headers.length && entries;
    });
    for (const entry of refused) expect(entry).toMatchObject({ by: 'unknown', code: 'forbidden' });
  });
});

test('a workflow id that no database takes does not keep the document from closing', async () => {
  const workflowId = await startRaw('document', [START['document'] as Payload], {
    workflowId: `odd\u0000id ${randomUUID()}`,
  });
  const handle = client.workflow.getHandle(workflowId);
  await handle.signal('command', { kind: 'cancel' });
  const outcome = await Promise.race([
    handle.result(),
    pause(12_000, 'not closed', { ref: false }),
  ]);
  expect(outcome).toMatchObject({ state: 'cancelled' });
});

describe('before the document knows its type', () => {
  test('signals of every kind wait and are then judged in their order', async () => {
    const workflowId = await startRaw('document', [START['document'] as Payload], {
      queue: late.taskQueue,
    });
    const sent: [name: string, payload: Payload][] = [
      ['__temporal_x', good],
      [S, text('{bad')],
      ['SubmissionApproval', json(true)],
      [S, good],
      ['Nobody', good],
      ['BackgroundCheckFeedback', good],
      ['ContractFeedback', good],
      [S, json({ feedback: 'Corrected', isPassed: false })],
    ];
    for (const [name, payload] of sent) await signalRaw(workflowId, { name, payloads: [payload] });
    await late.startWorker();
    const status = await awaitUntil('all judged', async () => {
      const now = await statusOf(workflowId);
      return now.version === 5 && now;
    });
    expect(status).toMatchObject({ state: 'in-review', refused: { count: 4 } });
    const history = await call(late, 'GET', `/api/documents/${workflowId.slice(9)}/history`);
    const told = history.body._embedded.entries.map((e: Loose) => e.code ?? e.command);
    expect(told.toSorted()).toEqual(
      [
        'create',
        'unknown-event',
        'malformed-json',
        'wrong-state',
        `fill ${S}`,
        'unknown-event',
        'fill BackgroundCheckFeedback',
        'fill ContractFeedback',
        'submit',
        'ask',
        `fill ${S}`,
      ].toSorted(),
    );
    await client.workflow.getHandle(workflowId).signal('SubmissionApproval', false);
    expect(await client.workflow.getHandle(workflowId).result()).toMatchObject({
      output: 'Submitted: False',
    });
  });
});
