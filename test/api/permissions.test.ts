/** 50 and 52: what somebody may not read is nowhere, and sensitive fields are only for those who may see them. */
import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { describe, expect, test } from 'vitest';
import { documentTypes } from '../../src/document-types/index.ts';
import { as, idsOf, openApi, problemOf, typeOf, type Made } from '../support/api.ts';
import { awaitUntil } from '../support/await-until.ts';
import { startHarness, type Loose } from '../support/harness.ts';

/** Read by its owner, by whom it waits for, and by clerks. */
const file = typeOf('file', {
  metadata: {
    type: 'object',
    properties: { name: { type: 'string' }, secret: { type: 'string', sensitive: true } },
  },
  sections: {
    Pay: {
      schema: {
        type: 'object',
        properties: {
          salary: { type: 'number', sensitive: true },
          grade: { type: 'string' },
          extras: {
            type: 'array',
            items: {
              type: 'object',
              properties: { what: { type: 'string' }, paid: { type: 'number', sensitive: true } },
            },
          },
        },
      },
      fill: ['owner'],
    },
    Note: { fill: ['owner'], required: false, reminders: { every: 'P1D' } },
  },
  permissions: { read: ['role:clerk'], sensitive: ['owner', 'role:payroll'] },
  approval: { stages: [{ name: 'boss', approvers: ['user:boss'] }] },
  deadline: 'P10D',
});
const open = typeOf('open', { sections: { A: {} } });
const harness = await startHarness({ documentTypes: documentTypes([file, open]) });
const { send, create, closed, listed, openapi } = await openApi(harness);
const url = new URL(await harness.app.listen({ host: '127.0.0.1', port: 0 }));

const ann = as('ann');
const CONTENT = {
  type: 'file',
  metadata: { name: 'Ada', secret: 'hush-meta' },
  sections: { Pay: { salary: 987_654, grade: 'B', extras: [{ what: 'car', paid: 456_789 }] } },
};
const SECRETS = /hush-meta|987654|456789|hush-more|777111/;

/** The first bytes of a stream, then it is closed. */
function firstBytes(path: string, headers: Record<string, string>): Promise<[number, string]> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: url.hostname, port: url.port, path, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
        if (text.includes('\n\n') || response.statusCode !== 200) {
          sent.destroy();
          resolve([response.statusCode ?? 0, text]);
        }
      });
    });
    sent.on('error', reject).end();
  });
}

