/** The pages behind decision links: looking at them never decides, and only who was asked decides, once. */
import { createHash, randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { notify } from '../../src/store/notifications.ts';
import {
  createLink,
  type DecisionLink,
  type LinkSettings,
} from '../../src/shared/decision-links.ts';
import { as, openApi } from '../support/api.ts';
import { historyOf } from '../support/documents.ts';
import { startHarness, type Loose } from '../support/harness.ts';
import { directoryOf } from '../support/people.ts';
import { hands, typeOf, typesOf } from '../support/workflow-types.ts';

const links: LinkSettings = {
  secrets: ['a secret of the right length', 'the one that was before'],
  publicUrl: 'https://dossier.example/x',
  apiPrefix: '/api',
  ttlMs: 86_400_000,
};
const stages = [{ name: 'head', approvers: ['user:boss', 'user:vice', 'role:head'] }];
const harness = await startHarness({
  documentTypes: typesOf(
    typeOf('order', { approval: { stages } }),
    typeOf('secret', {
      sections: { Note: { title: 'Note', schema: { type: 'object' }, fill: ['owner'] } },
      approval: { stages },
      permissions: { read: ['owner'] },
    }),
  ),
  directory: directoryOf(
    { id: 'boss', name: 'Bo Ss', timeZone: 'Europe/Zurich' },
    { id: 'rita', roles: ['head'] },
    { id: 'vice' },
    { id: 'stranger', roles: ['other'] },
  ),
  links,
});
const { app, client } = harness;
const { create, command, fill, read } = hands(harness);
const { send } = await openApi(harness);

/** A document that waits for its decision. */
async function inReview(more: object = {}, type = 'order'): Promise<string> {
  const id = await create(type, { sections: { Note: { a: 'contents' } }, ...more });
  expect((await command(id, 'submit')).body.state).toBe('in-review');
  return id;
}

const linkTo = (id: string, more: Partial<DecisionLink> = {}): DecisionLink => ({
  kind: 'document',
  id,
  user: 'boss',
  decision: 'approve',
  version: 1,
  round: 1,
  stage: 'head',
  exp: Math.floor(Date.now() / 1000) + 3_600,
  ...more,
});
const made: string[] = [];
function pathOf(id: string, more: Partial<DecisionLink> = {}): string {
  const token = createLink(links.secrets, linkTo(id, more));
  made.push(token);
  return `/decisions/${token}`;
}

type Headers = Record<string, string>;
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const get = (url: string, headers: Headers = {}) => app.inject({ method: 'GET', url, headers });
const post = (url: string, form: Record<string, string> = {}, headers: Headers = {}) =>
  app.inject({
    method: 'POST',
    url,
    headers: { ...FORM, ...headers },
    payload: new URLSearchParams(form).toString(),
  });
const stateOf = async (id: string): Promise<string> => (await read(id)).state;
const decisionsOf = async (id: string): Promise<Loose[]> =>
  (await historyOf(harness, id)).entries.filter(({ command: what }) =>
    ['approve', 'reject'].includes(what),
  );

describe('to look at it', () => {
  test('shows what the button would do, and decides nothing', async () => {
    const id = await inReview({ title: 'Chairs' });
    const page = await get(pathOf(id));
    expect(page.statusCode).toBe(200);
    for (const text of [
      'Approve: Chairs',
      'Bo Ss (boss)',
      '<dd>order</dd>',
      '<dd>ann</dd>',
      '<dd>1</dd>',
    ])
      expect(page.body).toContain(text);
    expect(page.body).toMatch(/<label for="reason">.*\n.*<textarea id="reason"/);
    expect(page.body).not.toContain('contents');
    expect(page.body).not.toMatch(/<script|https?:/);
    expect((await get(pathOf(id, { decision: 'reject' }))).body).toContain('Reject: Chairs');
    expect(await stateOf(id)).toBe('in-review');
  });

  test.each<[string, 'GET' | 'HEAD' | 'OPTIONS', Headers]>([
    ['HEAD', 'HEAD', {}],
    ['OPTIONS', 'OPTIONS', {}],
    ['a prefetch', 'GET', { 'sec-purpose': 'prefetch;prerender', purpose: 'prefetch' }],
    ['a preview', 'GET', { 'user-agent': 'Slackbot-LinkExpanding 1.0', 'x-moz': 'prefetch' }],
    ['a form’s headers', 'GET', { ...FORM, origin: 'http://localhost:80' }],
    ['a method override', 'GET', { 'x-http-method-override': 'POST', 'x-http-method': 'POST' }],
  ])('decides nothing by %s', async (_what, method, headers) => {
    const id = await inReview();
    for (const url of [pathOf(id), `${pathOf(id)}?_method=POST&reason=x&decision=approve`])
      await app.inject({ method, url, headers });
    expect(await stateOf(id)).toBe('in-review');
  });

  test('the page runs nothing, is kept nowhere and tells nobody where one was', async () => {
    const { headers, body } = await get(pathOf(await inReview()));
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
      'x-robots-tag': 'noindex, nofollow',
      'x-content-type-options': 'nosniff',
    });
    const policy = String(headers['content-security-policy']);
    const [, style = ''] = /<style>(.*)<\/style>/s.exec(body) ?? [];
    const hash = createHash('sha256').update(style).digest('base64');
    expect(policy).toBe(
      `default-src 'none'; style-src 'sha256-${hash}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
    );
    expect(headers['set-cookie']).toBeUndefined();
    for (const path of ['/decisions/nonsense', pathOf('unknown')])
      expect((await get(path)).headers).toMatchObject({
        'referrer-policy': 'no-referrer',
        'content-security-policy': policy,
        'cache-control': 'no-store',
      });
  });

  test('titles and names are text', async () => {
    const title = `<img src=x onerror=alert(1)>"'{{7*7}} javascript:alert(1)`;
    const { body } = await get(pathOf(await inReview({ title }), { user: 'rita' }));
    expect(body).toContain('&lt;img src=x onerror=alert(1)&gt;&quot;&#39;{{7*7}}');
    expect(body).not.toContain('<img');
  });
});

