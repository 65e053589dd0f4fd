/** What a start can be told, who may steer an instance, and the choices that the settings leave. */
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { durableOptions, durableSettings } from '../../src/durable-settings.ts';
import { NO_LINKS } from '../../src/shared/decision-links.ts';
import { awaitUntil } from '../support/await-until.ts';
import { dialectOf, MANAGEMENT } from '../support/dialect.ts';
import { gatewaysOf } from '../support/gateway.ts';
import { call, startHarness } from '../support/harness.ts';

const links = { ...NO_LINKS, secrets: ['a secret of sixteen'] };
const harness = await startHarness({ links });
const { client, taskQueue } = harness;
const { start, status, raise, steer, ended, send } = dialectOf(harness);
const gateway = gatewaysOf(harness);
const LONG = { timeout: 'PT1H' };

/** The dialect of a gateway with these options. */
async function withOptions(...options: string[]) {
  const durable = durableSettings({ DURABLE_OPTIONS: options.join() }, taskQueue);
  return dialectOf(await gateway({ durable }));
}

describe('a start', () => {
  test('can name a version, which the status shows, and which goes along with a restart', async () => {
    const id = randomUUID();
    const made = await send(
      'POST',
      `orchestrators/OrchFunction/${id}?Version=2.1`,
      JSON.stringify(LONG),
    );
    expect(made.status).toBe(202);
    expect((await status(id)).version).toBe('2.1');
    await awaitUntil('it is listed', async () => {
      const { body } = await send('GET', `instances?instanceIdPrefix=${id}`);
      return body[0]?.version === '2.1';
    });
    const again = await steer(id, 'restart');
    expect((await status(again.body.id)).version).toBe('2.1');
    expect(await status(await start('ApprovalTexts'))).not.toHaveProperty('version');
    await client.workflow.getHandle(again.body.id).terminate();
  });

  test('by GET and POST at the app’s own route; HEAD and pages of other sites start nothing', async () => {
    const at = '/api/orchestrators/ApprovalTexts';
    const made = await send('GET', at);
    expect([made.status, made.body.id]).toEqual([202, expect.stringMatching(/^[0-9a-f]{32}$/)]);
    expect(made.body.rewindPostUri).toContain('/rewind?reason={text}');
    expect((await ended(made.body.id)).input).toBeNull();
    const id = randomUUID();
    expect((await send('GET', `${at}/${id}`)).body.id).toBe(id);
    await ended(id);

    const none = randomUUID();
    expect((await send('HEAD', `${at}/${none}`)).status).toBe(405);
    const elsewhere = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' };
    expect((await send('GET', `${at}/${none}`, undefined, elsewhere)).status).toBe(403);
    expect((await send('GET', `instances/${none}`)).status).toBe(404);

    const durable = durableSettings({ GET_COMPAT: 'off' }, taskQueue);
    const { send: strict } = dialectOf(await gateway({ durable }));
    expect((await strict('GET', at)).status).toBe(405);
    expect((await strict('POST', at)).status).toBe(202);
  });
});

test('ids that the service gives itself cannot be had by anybody', async () => {
  for (const id of ['document:4711', 'approval:q1', 'mail:x', 'webhook:x', 'reconcile:x']) {
    const refused = await send('POST', `/api/orchestrators/ApprovalTexts/${id}`, 'null');
    expect([refused.status, refused.body.ExceptionType]).toEqual([400, 'System.ArgumentException']);
    expect((await send('GET', `instances/${id}`)).status).toBe(404);
  }
  const made = await call(harness, 'POST', '/Onboarding/Start', {});
  const again = await steer(made.body.id, 'restart?restartWithNewInstanceId=false');
  expect(again.status).toBe(400);
});

describe('the code of an instance', () => {
  const nobody = { 'x-user': 'ann', 'x-roles': 'author' };
  const path = (uri: string) => uri.replace('http://localhost:8080', '');

  test('is in the addresses of a start, and lets anybody watch and steer this instance', async () => {
    const made = await send(
      'POST',
      '/api/orchestrators/OrchFunction',
      JSON.stringify(LONG),
      nobody,
    );
    expect(made.status).toBe(202);
    const uris = made.body as Record<string, string>;
    const statusUri = path(uris['statusQueryGetUri'] ?? '');
    expect(statusUri).toMatch(/&code=[\w-]{43}$/);
    expect((await send('GET', statusUri, undefined, nobody)).status).toBe(202);
    const bare = statusUri.replace(/&code=.*/, '');
    for (const wrong of [bare, `${bare}&code=`, `${bare}&code=${'x'.repeat(43)}`]) {
      const refused = await send('GET', wrong, undefined, nobody);
      expect([refused.status, refused.text]).toEqual([401, '']);
    }
    const event = path(uris['sendEventPostUri'] ?? '').replace('{eventName}', 'Approval');
    expect((await send('POST', event, 'true', nobody)).status).toBe(202);
    await ended(uris['id'] ?? '');
    const purge = path(uris['purgeHistoryDeleteUri'] ?? '');
    expect((await send('DELETE', purge, undefined, nobody)).status).toBe(200);
  });

  test('is for no other instance; lists, starts and purging many are for operators', async () => {
    const [mine, other] = [randomUUID(), await start('OrchFunction', LONG)];
    const made = await send(
      'POST',
      `/api/orchestrators/OrchFunction/${mine}`,
      JSON.stringify(LONG),
      nobody,
    );
    const [, code = ''] = /code=([\w-]+)$/.exec(made.body.statusQueryGetUri) ?? [];
    const asked: [method: 'GET' | 'POST' | 'DELETE', url: string][] = [
      ['GET', `instances/${other}?code=${code}`],
      ['POST', `instances/${other}/terminate?code=${code}`],
      ['GET', `instances?code=${code}`],
      ['DELETE', `instances?createdTimeFrom=2026-01-01&code=${code}`],
      ['POST', `orchestrators/ApprovalTexts?code=${code}`],
    ];
    for (const [method, url] of asked)
      expect((await send(method, url, undefined, nobody)).status, url).toBe(401);
    expect(
      (await send('GET', `instances/${other}`, undefined, { 'x-roles': 'operator' })).status,
    ).toBe(202);
    // By its code it can be restarted; the new one has a code of its own.
    const again = await send('POST', `instances/${mine}/restart?code=${code}`, undefined, nobody);
    expect(again.status).toBe(202);
    expect(again.body.statusQueryGetUri).not.toContain(code);
    for (const id of [mine, other, again.body.id]) await client.workflow.getHandle(id).terminate();
  });
});

