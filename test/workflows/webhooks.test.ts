/** Webhooks, to a real receiver. */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, expect, test } from 'vitest';
import { signature } from '../../src/shared/signing.ts';
import { documentTypes, parseDocumentType } from '../../src/document-types/index.ts';
import { awaitUntil } from '../support/await-until.ts';
import { eventsOf, named } from '../support/documents.ts';
import { call, startHarness, type Loose } from '../support/harness.ts';

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly message: Loose;
}

const received: Received[] = [];
/** What the receiver answers next; 204 when there is nothing left. */
const answers: number[] = [];
const receiver = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const body = Buffer.concat(chunks).toString();
    received.push({ headers: request.headers, body, message: JSON.parse(body) });
    const status = answers.shift() ?? 204;
    response.writeHead(status, status === 302 ? { location: '/elsewhere' } : {}).end('thanks');
  });
});
receiver.listen(0, '127.0.0.1');
await once(receiver, 'listening');
afterAll(() => receiver.close());
const host = `127.0.0.1:${(receiver.address() as AddressInfo).port}`;
const secret = 'only receiver and sender know';

const parsed = parseDocumentType({
  name: 'order',
  version: 1,
  title: 'Order',
  sections: { Line: { title: 'Line', schema: { type: 'object' } } },
  webhooks: [
    { url: `http://${host}/all` },
    { url: `http://${host}/ends`, on: ['approved', 'cancelled'] },
    { url: 'http://elsewhere.example/never', on: ['reopened'] },
  ],
  approval: { stages: [{ name: 'boss', approvers: ['role:boss'] }] },
});
if (!parsed.ok) throw new Error(JSON.stringify(parsed.refusal));
const harness = await startHarness({
  documentTypes: documentTypes([parsed.value]),
  webhooks: { allow: [host], secrets: [secret] },
});

async function order(): Promise<string> {
  const created = await call(harness, 'POST', '/api/documents', {
    type: 'order',
    sections: { Line: { secretish: 'contents stay here' } },
  });
  expect(created.status).toBe(201);
  return created.body.id as string;
}

const about = (id: string): Received[] =>
  received.filter(({ message }) => message.document?.id === id);