describe('the form', () => {
  test('decides once; sent again, it shows what was decided first', async () => {
    const id = await inReview({ title: 'Chairs' });
    const url = pathOf(id);
    const first = await post(url, { reason: 'Fine\r\nby me' });
    expect(first.statusCode, first.body).toBe(200);
    expect(first.body).toContain('Approved: Chairs');
    expect(first.body).toMatch(/It is now: approved/);
    const second = await post(url, { reason: 'another' });
    expect([second.statusCode, second.body]).toEqual([200, first.body]);
    expect((await get(url)).body).toBe(first.body);
    expect((await get(url)).body).not.toContain('<form');
    expect(await decisionsOf(id)).toMatchObject([
      { by: 'boss', via: 'http', reason: 'Fine\r\nby me' },
    ]);
    await client.workflow.getHandle(`document:${id}`).result();
    expect((await post(url)).body, 'from the archive').toBe(first.body);
    const workflowExecution = { workflowId: `document:${id}` };
    await client.workflowService.deleteWorkflowExecution({
      namespace: 'default',
      workflowExecution,
    });
    expect((await post(url)).body, 'forgotten by Temporal').toBe(first.body);
    const other = await post(pathOf(id, { decision: 'reject' }));
    expect(other.statusCode).toBe(409);
    expect(other.body).toContain('this link changes nothing');
  });

  test('sent many times at once it decides once, also by two links to the same', async () => {
    const id = await inReview();
    const urls = [pathOf(id), pathOf(id, { exp: Math.floor(Date.now() / 1000) + 60 })];
    const answers = await Promise.all([...urls, ...urls, ...urls].map((url) => post(url)));
    expect(answers.map(({ statusCode }) => statusCode)).toEqual(Array(6).fill(200));
    expect(await decisionsOf(id)).toHaveLength(1);
  });

  test('of approving and rejecting at once one counts, and both pages say which', async () => {
    const id = await inReview();
    const answers = await Promise.all([post(pathOf(id)), post(pathOf(id, { decision: 'reject' }))]);
    expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set([200, 409]));
    const [decision, ...more] = (await decisionsOf(id)).filter(({ accepted }) => accepted);
    expect(more).toEqual([]);
    const word = decision.command === 'approve' ? 'Approved' : 'Rejected';
    for (const { body } of answers) expect(body).toContain(`<h1>${word}`);
  });

  test('by somebody who is entitled by a role that the directory knows', async () => {
    const id = await inReview();
    expect((await post(pathOf(id, { user: 'rita', decision: 'reject' }))).statusCode).toBe(200);
    expect(await stateOf(id)).toBe('rejected');
  });

  test('nobody hands a decision to somebody whom the directory does not know', async () => {
    const id = await inReview();
    const path = `/api/documents/${id}/delegate`;
    const refused = await send('POST', path, { to: 'ghost' }, as('boss'));
    expect([refused.status, refused.body.errors]).toEqual([
      422,
      [{ pointer: '/to', detail: 'ghost is not in the directory' }],
    ]);
    expect((await send('POST', path, { to: 'stranger' }, as('boss'))).status).toBe(200);
  });

  test('is a form, of bounded size', async () => {
    const url = pathOf(await inReview());
    expect((await post(url, { reason: 'x'.repeat(2_001) })).statusCode).toBe(413);
    expect((await post(url, { reason: 'x'.repeat(40_000) })).statusCode).toBe(413);
    const json = await app.inject({ method: 'POST', url, payload: { reason: 'x' } });
    expect(json.statusCode).toBe(415);
    expect(json.headers['content-type']).toBe('text/html; charset=utf-8');
    const whole = '漢'.repeat(2_000);
    expect((await post(url, { reason: `  ${whole}\0 `, more: 'ignored' })).statusCode).toBe(200);
    const bare = await app.inject({ method: 'POST', url: pathOf(await inReview()) });
    expect(bare.statusCode).toBe(200);
  });
});

