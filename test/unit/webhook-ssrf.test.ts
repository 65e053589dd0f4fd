/**
 * Where no webhook gets, whatever a document type, a name server or a receiver says. On real sockets. Fault 57, with the caps
 * in test/slow/webhook-caps, the sample receiver in test/e2e/webhook-receiver and bounded retries in test/workflows/webhooks.
 */
import { CancelledFailure } from '@temporalio/common';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { destinationOf } from '../../src/activities/webhooks/destinations.ts';
import { awaitUntil } from '../support/await-until.ts';
import {
  activityEnvironment,
  answering,
  attempt,
  receiver,
  tcp,
  type Listening,
} from '../support/webhooks.ts';

/** What an attacker wants to reach. */
let victim: Listening;
beforeEach(async () => {
  victim = await receiver();
});

const blocked = (message: unknown = expect.any(String)) =>
  expect.objectContaining({ type: 'webhook-not-allowed', nonRetryable: true, message });
const failed = (type: string, message: unknown) =>
  expect.objectContaining({ type, nonRetryable: false, message });

describe('a URL that is not allowed is blocked before anything is looked up:', () => {
  test.each([
    'http://127.0.0.1:PORT/',
    'http://127.1:PORT/',
    'http://127.0.0.1.:PORT/',
    'http://localhost:PORT/',
    'http://localhost.:PORT/',
    'http://[::1]:PORT/',
    'http://169.254.169.254/latest/meta-data/',
    'http://2130706433:PORT/',
    'http://017700000001:PORT/',
    'http://0177.0.0.1:PORT/',
    'http://0x7f000001:PORT/',
    'http://0x7f.1:PORT/',
    'http://①②⑦.⓪.⓪.①:PORT/',
    'http://0.0.0.0:PORT/',
    'http://0:PORT/',
    'http://[::]:PORT/',
    'http://[::ffff:127.0.0.1]:PORT/',
    'http://[::ffff:7f00:1]:PORT/',
    'http://[::127.0.0.1]:PORT/',
    'http://[64:ff9b::127.0.0.1]:PORT/',
    'http://hooks.example.org.:PORT/',
    'http://hooks.example.org.evil.example:PORT/',
    // The user is what looks like the host.
    'http://hooks.example.org@127.0.0.1:PORT/',
    'http://hooks.example.org:PORT@127.0.0.1:PORT/',
    'http://hooks.example.org%2F@127.0.0.1:PORT/',
    'http://127.0.0.1:PORT\\@hooks.example.org:PORT/',
    // And a user where the host is right: nothing of ours would send it.
    'http://me:secret@hooks.example.org:PORT/',
    'http://me@hooks.example.org:PORT/',
    // Temporal, whoever has allowed it.
    'http://hooks.example.org:7233/',
    'http://127.0.0.1:7233/',
    'file:///etc/passwd',
    'ftp://hooks.example.org/',
    'gopher://hooks.example.org/',
    'unix:/var/run/docker.sock',
    'data:text/plain,x',
    'hooks.example.org',
    '',
  ])('%s', async (url) => {
    const { resolve, asked } = answering(['127.0.0.1']);
    const hosts = ['', `:${victim.port}`, ':7233'].map((port) => `hooks.example.org${port}`);
    const allow = [...hosts, '127.0.0.1:7233'];
    const given = url.replaceAll('PORT', String(victim.port));
    expect(await attempt(given, { allow, resolve })).toEqual(blocked());
    expect(asked).toEqual([]);
    expect(victim.connections()).toBe(0);
  });
});

describe('an allowed name is blocked when it leads to', () => {
  test.each([
    ['127.0.0.1'],
    ['127.0.0.2'],
    ['::1'],
    ['::ffff:127.0.0.1'],
    ['::127.0.0.1'],
    ['64:ff9b::7f00:1'],
    ['2002:7f00:1::'],
    ['0.0.0.0'],
    ['::'],
    ['10.0.0.1'],
    ['192.168.1.1'],
    ['100.64.0.1'],
    ['169.254.169.254'],
    ['fd00:ec2::254'],
    ['fe80::1%lo'],
    ['224.0.0.1'],
    // One of several is enough.
    ['93.184.216.34', '127.0.0.1'],
    ['2606:4700::1111', '::1'],
  ])('%s %s', async (...addresses) => {
    const host = `hooks.example.org:${victim.port}`;
    const { resolve } = answering(addresses);
    expect(await attempt(`http://${host}/`, { allow: [host], resolve })).toEqual(
      // Without the address, which would tell about the network behind us.
      blocked(`${host} leads to an address to which webhooks may not go.`),
    );
    expect(victim.connections()).toBe(0);
  });
});

