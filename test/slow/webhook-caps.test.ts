/** That a webhook takes at most ten seconds, on the real clock. */
import { expect, test } from 'vitest';
import { answering, attempt, receiver, tcp } from '../support/webhooks.ts';

/** The outcome, and the seconds it took. */
async function timed(outcome: ReturnType<typeof attempt>) {
  const from = performance.now();
  return { outcome: await outcome, took: (performance.now() - from) / 1000 };
}

/** Writes a little now and then, until the connection ends. */
function drip(write: () => void, ended: (stop: () => void) => void): void {
  const timer = setInterval(write, 200);
  ended(() => clearInterval(timer));
}

test('look-up, connection, headers and body together have ten seconds', async () => {
  const silent = await tcp(() => undefined);
  const headers = await tcp((socket) => {
    socket.write('HTTP/1.1 200 OK\r\n');
    drip(
      () => socket.write('x: y\r\n'),
      (stop) => socket.once('close', stop),
    );
  });
  const informing = await tcp((socket) =>
    drip(
      () => socket.write('HTTP/1.1 103 Early Hints\r\n\r\n'),
      (stop) => socket.once('close', stop),
    ),
  );
  const body = await receiver((_, response) => {
    response.writeHead(200);
    drip(
      () => response.write('.'),
      (stop) => response.once('close', stop),
    );
  });
  const to = (port: number, scheme = 'http') =>
    timed(attempt(`${scheme}://127.0.0.1:${port}/`, { allow: [`127.0.0.1:${port}`] }));
  const unresolved = attempt('http://a.example/', {
    allow: ['a.example'],
    resolve: () => new Promise(() => undefined),
  });
  // A slow look-up is part of the ten seconds.
  const slowly = attempt(`http://localhost:${silent.port}/`, {
    allow: [`localhost:${silent.port}`],
    resolve: async (name) => {
      await new Promise((resolve) => setTimeout(resolve, 5_000));
      return answering(['127.0.0.1']).resolve(name);
    },
  });
  const [inBody, ...others] = await Promise.all([
    to(body.port),
    to(silent.port),
    to(silent.port, 'https'),
    to(headers.port),
    to(informing.port),
    timed(unresolved),
    timed(slowly),
  ]);
  // It has said that it took the message; what follows is only not waited for any longer.
  expect(inBody.outcome).toBe(200);
  for (const { outcome } of others)
    expect(outcome).toMatchObject({
      type: 'webhook-unreachable',
      nonRetryable: false,
      message: expect.stringMatching(/^\S+ did not answer within 10 s\.$/),
    });
  for (const { took } of [inBody, ...others]) {
    expect(took).toBeGreaterThan(9.5);
    expect(took).toBeLessThan(13);
  }
}, 30_000);