describe('a link that holds no more', () => {
  test.each<[string, number, (id: string) => Promise<string> | string]>([
    ['that has expired', 410, (id) => pathOf(id, { exp: Math.floor(Date.now() / 1000) })],
    ['that was changed', 400, (id) => `${pathOf(id)}A`],
    [
      'that was signed by somebody else',
      400,
      (id) => `/decisions/${createLink(['x'.repeat(16)], linkTo(id))}`,
    ],
    ['to another kind of thing', 404, (id) => pathOf(id, { kind: 'approval' })],
    ['to another version', 409, (id) => pathOf(id, { version: 2 })],
    ['to another stage', 409, (id) => pathOf(id, { stage: 'other' })],
    ['of somebody who is not asked', 403, (id) => pathOf(id, { user: 'stranger' })],
    ['of the owner', 403, (id) => pathOf(id, { user: 'ann' })],
    ['to nothing', 404, () => pathOf(randomUUID())],
    [
      'to what one may not know',
      404,
      async () => pathOf(await inReview({ title: 'Hush' }, 'secret'), { user: 'stranger' }),
    ],
    [
      'to what was withdrawn',
      409,
      async (id) => {
        await command(id, 'reopen');
        return pathOf(id);
      },
    ],
    [
      'to what has changed since',
      409,
      async (id) => {
        await command(id, 'reopen');
        await fill(id, 'Note', { a: 'new' });
        await command(id, 'submit');
        return pathOf(id);
      },
    ],
    [
      'to what somebody else has decided',
      409,
      async (id) => {
        expect((await command(id, 'reject', {}, 'vice')).status).toBe(200);
        return pathOf(id);
      },
    ],
  ])('%s: %i', async (_what, status, prepare) => {
    const id = await inReview();
    const url = await prepare(id);
    const before = await read(id);
    for (const page of [await get(url), await post(url, { reason: 'x' })]) {
      expect([page.statusCode, page.headers['content-type']]).toEqual([
        status,
        'text/html; charset=utf-8',
      ]);
      expect(page.body).toMatch(/<h1>[^<]+<\/h1>/);
      expect(page.body).not.toContain('<form');
      expect(page.body).not.toMatch(/Hush|\bat .*\.ts|Error:/);
    }
    expect(await read(id)).toEqual(before);
  });

  test('one that was signed before the secret was replaced still holds', async () => {
    const id = await inReview();
    const url = `/decisions/${createLink(links.secrets.slice(1), linkTo(id))}`;
    expect((await post(url)).statusCode).toBe(200);
  });

  test('a request that says it is somebody else is refused', async () => {
    const id = await inReview();
    for (const user of ['vice', 'dev', 'operator']) {
      expect((await get(pathOf(id), as(user, '*'))).statusCode).toBe(403);
      expect((await post(pathOf(id), {}, as(user, '*'))).statusCode).toBe(403);
    }
    expect(await stateOf(id)).toBe('in-review');
    expect((await post(pathOf(id), {}, as('boss', 'other'))).statusCode).toBe(200);
  });

  test('roles that a request claims give a link nothing', async () => {
    const id = await inReview();
    const url = pathOf(id, { user: 'stranger' });
    expect((await post(url, {}, { 'x-roles': 'head' })).statusCode).toBe(403);
    expect((await post(url, {}, { 'x-roles': '*' })).statusCode).toBe(403);
  });
});