describe('50: what the caller may not read', () => {
  test('is 404 on every route of a single document, open and closed, and changes nothing', async () => {
    const one = await create(CONTENT, ann);
    const over = await create(CONTENT, ann);
    await send('POST', `${over.at}/cancel`, {}, ann);
    await closed(over);
    const eve = as('eve', 'nobody');
    for (const made of [one, over]) {
      for (const [path, methods] of Object.entries<Loose>(openapi.paths)) {
        if (!path.includes('/documents/{id}')) continue;
        const at = path
          .replace('{id}', made.id)
          .replace('{section}', 'Pay')
          .replace('{name}', 'Pay');
        for (const method of Object.keys(methods)) {
          const body = bodyOf(path);
          const who = method === 'delete' && path.endsWith('{id}') ? as('eve', 'operator') : eve;
          const withBody = method === 'get' || method === 'delete' ? undefined : body;
          const refused = await send(method.toUpperCase() as 'GET', at, withBody, who);
          expect([method, path, ...problemOf(refused)]).toEqual([method, path, 404, 'not-found']);
          expect(refused.text).not.toMatch(SECRETS);
        }
      }
    }
    const { body } = await send('GET', one.at, undefined, ann);
    expect(body).toMatchObject({ state: 'open', version: 1, revision: 1 });
    const { body: history } = await send('GET', `${one.at}/history`, undefined, ann);
    expect(history._embedded.entries.filter((entry: Loose) => entry.accepted)).toHaveLength(1);
  });

  function bodyOf(path: string): unknown {
    const bodies: Record<string, unknown> = {
      '/comment': { text: 'x' },
      '/assign': { section: 'Pay', to: 'eve' },
      '/extend': { until: '2027-01-01T00:00:00Z' },
      '/transfer': { to: 'eve' },
      '/delegate': { to: 'eve' },
      '/link': { child: 'x' },
      '/unlink': { child: 'x' },
      '/sections': { Pay: {} },
    };
    const found = Object.entries(bodies).find(([end]) => path.endsWith(end));
    if (found) return found[1];
    return path.endsWith('/documents/{id}') ? { title: 'Mine' } : {};
  }

  test('is in no list, count, export, inbox and stream; what one may read is', async () => {
    const owner = `o-${randomUUID()}`;
    const one = await create(CONTENT, as(owner));
    const over = await create(CONTENT, as(owner));
    await send('POST', `${over.at}/cancel`, {}, as(owner));
    await closed(over);
    const public_ = await create({ type: 'open' }, as(owner));
    await listed(`owner=${owner}`, one.id, as(owner));
    await listed(`owner=${owner}`, public_.id, as('eve'));
    const seen = async (who: Record<string, string>): Promise<string[][]> => {
      const get = (path: string) =>
        send('GET', `/api/documents${path}?owner=${owner}`, undefined, who);
      const list = idsOf(await get(''));
      const { body } = await get('/counts');
      expect(body.total).toBe(list.length);
      const csv = (await get('.csv')).text.trimEnd().split('\r\n').slice(1);
      const lines = (await get('.ndjson')).text.split('\n').filter(Boolean);
      return [
        list,
        csv.map((line) => line.split(',')[0] ?? ''),
        lines.map((line) => JSON.parse(line).id),
      ];
    };
    const all = [public_.id, one.id, over.id];
    await awaitUntil('the closed one is open nowhere', async () => {
      const [list] = await seen(as(owner));
      return list?.length === 3;
    });
    expect(await seen(as(owner))).toEqual([all, all, all]);
    expect(await seen(as('x', 'clerk'))).toEqual([all, all, all]);
    expect(await seen(as('eve', 'other'))).toEqual([[public_.id], [public_.id], [public_.id]]);
    expect(await seen(as('boss')), 'decides, but not yet').toEqual(await seen(as('boss', 'clerk')));

    const inbox = async (who: Record<string, string>) =>
      idsOf(await send('GET', '/api/inbox', undefined, who));
    expect(await inbox(as('eve', 'other'))).not.toContain(one.id);
    expect(await inbox(as(owner))).toContain(one.id);
  });

  test('is no hint in the stream of all documents', async () => {
    const got: Record<string, string> = {};
    const streams = [as('eve'), as('ann')].map((headers) => {
      const sent = request(
        { host: url.hostname, port: url.port, path: '/api/stream', headers },
        (answer) => {
          answer.setEncoding('utf8').on('data', (chunk: string) => {
            got[headers['x-user']!] = (got[headers['x-user']!] ?? '') + chunk;
          });
        },
      );
      sent.on('error', () => {}).end();
      return sent;
    });
    await awaitUntil('both are open', () => Object.keys(got).length === 2);
    const secret = await create(CONTENT, ann);
    await send('POST', `${secret.at}/comment`, { text: 'x' }, ann);
    const { id } = await create({ type: 'open' });
    await awaitUntil('both know of the last one', () =>
      Object.values(got).every((text) => text.includes(id)),
    );
    expect(got['ann']).toContain(secret.id);
    expect(got['eve']).not.toContain(secret.id);
    for (const stream of streams) stream.destroy();
    expect((await firstBytes(`${secret.at}/stream`, as('eve')))[0]).toBe(404);
    expect((await firstBytes(`${secret.at}/stream`, ann))[0]).toBe(200);
  });

  test('becomes readable for whom it waits: by name, by assignment', async () => {
    const made = await create({ ...CONTENT, sections: {} }, ann);
    const read = async (user: string) => {
      const codes = await Promise.all(
        ['', '/status', '/history', '/sections/Pay'].map(
          async (path) => (await send('GET', made.at + path, undefined, as(user))).status,
        ),
      );
      return new Set(codes);
    };
    // The type names boss as the one who decides, so boss may always read.
    expect(await read('boss')).toEqual(new Set([200]));
    expect(await read('bob')).toEqual(new Set([404]));
    await send('POST', `${made.at}/assign`, { section: 'Pay', to: 'bob' }, ann);
    await awaitUntil(
      'bob may',
      async () => (await read('bob')).size === 1 && (await read('bob')).has(200),
    );
    await listed('type=file', made.id, as('bob'));
    expect(await read('cid')).toEqual(new Set([404]));
    await send('POST', `${made.at}/assign`, { section: 'Note', to: 'cid' }, ann);
    expect(await read('cid'), 'also when it is not waited for').toEqual(new Set([200]));
  });
});

