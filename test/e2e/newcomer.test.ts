/** What a newcomer tries first: the README's sessions, the demo, the examples; all on one fresh service. */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { awaitUntil } from '../support/await-until.ts';
import { parseHttpFile, runHttpFile } from '../support/http-file.ts';
import {
  freePort,
  runToEnd,
  send,
  startService,
  temporaryDir,
  type Service,
} from '../support/service.ts';

const FILES = readdirSync('examples').filter((name) => name.endsWith('.http'));
const DEMO = ['node', 'scripts/start.mjs', 'demo'] as const;

let service: Service;
let dataDir: string;
let folder: string;
beforeAll(async () => {
  // A Temporal server of its own, so that lists have nothing of other tests.
  dataDir = join(await temporaryDir(), 'data');
  folder = join(await temporaryDir(), 'inbox');
  service = await startService('start', {
    DATA_DIR: dataDir,
    TRIGGERS: 'examples/triggers.yaml',
    TRIGGER_FOLDER: folder,
  });
});

describe('the README', { timeout: 60_000 }, () => {
  /** The shell block that follows the marker `<!-- test: name -->`. */
  const session = (name: string): string => {
    const block = new RegExp(`<!-- test: ${name} -->\\s*\`\`\`sh\\n([^]*?)\`\`\``).exec(
      readFileSync('README.md', 'utf8'),
    )?.[1];
    if (block === undefined) throw new Error(`README.md has no session "${name}"`);
    return block;
  };
  /** Pasted into a shell, with nothing changed but where the service is. */
  const paste = async (script: string, temporalAddress = ''): Promise<string[]> => {
    const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', script], {
      env: {
        PATH: `${dirname(inject('temporalCli'))}:${process.env['PATH']}`,
        HOME: process.env['HOME'] ?? '',
        TEMPORAL_ADDRESS: temporalAddress,
      },
      timeout: 50_000,
    });
    return stdout.split('\n');
  };

  it('has a first session over HTTP that ends with an approved document', async () => {
    const script = session('http').replace('http://127.0.0.1:8080', service.url);
    const answers = (await paste(script)).join('').replaceAll('}{', '}\n{').split('\n');
    const bodies = answers.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
    expect(bodies.map((body) => body.code ?? body.state ?? Object.keys(body)[0])).toEqual([
      'open',
      'open',
      'wrong-state',
      'in-review',
      'in-review',
      'approved',
      '_embedded',
      'count',
    ]);
    expect(bodies.at(-1)).toMatchObject({ count: 1 });
  });

  it('has a session about approvals that ends with an approved one', async () => {
    const script = session('approvals').replace('http://127.0.0.1:8080', service.url);
    const answers = (await paste(script)).join('').replaceAll('}{', '}\n{').split('\n');
    const bodies = answers.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
    // Lists may lag behind by a moment.
    expect(bodies.map((body) => body.code ?? body.state ?? Object.keys(body)[0])).toEqual([
      'pending',
      'count',
      'count',
      'forbidden',
      'pending',
      'changes-requested',
      'pending',
      'approved',
    ]);
    expect(bodies.at(-1).decisions).toMatchObject([
      { by: 'mina', decision: 'approved', stage: 'manager', round: 1 },
      { by: 'marco', decision: 'changes-requested', stage: 'finance' },
      { by: 'mina', decision: 'approved', round: 2, version: 2 },
    ]);
  });

  it('has a session about orders: one goes through, one waits for stock, one is undone', async () => {
    const script = session('orders').replace('http://127.0.0.1:8080', service.url);
    const answers = (await paste(script)).join('').replaceAll('}{', '}\n{').split('\n');
    const [products, , , , , history] = answers.map((line) => JSON.parse(line));
    expect(products._embedded.products.map(({ sku }: { sku: string }) => sku)).toEqual([
      'chair',
      'desk',
      'lamp',
    ]);
    expect(history._embedded.entries[0]).toMatchObject({ command: 'place', by: 'dev' });
    const order = async (id: string) =>
      (await (await fetch(`${service.url}/api/orders/${id}`)).json()) as { state: string };
    const ends = { 4711: 'completed', 4712: 'completed', 4713: 'failed' };
    for (const [id, state] of Object.entries(ends))
      await awaitUntil(`order ${id} is ${state}`, async () => (await order(id)).state === state);
    expect(await order('4711')).toMatchObject({
      total: { amountMinor: 9_800 },
      paid: { discountMinor: 980, cardMinor: 8_820 },
      trackingNumber: expect.any(String),
    });
    expect(await order('4713')).toMatchObject({
      closedReason: 'Payment refused: The card was refused.',
    });
  });

  it('has a session about waits that ends with stopped ones', async () => {
    const script = session('waits').replace('http://127.0.0.1:8080', service.url);
    const answers = (await paste(script)).join('').replaceAll('}{', '}\n{').split('\n');
    const bodies = answers.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
    expect(bodies.map((body) => body.code ?? body.state ?? body.name)).toEqual([
      'waiting',
      'already-exists',
      'waiting',
      'completed',
      'Workflow',
      'Workflow',
    ]);
    expect(bodies[3].events).toMatchObject([{ event: 'Delivered', data: { by: 'carrier' } }]);
    expect(bodies.at(-1)).toMatchObject({ input: 'aaron', runtimeStatus: 1 });
  });

  it('has a session for clients of Durable Functions', async () => {
    const script = session('durable').replace('http://127.0.0.1:8080', service.url);
    const answers = (await paste(script))
      .join('')
      .replaceAll(/\}(?=[{"])/g, '}\n')
      .split('\n');
    const told = answers.map((line) => JSON.parse(line.replace(/^"in: F1F2F3F4"/, '')));
    expect(
      told.map((body) => body.output ?? body.id ?? body.instancesDeleted ?? body.runtimeStatus),
    ).toEqual(['hello-1', 'Hello Ada!', 'proposal-1', expect.anything(), 1]);
  });

  it('has a session about events that ends with a file', async () => {
    const script = session('triggers')
      .replace('http://127.0.0.1:8080', service.url)
      .replace('FOLDER=inbox', `FOLDER=${folder}`);
    const answers = (await paste(script)).join('').replaceAll('}{', '}\n{').split('\n');
    const [first, second, batch] = answers.map((line) => JSON.parse(line));
    expect(first).toMatchObject({ action: 'started', name: 'Hello' });
    expect(second).toEqual(first);
    expect(batch._embedded.events).toMatchObject([
      { action: 'started', id: 'proposal-7' },
      { action: 'signalled', name: 'Approval', id: 'proposal-7' },
    ]);
    await awaitUntil('the file is done', () =>
      readdirSync(join(folder, 'done')).some((name) => name.endsWith('-greet-grace.txt')),
    );
    const ended = await awaitUntil('it is decided', async () => {
      const { status, body } = await send('GET', batch._embedded.events[0].statusQueryGetUri);
      return status === 200 && body;
    });
    expect(ended).toMatchObject({ runtimeStatus: 'Completed' });
  });

  it('has a session with the CLI alone that ends with its literal output', async () => {
    const temporal = readFileSync(join(dataDir, 'temporal.json'), 'utf8');
    const { port } = JSON.parse(temporal) as { port: number };
    const out = (await paste(session('cli'), `127.0.0.1:${port}`)).join('\n');
    expect(out).toContain('Submitted: True');
    const { body } = await send('GET', `${service.url}/api/documents/bob-1/history`);
    const { entries } = (
      body as { _embedded: { entries: { command: string; by: string; code?: string }[] } }
    )._embedded;
    expect(entries.filter(({ code }) => code !== undefined).map(({ code }) => code)).toEqual([
      'invalid-data',
      'unknown-event',
    ]);
    expect(entries).toContainEqual(
      expect.objectContaining({ command: 'fill BackgroundCheckFeedback', by: 'ivy' }),
    );
  });
});

describe('the demo', { timeout: 40_000 }, () => {
  it('walks one onboarding and ends with links that work', async () => {
    const { code, stdout, stderr } = await runToEnd([...DEMO, service.url]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.match(/^\d\/8 /gm)).toEqual([
      '1/8 ',
      '2/8 ',
      '3/8 ',
      '4/8 ',
      '5/8 ',
      '6/8 ',
      '7/8 ',
      '8/8 ',
    ]);
    expect(stdout).toMatch(/<-- 409 .*missing|<-- 409 /);
    expect(stdout).toMatch(/anton approve: refused/);
    expect(stdout).toMatch(/anton approve: accepted \(Welcome!\)/);

    const links = [...stdout.matchAll(/^ {2}(?:the|its) .*?(http:\S+)$/gm)].map(
      ([, url = '']) => url,
    );
    expect(links).toHaveLength(4);
    for (const url of links) expect((await fetch(url)).status, url).toBe(200);
    expect((await send('GET', links[0] ?? '')).body).toMatchObject({
      state: 'approved',
      sections: { BackgroundCheckFeedback: { corrections: 1 } },
    });
  });

  it('says in one line that no service runs', async () => {
    const port = await freePort();
    const byArgument = await runToEnd([...DEMO, `http://127.0.0.1:${port}`]);
    const bySettings = await runToEnd(DEMO, { PORT: String(port) });
    for (const { code, stderr } of [byArgument, bySettings]) {
      expect(stderr).toMatch(
        new RegExp(`^dossier: no service answers at http://127.0.0.1:${port} .*\n$`),
      );
      expect(code).toBe(1);
    }
  });
});

describe('examples', { timeout: 30_000 }, () => {
  it.each(FILES)('%s is answered as it says', async (name) => {
    const file = parseHttpFile(readFileSync(join('examples', name), 'utf8'));
    const results = await runHttpFile(file, { host: service.url });
    for (const { title, expected, status, body } of results) {
      expect(expected, `${title}: no "# expect" comment`).toBeTypeOf('number');
      expect(status, `${title}: ${JSON.stringify(body)}`).toBe(expected);
    }
    const { url } = results.find(({ title }) => title.startsWith('Who did what')) ?? {};
    // It is about functions, which have no history of ours.
    if (url === undefined) return expect(name).toBe('triggers.http');
    // Events are delivered, and then worked off.
    const entries = await awaitUntil('the decision is told', async () => {
      const { body } = await send('GET', url);
      const all = body._embedded.entries as { command: string; accepted: boolean }[];
      return all.some((one) => /^(approve|completed?)$/.test(one.command) && one.accepted) && all;
    });
    expect(entries.filter(({ accepted }) => !accepted).length).toBeGreaterThan(0);
  });
});