describe('from elsewhere', () => {
  const HOST = { host: 'localhost:8080' };
  test.each<[string, number, Headers]>([
    ['another site', 403, { origin: 'https://evil.example' }],
    ['another site that hides', 403, { origin: 'null' }],
    ['another site, by fetch metadata', 403, { 'sec-fetch-site': 'cross-site' }],
    ['another site that hides, by both', 403, { origin: 'null', 'sec-fetch-site': 'cross-site' }],
    [
      'another port of this machine',
      403,
      { origin: 'http://localhost:9999', 'sec-fetch-site': 'same-site' },
    ],
    ['a site with our name in its own', 403, { origin: 'https://dossier.example.evil.example' }],
    ['our page', 200, { origin: 'http://localhost:8080', 'sec-fetch-site': 'same-origin' }],
    ['our page, as browsers send it', 200, { origin: 'null', 'sec-fetch-site': 'same-origin' }],
    ['PUBLIC_URL', 200, { origin: 'https://dossier.example' }],
    [
      'PUBLIC_URL, by its name',
      200,
      { host: 'dossier.example', origin: 'https://dossier.example' },
    ],
    ['another name', 403, { host: 'evil.example', origin: 'http://evil.example' }],
    ['another name, alone', 403, { host: 'evil.example' }],
  ])('a form of %s: %i', async (_what, status, headers) => {
    const id = await inReview();
    const answer = await post(pathOf(id), {}, { ...HOST, ...headers });
    expect(answer.statusCode, answer.body).toBe(status);
    expect(await stateOf(id)).toBe(status === 200 ? 'approved' : 'in-review');
  });

  test('following the link from a mail is fine, by the names that we have', async () => {
    const url = pathOf(await inReview());
    const clicked = {
      'sec-fetch-site': 'cross-site',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'document',
    };
    expect((await get(url, clicked)).statusCode).toBe(200);
    expect((await get(url, { ...clicked, host: 'dossier.example' })).statusCode).toBe(200);
    expect((await get(url, { host: 'evil.example' })).statusCode).toBe(403);
  });

  test('there is nowhere else to be led to', async () => {
    const url = pathOf(await inReview());
    const spoofed = { 'x-forwarded-host': 'evil.example', forwarded: 'host=evil.example' };
    for (const name of ['returnUrl', 'next', 'url']) {
      const page = await get(`${url}?${name}=https://evil.example`, spoofed);
      expect(page.body).not.toContain('evil.example');
    }
    const done = await post(
      `${url}?returnUrl=https://evil.example`,
      { returnUrl: '//evil.example' },
      spoofed,
    );
    expect(done.statusCode).toBe(200);
    expect(done.headers.location).toBeUndefined();
    expect(done.body).not.toContain('evil.example');
  });
});