describe('52: sensitive fields', () => {
  /** Everything that the document shows to this caller. */
  async function everything(made: Made, who: Record<string, string>): Promise<string> {
    const paths = [
      '',
      '?version=1',
      '?fields=sections,metadata',
      '/sections/Pay',
      '/sections/Pay?version=1',
      '/history',
      '/status',
    ];
    const answers = await Promise.all(
      paths.map((path) =>
        send('GET', made.at + path, undefined, who).catch(async () => {
          return harness.app
            .inject({ url: made.at + path, headers: who })
            .then(({ body }) => ({ status: 200, text: body }));
        }),
      ),
    );
    for (const { status, text } of answers) expect(status, text).toBe(200);
    const lists = await Promise.all(
      ['', '.csv', '.ndjson', '/counts'].map((part) =>
        send('GET', `/api/documents${part}?type=file`, undefined, who),
      ),
    );
    const told = await send('GET', '/api/notifications', undefined, who);
    return [...answers, ...lists, told].map(({ text }) => text).join('\n');
  }

  test('are hidden from those without the right, wherever one looks', async () => {
    const made = await create(CONTENT, ann);
    const handle = harness.client.workflow.getHandle(`document:${made.id}`);
    const filled = await send(
      'PUT',
      `${made.at}/sections/Pay`,
      { salary: 777_111, grade: 'C' },
      { ...ann, prefer: 'return=representation' },
    );
    expect(filled.text).toContain('777111');
    await send('PATCH', made.at, { metadata: { secret: 'hush-more' } }, ann);
    await send('POST', `${made.at}/assign`, { section: 'Note', to: 'bob' }, ann);
    // Not even a refusal repeats what was sent.
    const wrong = await send('PUT', `${made.at}/sections/Pay`, { salary: 'hush-more' }, ann);
    expect(problemOf(wrong)).toEqual([422, 'invalid-data']);
    const clerk = as('x', 'clerk');
    const payroll = as('p', 'payroll,clerk');
    const check = async (): Promise<void> => {
      expect(await everything(made, clerk)).not.toMatch(SECRETS);
      const seen = await everything(made, payroll);
      for (const secret of ['hush-meta', '987654', '456789']) expect(seen).toContain(secret);
      const { body } = await send('GET', made.at, undefined, clerk);
      expect(body.sections.Pay.data).toEqual({ grade: 'C' });
      expect(body.metadata).toEqual({ name: 'Ada' });
      const history = await send('GET', `${made.at}/history`, undefined, clerk);
      const changes = history.body._embedded.entries.flatMap((entry: Loose) => entry.changes ?? []);
      expect(changes).toContainEqual({ pointer: '/sections/Pay/salary', sensitive: true });
    };
    await check();

    const answered = await send('POST', `${made.at}/comment`, { text: 'Seen' }, clerk);
    expect(answered.text).not.toMatch(SECRETS);
    const whole = { ...clerk, prefer: 'return=representation' };
    const again = await send('POST', `${made.at}/comment`, { text: 'Seen' }, whole);
    expect(again.text).not.toMatch(SECRETS);

    const description = await handle.describe();
    const { raw } = description;
    const shown = JSON.stringify([
      description.memo,
      description.typedSearchAttributes,
      raw.executionConfig,
      raw.workflowExecutionInfo,
    ]);
    expect(shown).not.toMatch(SECRETS);
    const bytes = Buffer.from(JSON.stringify(raw.workflowExecutionInfo?.memo ?? {})).toString();
    expect(bytes).not.toMatch(SECRETS);
    const metadata = await handle.query<Loose>('__temporal_workflow_metadata');
    expect(JSON.stringify(metadata)).not.toMatch(SECRETS);

    await send('POST', `${made.at}/submit`, {}, ann);
    await send('POST', `${made.at}/reject`, { reason: 'No' }, as('boss'));
    await closed(made);
    await check();
    expect(JSON.stringify(harness.logged)).not.toMatch(SECRETS);
  });

  test('stay behind when somebody without the right makes another document of it', async () => {
    const made = await create(CONTENT, ann);
    const clerk = as('x', 'clerk');
    const copy = await send('POST', '/api/documents', { type: 'file', from: made.id }, clerk);
    expect(copy.status).toBe(201);
    expect(copy.text).not.toMatch(SECRETS);
    expect(copy.body).toMatchObject({
      metadata: { name: 'Ada' },
      sections: { Pay: { state: 'open' } },
    });
    const asked = { type: 'file', from: { id: made.id, sections: ['Pay'] } };
    expect(problemOf(await send('POST', '/api/documents', asked, clerk))).toEqual([
      403,
      'forbidden',
    ]);
    const restored = await send('POST', `${made.at}/restore`, undefined, clerk);
    expect(restored.text).not.toMatch(SECRETS);
    expect((await send('POST', `${made.at}/restore`, undefined, ann)).text).toContain('987654');
  });
});