test('an entry that the settings would not let through opens nothing either', async () => {
  const { port } = victim;
  for (const host of ['169.254.169.254', `0.0.0.0:${port}`, `[::ffff:7f00:1]:${port}`])
    expect(await attempt(`http://${host}/`, { allow: [host] })).toEqual(blocked());
  expect(victim.connections()).toBe(0);
});

test('without a secret nothing is sent', async () => {
  const host = `127.0.0.1:${victim.port}`;
  expect(await attempt(`http://${host}/`, { allow: [host], secrets: [] })).toEqual(
    blocked(`${host} is not in WEBHOOK_ALLOW.`),
  );
  expect(victim.connections()).toBe(0);
});

describe('what the operator has named', () => {
  test.each(['127.0.0.1', 'localhost'])('%s is called, on that port only', async (hostname) => {
    const host = `${hostname}:${victim.port}`;
    const other = await receiver();
    const settings = { allow: [host] };
    expect(await attempt(`http://${host}/`, settings)).toBe(204);
    expect(await attempt(`http://${hostname}:${other.port}/`, settings)).toEqual(blocked());
    expect(other.connections()).toBe(0);
  });

  test('localhost is loopback, whatever is said about it', async () => {
    const host = `localhost:${victim.port}`;
    for (const address of ['10.0.0.1', '93.184.216.34']) {
      const { resolve } = answering([address]);
      expect(await attempt(`http://${host}/`, { allow: [host], resolve })).toEqual(blocked());
    }
  });

  test('a name with =private may be private, and nothing else that is not public', () => {
    const { permits } = destinationOf('http://internal.example.org:9000/x', [
      'internal.example.org:9000=private',
    ]);
    for (const address of ['10.0.0.1', 'fd12::1', '93.184.216.34'])
      expect(permits(address)).toBe(true);
    for (const address of ['127.0.0.1', '::1', '169.254.169.254', '100.64.0.1', 'fd00:ec2::254'])
      expect(permits(address)).toBe(false);
  });

  test('the default port of a scheme may be written or left out', () => {
    const has = (url: string, entry: string) => () => destinationOf(url, [entry]);
    expect(has('https://a.example/', 'a.example')).not.toThrow();
    expect(has('https://a.example/', 'a.example:443')).not.toThrow();
    expect(has('http://a.example:80/', 'a.example:80')).not.toThrow();
    expect(has('http://a.example/', 'a.example:443')).toThrow();
    expect(has('https://a.example:8443/', 'a.example')).toThrow();
  });
});

describe('a name server that changes its answer', () => {
  test('is asked once an attempt, and the connection goes to that answer', async () => {
    const host = `localhost:${victim.port}`;
    const { resolve, asked } = answering(['127.0.0.1'], ['10.0.0.1']);
    expect(await attempt(`http://${host}/`, { allow: [host], resolve })).toBe(204);
    expect(asked).toEqual(['localhost']);
    expect(await attempt(`http://${host}/`, { allow: [host], resolve })).toEqual(blocked());
    expect(victim.connections()).toBe(1);
  });

  test.runIf(process.platform === 'linux')('and not to what the system would say', async () => {
    const other = await receiver(undefined, '127.0.0.2', victim.port);
    const host = `localhost:${victim.port}`;
    const { resolve } = answering(['127.0.0.2']);
    expect(await attempt(`http://${host}/`, { allow: [host], resolve })).toBe(204);
    expect(other.seen[0]?.headers.host).toBe(host);
    expect(victim.connections()).toBe(0);
  });

  test('from public to private is blocked at the second attempt', async () => {
    const host = `hooks.example.org:${victim.port}`;
    const { resolve, asked } = answering(['93.184.216.34'], ['127.0.0.1']);
    // The first is let through; it is cancelled then, so that no test calls a stranger.
    const environment = activityEnvironment();
    const stopped = {
      allow: [host],
      resolve: (name: string) => {
        environment.cancel();
        return resolve(name);
      },
    };
    await expect(attempt(`http://${host}/`, stopped, { environment })).rejects.toThrow(
      CancelledFailure,
    );
    expect(await attempt(`http://${host}/`, { allow: [host], resolve })).toEqual(blocked());
    expect(asked).toHaveLength(2);
    expect(victim.connections()).toBe(0);
  });
});