describe('GET /api/notifications', () => {
  test('has fresh links for who is asked, and for nobody else', async () => {
    const id = await inReview();
    const told = {
      kind: 'document',
      documentId: id,
      occasion: 'approval-requested',
      title: id,
      type: 'order',
      stage: 'head',
      by: 'ann',
      at: new Date().toISOString(),
    } as const;
    const decide = { version: 1, round: 1, stage: 'head' };
    const rows = async (headers: Headers): Promise<Loose[]> => {
      const { body } = await send('GET', '/api/notifications', undefined, {
        ...headers,
        host: 'localhost',
      });
      // Not what the document itself tells meanwhile.
      return body._embedded.notifications.filter(({ title }: Loose) => title === id);
    };
    await notify(harness.database, {
      ...told,
      key: 'a',
      recipients: ['user:boss', 'role:head'],
      decide,
    });
    await notify(harness.database, { ...told, key: 'b', recipients: ['user:boss'] });
    const [plain, asked] = await rows(as('boss'));
    expect(plain).not.toHaveProperty('decide');
    expect(Object.keys(plain._links)).toEqual(['document']);
    expect(asked).toMatchObject({ kind: 'document', stage: 'head', by: 'ann', decide });
    const { approve, reject } = asked._links;
    expect(await rows(as('boss'))).toEqual([plain, asked]);
    for (const headers of [as('rita', 'head'), as('dev', '*')])
      expect((await rows(headers)).flatMap(({ _links }) => Object.keys(_links))).not.toContain(
        'approve',
      );
    made.push(...[approve, reject].map(({ href }: Loose) => href.slice('/decisions/'.length)));
    expect((await get(reject.href)).body).toContain('Reject: ');
    expect((await post(approve.href)).statusCode).toBe(200);
    expect(await stateOf(id)).toBe('approved');
  });
});

test('without a worker: 503, and the same form later counts once', async () => {
  const id = await inReview();
  const url = pathOf(id);
  await harness.stopWorker();
  for (const page of await Promise.all([get(url), post(url)])) {
    expect(page.statusCode).toBe(503);
    expect(page.headers['retry-after']).toBe('5');
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
  }
  await harness.startWorker();
  expect((await post(url)).statusCode).toBe(200);
  expect(await decisionsOf(id)).toHaveLength(1);
}, 40_000);

test('no log has a token, whatever path it was sent to', async () => {
  const token = made[0] ?? '';
  for (const url of [
    `/decisions/${token}/more`,
    `/x/${token}`,
    `/Decisions/${token}?a`,
    `//decisions/${token}`,
    `/%64ecisions/${token}`,
    `/api/documents?title=${token}`,
  ])
    for (const method of ['GET', 'POST', 'PUT'] as const) await app.inject({ method, url });
  const lines = harness.logged.map((line) => JSON.stringify(line));
  expect(lines.filter((line) => line.includes('/decisions/[token]')).length).toBeGreaterThan(50);
  expect(made.length).toBeGreaterThan(50);
  for (const one of made) expect(lines.filter((line) => line.includes(one.slice(-43)))).toEqual([]);
});

describe('an approval of its own', () => {
  test('is looked at and decided by link, once; delegated meanwhile, the link is worth nothing', async () => {
    const policy = { stages: [{ name: 'head', approvers: ['user:boss', 'user:vice'] }] };
    const ask = async (): Promise<string> => {
      const made = await send('POST', '/api/approvals', { title: 'Budget', policy }, as('ann'));
      expect(made.status, made.text).toBe(201);
      return made.body.id as string;
    };
    const state = async (id: string): Promise<string> =>
      (await send('GET', `/api/approvals/${id}`, undefined, as('ann'))).body.state;

    const id = await ask();
    const link = pathOf(id, { kind: 'approval' });
    const page = await get(link);
    expect([page.statusCode, await state(id)]).toEqual([200, 'pending']);
    expect(page.body).toContain('Approve: Budget');
    const decided = await post(link, { reason: 'Fine by me' });
    expect(decided.statusCode, decided.body).toBe(200);
    expect(await state(id)).toBe('approved');
    const again = await post(link);
    expect(again.statusCode, again.body).toBe(200);
    expect(again.body).toContain('approved');

    const other = await ask();
    const path = pathOf(other, { kind: 'approval' });
    const handed = await send(
      'POST',
      `/api/approvals/${other}/delegate`,
      { to: 'rita' },
      as('boss'),
    );
    expect(handed.status, handed.text).toBe(200);
    expect((await post(path)).statusCode).toBe(403);
    expect((await post(pathOf(other, { kind: 'approval', user: 'rita' }))).statusCode).toBe(200);
    expect(await state(other)).toBe('approved');
  });
});