test('each is told of what it asked for, once, signed, without contents', async () => {
  const id = await order();
  for (const command of ['submit', 'approve']) {
    const headers = command === 'approve' ? { 'x-user': 'boss' } : {};
    const answer = await call(harness, 'POST', `/api/documents/${id}/${command}`, {}, headers);
    expect(answer.status).toBe(200);
  }
  await awaitUntil('all five calls', async () => about(id).length === 5);
  const occasions = about(id).map(({ message }) => message.occasion);
  const all = ['approved', 'approved', 'asked', 'decided', 'submitted'];
  expect(occasions).toHaveLength(all.length);
  expect(occasions).toEqual(expect.arrayContaining(all));
  for (const { headers, body, message } of about(id)) {
    const stamp = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`;
    expect(headers['webhook-signature']).toBe(signature(secret, stamp));
    expect(body).not.toContain('contents');
    expect(message.document).toMatchObject({ id, type: 'order', owner: 'dev' });
  }
  expect(new Set(about(id).map(({ headers }) => headers['webhook-id'])).size).toBe(5);
});

test('a receiver that is away is called again, and the document does not wait for it', async () => {
  const id = await order();
  answers.push(503, 302);
  expect((await call(harness, 'POST', `/api/documents/${id}/cancel`)).status).toBe(200);
  const { client } = harness;
  await client.workflow.getHandle(`document:${id}`).result();
  await awaitUntil('called again', async () => about(id).length === 4, 20_000);
  const ids = about(id).map(({ headers }) => String(headers['webhook-id']));
  const timesOf = (one: string): number => ids.filter((other) => other === one).length;
  expect([...new Set(ids)].map(timesOf)).toEqual([2, 2]);
}, 30_000);

test('a receiver that is not allowed is never called, and the call says why', async () => {
  const id = await order();
  await call(harness, 'POST', `/api/documents/${id}/submit`);
  await call(harness, 'POST', `/api/documents/${id}/reopen`);
  const started = await awaitUntil('the call', async () => {
    for await (const one of harness.client.workflow.list({
      query: `WorkflowType = 'webhook' AND WorkflowId STARTS_WITH 'webhook:document:${id}:' AND ExecutionStatus = 'Failed'`,
    }))
      return one.workflowId;
    return undefined;
  });
  await expect(harness.client.workflow.getHandle(started).result()).rejects.toMatchObject({
    cause: { cause: { message: 'elsewhere.example is not in WEBHOOK_ALLOW.' } },
  });
  const state = await call(harness, 'GET', `/api/documents/${id}`);
  expect(state.body.state).toBe('open');
  // And is not tried again.
  const events = await eventsOf(harness.client, started);
  const begun = events.filter((one) => named(one) === 'ACTIVITY_TASK_STARTED');
  expect(begun.map((one) => one.activityTaskStartedEventAttributes?.attempt)).toEqual([1]);
});

test('a receiver that stays away is called some 80 times within three days, and no more', async () => {
  const id = await order();
  await call(harness, 'POST', `/api/documents/${id}/cancel`);
  await awaitUntil('called', async () => about(id).length === 2);
  const started = String(about(id)[0]?.headers['webhook-id']);
  const events = await eventsOf(harness.client, started);
  const scheduled = events.find((one) => named(one) === 'ACTIVITY_TASK_SCHEDULED');
  const { scheduleToCloseTimeout, startToCloseTimeout, retryPolicy } =
    scheduled?.activityTaskScheduledEventAttributes ?? {};
  const total = Number(scheduleToCloseTimeout?.seconds);
  const longest = Number(retryPolicy?.maximumInterval?.seconds);
  let wait = Number(retryPolicy?.initialInterval?.seconds);
  let attempts = 1;
  // Each attempt begins after the wait, however fast the one before it failed.
  for (let at = wait; at < total; at += wait) {
    attempts += 1;
    wait = Math.min(wait * Number(retryPolicy?.backoffCoefficient), longest);
  }
  expect(total).toBe(3 * 86_400);
  expect(Number(startToCloseTimeout?.seconds)).toBe(20);
  expect(attempts).toBeGreaterThan(70);
  expect(attempts).toBeLessThan(90);
});

test('an approval of its own tells whom its request names', async () => {
  const body = {
    title: 'Budget',
    subject: { secretish: 'contents stay here' },
    policy: { stages: [{ name: 'boss', approvers: ['user:boss'] }] },
    webhooks: [{ url: `http://${host}/all` }, { url: `http://${host}/ends`, on: ['approved'] }],
  };
  const made = await call(harness, 'POST', '/api/approvals', body);
  expect(made.status, made.text).toBe(201);
  const { id } = made.body;
  const answer = await call(
    harness,
    'POST',
    `/api/approvals/${id}/approve`,
    {},
    { 'x-user': 'boss' },
  );
  expect(answer.status, answer.text).toBe(200);
  const ours = () => received.filter(({ message }) => message.approval?.id === id);
  await awaitUntil('all calls', async () => ours().length === 5);
  const all = ['approved', 'approved', 'asked', 'decided', 'submitted'];
  expect(ours().map(({ message }) => message.occasion)).toEqual(expect.arrayContaining(all));
  for (const { headers, body: sent, message } of ours()) {
    const stamp = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${sent}`;
    expect(headers['webhook-signature']).toBe(signature(secret, stamp));
    expect(sent).not.toContain('contents');
    expect(message.approval).toMatchObject({ id, title: 'Budget', owner: 'dev' });
  }
  const wrong = { ...body, webhooks: [{ url: 'ftp://x' }] };
  const refused = await call(harness, 'POST', '/api/approvals', wrong);
  expect([refused.status, refused.body.errors[0].pointer]).toEqual([400, '/webhooks/0/url']);
});