describe('on the way', () => {
  test.each([301, 302, 303, 307, 308])(
    'a %i to somewhere inside is not followed',
    async (status) => {
      const location = `http://127.0.0.1:${victim.port}/`;
      const { port } = await receiver((_, response) =>
        response.writeHead(status, { location }).end(),
      );
      const host = `127.0.0.1:${port}`;
      const allow = [host, `127.0.0.1:${victim.port}`];
      expect(await attempt(`http://${host}/`, { allow })).toEqual(
        failed('webhook-refused', `${host} answered ${status}.`),
      );
      expect(victim.connections()).toBe(0);
    },
  );

  test('no proxy of the environment is asked', async () => {
    const { port, seen } = await receiver();
    vi.stubEnv('HTTP_PROXY', `http://127.0.0.1:${victim.port}`);
    vi.stubEnv('http_proxy', `http://127.0.0.1:${victim.port}`);
    vi.stubEnv('NODE_USE_ENV_PROXY', '1');
    try {
      const host = `127.0.0.1:${port}`;
      expect(await attempt(`http://${host}/x?y=1`, { allow: [host] })).toBe(204);
    } finally {
      vi.unstubAllEnvs();
    }
    expect(seen.map(({ url }) => url)).toEqual(['/x?y=1']);
    expect(victim.connections()).toBe(0);
  });

  test('each call has a connection of its own', async () => {
    const { port, seen, connections } = await receiver();
    const host = `127.0.0.1:${port}`;
    for (const _ of [1, 2]) expect(await attempt(`http://${host}/`, { allow: [host] })).toBe(204);
    expect(connections()).toBe(2);
    expect(seen.map(({ headers }) => headers.connection)).toEqual(['close', 'close']);
  });

  test('TLS is for the name, not for the address', async () => {
    const hello: Buffer[] = [];
    const { port } = await tcp((socket) =>
      socket.once('data', (chunk) => {
        hello.push(chunk);
        socket.destroy();
      }),
    );
    const host = `localhost:${port}`;
    const { resolve } = answering(['127.0.0.1']);
    const outcome = await attempt(`https://${host}/`, { allow: [host], resolve });
    expect(outcome).toEqual(failed('webhook-unreachable', expect.stringContaining(host)));
    // The extension server_name of a ClientHello is readable.
    expect(Buffer.concat(hello).includes('localhost')).toBe(true);
  });
});

describe('a receiver that misbehaves', () => {
  test('is cut off when its answer has no end; its status counts', async () => {
    let written = 0;
    let cut = false;
    const isCut = (): boolean => cut;
    const { port } = await receiver((_, response) => {
      const chunk = Buffer.alloc(64 * 1024);
      const more = (): void => {
        while (!isCut()) {
          written += chunk.length;
          if (!response.write(chunk)) return;
        }
      };
      response.on('drain', more).on('close', () => (cut = true));
      more();
    });
    const host = `127.0.0.1:${port}`;
    expect(await attempt(`http://${host}/`, { allow: [host] })).toBe(200);
    await awaitUntil('cut off', isCut);
    // What the buffers of two sockets take.
    expect(written).toBeLessThan(16 * 1024 * 1024);
  });

  test.each([
    ['hangs up', '', 'ECONNRESET'],
    ['speaks no HTTP', 'SSH-2.0-OpenSSH_9.6\r\n', 'HPE_INVALID_CONSTANT'],
    [
      'would speak something else',
      'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n',
      'no answer',
    ],
    ['has headers without end', `HTTP/1.1 200 OK\r\nx: ${'x'.repeat(1e5)}`, 'HPE_HEADER_OVERFLOW'],
  ])('and %s is called again later', async (_, text, code) => {
    const { port } = await tcp((socket) => socket.once('data', () => socket.end(text)));
    const host = `127.0.0.1:${port}`;
    expect(await attempt(`http://${host}/`, { allow: [host] })).toEqual(
      failed('webhook-unreachable', `${host} cannot be reached (${code}).`),
    );
  });

  test('or is not there is told without its address', async () => {
    const { resolve } = answering(['127.0.0.3']);
    const allow = ['localhost:1'];
    const outcome = await attempt('http://localhost:1/', { allow, resolve });
    expect(outcome).toEqual(
      failed('webhook-unreachable', 'localhost:1 cannot be reached (ECONNREFUSED).'),
    );
    expect((outcome as Error).cause).toBeUndefined();
  });

  test('and a name that leads nowhere is looked up again later', async () => {
    const nowhere = { allow: ['a.example'], resolve: answering([]).resolve };
    expect(await attempt('http://a.example/', nowhere)).toEqual(
      failed('webhook-unreachable', 'a.example cannot be reached (no answer).'),
    );
    const unknown = async () =>
      Promise.reject(Object.assign(new Error('getaddrinfo 10.0.0.53'), { code: 'ENOTFOUND' }));
    expect(await attempt('http://a.example/', { ...nowhere, resolve: unknown })).toEqual(
      failed('webhook-unreachable', 'a.example cannot be reached (ENOTFOUND).'),
    );
  });

  test('and is silent does not hold up a cancellation', async () => {
    const environment = activityEnvironment();
    let closed = false;
    const { port } = await tcp((socket) => {
      socket.once('data', () => environment.cancel()).once('close', () => (closed = true));
    });
    const host = `127.0.0.1:${port}`;
    const outcome = attempt(`http://${host}/`, { allow: [host] }, { environment });
    await expect(outcome).rejects.toThrow(CancelledFailure);
    await awaitUntil('the connection has ended', () => closed);
  });
});