describe('DURABLE_OPTIONS', () => {
  test('duplicate: 500, 409, or the running one is replaced', async () => {
    const id = await start('OrchFunction', LONG);
    const url = `orchestrators/OrchFunction/${id}`;
    expect((await send('POST', url, JSON.stringify(LONG))).status).toBe(500);
    const refused = await (
      await withOptions('duplicate=409')
    ).send('POST', url, JSON.stringify(LONG));
    expect([refused.status, refused.body.ExceptionMessage]).toEqual([
      409,
      expect.stringMatching(
        /An Orchestration instance with the status (Running|Pending) already exists/,
      ),
    ]);
    const before = (await client.workflow.getHandle(id).describe()).runId;
    const replaced = await (
      await withOptions('duplicate=replace')
    ).send('POST', url, JSON.stringify(LONG));
    expect(replaced.status).toBe(202);
    expect((await client.workflow.getHandle(id).describe()).runId).not.toBe(before);
    await client.workflow.getHandle(id).terminate();
  });

  test('rewind: 412 instead of 410 and 500', async () => {
    const newer = await withOptions('rewind=412');
    const id = await start('OrchFunction', LONG);
    const codes = async () => [
      (await steer(id, 'rewind')).status,
      (await newer.steer(id, 'rewind')).status,
    ];
    expect(await codes()).toEqual([500, 412]);
    await raise(id, 'Approval', true);
    await ended(id);
    expect(await codes()).toEqual([410, 412]);
  });

  test('empty-event: an event without a body is null', async () => {
    const id = await start('OrchFunction', LONG);
    const url = `instances/${id}/raiseEvent/Other`;
    const empty = { 'content-type': 'application/json' };
    expect((await send('POST', url, '', empty)).status).toBe(400);
    expect(
      (await (await withOptions('empty-event=null')).send('POST', url, '', empty)).status,
    ).toBe(202);
    await client.workflow.getHandle(id).terminate();
  });

  test('text: JSON in a text, as the Python client sends it, is taken out of it', async () => {
    const twice = JSON.stringify(JSON.stringify(LONG));
    const { send: unwrapping } = await withOptions('text=unwrapped');
    const ids = [randomUUID(), randomUUID(), randomUUID()] as const;
    await send('POST', `orchestrators/OrchFunction/${ids[0]}`, twice);
    await unwrapping('POST', `orchestrators/OrchFunction/${ids[1]}`, twice);
    await unwrapping('POST', `orchestrators/ApprovalTexts/${ids[2]}`, '"just a text"');
    expect((await status(ids[0])).input).toBe(JSON.stringify(LONG));
    expect((await status(ids[1])).input).toEqual(LONG);
    expect((await status(ids[2])).input).toBe('just a text');
    await unwrapping('POST', `instances/${ids[1]}/raiseEvent/Approval`, '"true"');
    expect((await ended(ids[1])).output).toEqual([
      'Your project design proposal has been -  Approved!',
    ]);
  });

  test('anything else is told at the start', () => {
    expect(durableOptions([])).toEqual({
      duplicate: 500,
      rewind: 410,
      emptyEvent: 'refused',
      text: 'kept',
    });
    expect(() => durableOptions(['duplicate=410'])).toThrow(
      'duplicate is one of 409, 500, replace',
    );
    for (const wrong of ['twice=1', 'duplicate', 'constructor=x', 'rewind=__proto__'])
      expect(() => durableOptions([wrong])).toThrow(/DURABLE_OPTIONS has/);
    expect(() => durableSettings({ GET_COMPAT: 'yes' }, 'q')).toThrow('GET_COMPAT is "yes"');
  });
});

test('a 202 of our own starter has a code, too', async () => {
  const made = await call(harness, 'POST', '/Onboarding/Start', {});
  expect(made.body.statusQueryGetUri).toMatch(/code=[\w-]{43}$/);
  expect(made.body.statusQueryGetUri).toContain(MANAGEMENT);
});
