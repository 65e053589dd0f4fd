/** What we send, taken by the receiver of examples/: a program that knows nothing of ours but the secret. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { IncomingHttpHeaders } from 'node:http';
import { createInterface } from 'node:readline';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { messageId, signatures } from '../../src/shared/signing.ts';
import { attempt, receiver } from '../support/webhooks.ts';

const SECRET = 'the one of the receiver';
const OTHER = 'the next one, not known yet';

/** The receiver of this test; `lines` is what it printed. */
let example: { readonly port: number; readonly lines: readonly string[] };
beforeEach(async () => {
  const child = spawn(process.execPath, ['examples/webhook-receiver.mjs'], {
    env: { ...process.env, WEBHOOK_SECRET: SECRET, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(async () => {
    const exited = once(child, 'exit');
    child.kill();
    await exited;
  });
  const output = createInterface(child.stdout);
  const [line] = (await once(output, 'line')) as [string];
  const lines: string[] = [];
  output.on('line', (one) => lines.push(one));
  example = { port: Number(/:(\d+)$/.exec(line)?.[1]), lines };
});

/** One attempt of a call with the id. */
const send = (secrets: readonly string[], id: string) => {
  const host = `127.0.0.1:${example.port}`;
  return attempt(`http://${host}/hook`, { allow: [host], secrets }, { id });
};

/** What anybody may send. */
async function post(headers: Record<string, string>, body: string): Promise<number> {
  const url = `http://127.0.0.1:${example.port}/`;
  return (await fetch(url, { method: 'POST', headers, body })).status;
}

function signed(id: string, seconds: number, body: string): Record<string, string> {
  const timestamp = String(Math.floor(seconds));
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures([SECRET], `${id}.${timestamp}.${body}`),
  };
}

const refused = { type: 'webhook-refused', nonRetryable: false };

test('it takes what its secret signed, alone or among others, and each id once', async () => {
  expect(await send([SECRET], 'a')).toBe(204);
  expect(await send([OTHER, SECRET], 'b')).toBe(204);
  expect(await send([SECRET, OTHER], 'c')).toBe(204);
  // A repetition, as after an answer that was lost: taken, and nothing comes of it.
  expect(await send([SECRET], 'c')).toBe(204);
  expect(await send([OTHER], 'd')).toMatchObject(refused);
  expect(await send([SECRET], 'документ.1\n')).toBe(204);
  expect(example.lines).toEqual(Array.from({ length: 4 }, () => '{"occasion":"approved"}'));
});

test('it refuses what was changed, what is old, and what is no webhook', async () => {
  const now = Date.now() / 1000;
  const right = signed('a', now, 'x');
  const { 'webhook-signature': signature = '' } = right;
  expect(await post(right, 'y')).toBe(401);
  expect(await post({ ...right, 'webhook-id': 'b' }, 'x')).toBe(401);
  expect(await post({ ...right, 'webhook-timestamp': String(Math.floor(now) + 1) }, 'x')).toBe(401);
  for (const wrong of ['v1,', 'v1,AAAA', signature.replace('v1', 'v1a'), signature.slice(3), 'v1'])
    expect(await post({ ...right, 'webhook-signature': wrong }, 'x')).toBe(401);
  // Recorded and sent again, or by a clock that is wrong.
  expect(await post(signed('a', now - 310, 'x'), 'x')).toBe(401);
  expect(await post(signed('a', now + 310, 'x'), 'x')).toBe(401);
  expect(await post({}, 'x')).toBe(400);
  expect(await post({ ...right, 'webhook-timestamp': '1e9' }, 'x')).toBe(400);
  expect(example.lines).toEqual([]);
  expect(await post(signed('a', now - 290, 'x'), 'x')).toBe(204);
});

test('what is signed is what is sent', async () => {
  const seen: { headers: IncomingHttpHeaders; body: string }[] = [];
  const { port } = await receiver((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      seen.push({ headers: request.headers, body });
      response.writeHead(204).end();
    });
  });
  const host = `127.0.0.1:${port}`;
  const id = 'webhook:document:a.b:1:0';
  const settings = { allow: [host], secrets: [SECRET, OTHER] };
  expect(await attempt(`http://${host}/`, settings, { id })).toBe(204);
  const [{ headers, body } = { headers: {}, body: '' }] = seen;
  const timestamp = String(headers['webhook-timestamp']);
  expect(Math.abs(Number(timestamp) - Date.now() / 1000)).toBeLessThan(5);
  expect(headers).toMatchObject({
    'content-type': 'application/json',
    'webhook-id': 'webhook:document:a%2Eb:1:0',
    'webhook-signature': signatures([SECRET, OTHER], `${messageId(id)}.${timestamp}.${body}`),
  });
  expect(headers['webhook-signature']).toMatch(/^v1,[A-Za-z0-9+/]{43}= v1,[A-Za-z0-9+/]{43}=$/);
});
