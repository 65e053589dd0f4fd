/**
 * Records the histories that `replay.test.ts` replays: real runs of every workflow type on a Temporal server of its
 * own. Run it with `npm run record:histories` when a workflow type or a new kind of run is added, and commit what is new in
 * `histories/`. Histories that are there already are kept: they stand for documents that are still open somewhere.
 * To record one anew, delete its file first, and only if no release has made such a history.
 */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import proto from '@temporalio/proto';
import { NativeConnection } from '@temporalio/worker';
import pino from 'pino';
import { SMTPServer } from 'smtp-server';
import { build } from '../../scripts/build.mjs';

const { History } = proto.temporal.api.history.v1;
/** Bytes of one file. */
const MOST = 200_000;
const HISTORIES = new URL('histories/', import.meta.url);
const SECTIONS = ['InterviewFeedback', 'BackgroundCheckFeedback', 'ContractFeedback'];
const feedback = { feedback: 'Convincing', isPassed: true };
const TYPE = { type: 'employee-onboarding', metadata: { title: 'Ada' } };
const bytes = (text) => new TextEncoder().encode(text);

await build({ log: console.log });
const load = (path) => import(new URL(`../../dist/${path}`, import.meta.url).href);
const { findTemporalCli, defaultCacheDir } = await load('temporal/server/find.js');
const { startEmbeddedServer } = await load('temporal/server/embedded.js');
const { registerSearchAttributes } = await load('temporal/prepare.js');
const { createWorker, installRuntime } = await load('temporal/worker.js');
const { createTemporal } = await load('temporal/client.js');
const { openEmbedded, prepareDatabase } = await load('store/database.js');
const {
  documentTypes: typesOf,
  loadDocumentTypes,
  parseDocumentType,
} = await load('document-types/index.js');
const { buildApp } = await load('api/app.js');
const { durableSettings } = await load('durable-settings.js');
const { orderSettings } = await load('order-settings.js');
const { openMailer } = await load('activities/mail/mailer.js');
const { NO_LINKS } = await load('shared/decision-links.js');
const { notify } = await load('store/notifications.js');
const { keepCustomerMail } = await load('store/orders/mails.js');

const { env, platform } = process;
const dataDir = await mkdtemp(join(tmpdir(), 'dossier-record-'));
const server = await startEmbeddedServer({
  dataDir,
  port: 0,
  uiPort: 0,
  namespace: 'default',
  log: console.log,
  executable: await findTemporalCli({
    cliPath: env['TEMPORAL_CLI_PATH'],
    path: env['PATH'],
    cacheDir: defaultCacheDir(env, platform, homedir()),
    log: console.log,
  }),
});
const log = pino({ level: 'error' });
installRuntime(log);
const connection = await NativeConnection.connect({ address: server.address });
await registerSearchAttributes(connection, 'default');
const opened = await openEmbedded();
await prepareDatabase(opened);
/** Types with one trait each; the second version of `paper` comes when a case says so. */
const note = { title: 'Note', schema: { type: 'object' } };
const type = (name, more = {}) => {
  const parsed = parseDocumentType({
    name,
    version: 1,
    title: name,
    sections: { Note: note },
    ...more,
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.refusal));
  return parsed.value;
};
/** Takes every call of a webhook. */
const receiver = createServer((_request, response) => response.end());
await new Promise((resolve) => receiver.listen(0, '127.0.0.1', resolve));
const receiverHost = `127.0.0.1:${receiver.address().port}`;
const receiverUrl = `http://${receiverHost}/hook`;
const children = { item: { onCancel: 'cancel', finishBeforeSubmit: true } };
const own = (await loadDocumentTypes('document-types')).all;
let paper = type('paper');
const allTypes = () =>
  typesOf([
    ...own,
    paper,
    type('hooked', { webhooks: [{ url: receiverUrl }] }),
    type('batch', { submit: 'automatic', children }),
    type('folder', { children }),
    type('item', { sections: { Note: { ...note, required: false } } }),
    type('stages', {
      editableInReview: true,
      approval: {
        stages: [
          { name: 'one', approvers: ['user:anna', 'user:ben'], quorum: 2 },
          { name: 'two', approvers: ['user:cleo'], when: { field: 'Note.a', present: true } },
        ],
      },
      sections: {
        Note: { title: 'Note', schema: { type: 'object', properties: { a: { type: 'integer' } } } },
      },
    }),
    type('hurried', {
      submit: 'automatic',
      approval: {
        stages: [
          {
            name: 'one',
            approvers: ['user:anna'],
            deadline: 'PT4S',
            onTimeout: { outcome: 'reject', compensation: 'Escalation' },
            reminders: { every: 'PT1S', max: 2 },
            escalation: [{ after: 'PT3S', to: 'user:boss', mode: 'reassign' }],
          },
        ],
      },
    }),
    type('urgent', {
      deadline: 'PT4S',
      sections: { Note: { ...note, deadline: 'PT2S', reminders: { every: 'PT1S', max: 3 } } },
    }),
  ]);
const documentTypes = {
  get all() {
    return allTypes().all;
  },
  find: (name) => allTypes().find(name),
};
const shared = { namespace: 'default', taskQueue: 'record' };
const webhooks = { allow: [receiverHost], secrets: ['secret'] };
/** Takes every mail. */
const post = new SMTPServer({ authOptional: true, disabledCommands: ['STARTTLS'], logger: false });
await new Promise((resolve) => post.listen(0, '127.0.0.1', resolve));
const mailer = openMailer({
  smtpUrl: `smtp://127.0.0.1:${post.server.address().port}`,
  from: { name: 'Dossier', address: 'dossier@localhost' },
});
const ada = { id: 'ada', mail: 'ada@example.org', roles: [] };
const directory = {
  person: (id) => (id === ada.id ? ada : { id, roles: [] }),
  membersOf: () => undefined,
};
const deps = {
  documentTypes,
  directory,
  links: NO_LINKS,
  database: opened.db,
  log,
  webhooks,
  mailer,
  retentionMs: 86_400_000,
};
const orders = orderSettings({});
const worker = await createWorker({ ...shared, ...deps, connection, orders });
const working = worker.run();
const temporal = createTemporal({ ...shared, connection });
const app = await buildApp({
  ...deps,
  triggers: { triggers: [], folder: undefined, retentionMs: deps.retentionMs },
  temporal,
  changes: await opened.changes(),
  apiPrefix: '/api',
  durable: durableSettings({}, shared.taskQueue),
  orderTerms: orders.terms,
  temporalUiUrl: undefined,
  version: 'record',
});
const plain = await Connection.connect({ address: server.address });
const client = new Client({ connection: plain });

/** Each makes one run and returns its workflow id; the name is `{workflow type}-{case}`. */
const CASES = {
  async 'approval-decided'() {
    const stages = [
      { name: 'one', approvers: ['user:anna', 'user:ben'], quorum: 2 },
      { name: 'two', approvers: ['user:cleo'], when: { field: 'subject.n', above: 1 } },
    ];
    const id = await asked({ stages });
    const at = `/api/approvals/${id.slice(9)}`;
    await http('POST', `${at}/approve`, {}, id, as('ben'));
    await http('POST', `${at}/request-changes`, { reason: 'More' }, id, as('anna'));
    await http('POST', `${at}/submit`, { subject: { n: 2 } }, id, as('olga'));
    for (const user of ['ben', 'anna']) await http('POST', `${at}/approve`, {}, id, as(user));
    await http('POST', `${at}/delegate`, { to: 'dan' }, id, as('cleo'));
    await http('POST', `${at}/approve`, { version: 2 }, id, as('dan'));
    return await ended(id);
  },
  async 'approval-by-cli'() {
    const id = `approval:${randomUUID()}`;
    const policy = { stages: [{ name: 'one', approvers: ['anyone'] }] };
    await begun('approval', { title: 'A', policy }, id);
    await signal(id, 'Nonsense', 1);
    await signal(id, 'Approval', { approved: false, reason: 'No' });
    return await ended(id);
  },
  async 'approval-clocks'() {
    const stage = {
      name: 'one',
      approvers: ['user:anna'],
      deadline: 'PT4S',
      onTimeout: { outcome: 'expire', compensation: 'Escalation' },
      reminders: { every: 'PT1S', max: 2 },
      escalation: [{ after: 'PT3S', to: 'user:boss' }],
    };
    return await ended(await asked({ stages: [stage] }));
  },
  async 'approval-continued'() {
    const stage = { name: 'one', approvers: ['user:anna'], reminders: { every: 'PT5S', max: 9 } };
    const id = await asked({ stages: [stage] });
    const handle = client.workflow.getHandle(id);
    for (let i = 0; i < 520; i += 20)
      await Promise.all(Array.from({ length: 20 }, () => handle.signal('Nonsense', i)));
    await settled(id);
    await pause(6_000);
    await signal(id, 'Approval', true);
    return await ended(id);
  },
  async 'approval-withdrawn'() {
    const id = await asked({ stages: [{ name: 'one', approvers: ['user:anna'] }] });
    await http('POST', `/api/approvals/${id.slice(9)}/comment`, { text: 'Hm' }, id, as('anna'));
    await http('POST', `/api/approvals/${id.slice(9)}/withdraw`, {}, id, as('olga'));
    return await ended(id);
  },
  async 'approval-cancelled'() {
    const id = await asked({ stages: [{ name: 'one', approvers: ['user:anna'] }] });
    await settled(id);
    await client.workflow.getHandle(id).cancel();
    return await ended(id);
  },
  async 'approval-poison-start'() {
    const id = `approval:${randomUUID()}`;
    await begun('approval', { title: 'A' }, id);
    return await ended(id);
  },
  async 'wait-one-of-two'() {
    const id = await waits({ events: ['A', 'B'], webhook: receiverUrl });
    await http('POST', `${waitAt(id)}/events/B`, { by: 'somebody' }, id);
    return await ended(id);
  },
  async 'wait-all-by-cli-with-garbage'() {
    const id = `wait:paper:${randomUUID()}`;
    await begun('wait', { events: ['A', 'B'], mode: 'all', timeout: '1h' }, id);
    for (const name of ['A', 'A', 'Nonsense', 'B']) await signal(id, name, name);
    return await ended(id);
  },
  async 'wait-expired'() {
    const id = await waits({ timeout: '1s' });
    return await ended(id);
  },
  async 'wait-completed-by-deadline'() {
    const id = await waits({
      events: ['A', 'B'],
      mode: 'all',
      timeout: '2s',
      onTimeout: 'complete',
    });
    await signal(id, 'A', 1);
    return await ended(id);
  },
  async 'wait-stopped'() {
    const id = await waits();
    await http('POST', `${waitAt(id)}/stop`, { data: 'enough' }, id);
    return await ended(id);
  },
  async 'wait-cancelled'() {
    const id = await waits();
    await settled(id);
    await client.workflow.getHandle(id).cancel();
    return await ended(id);
  },
  async 'wait-continued'() {
    const id = await waits({ events: ['A', 'B'], mode: 'all', timeout: '1h' });
    await signal(id, 'A', 1);
    for (let i = 0; i < 520; i += 20)
      await Promise.all(
        Array.from({ length: 20 }, () => client.workflow.getHandle(id).signal('Nonsense', i)),
      );
    await settled(id);
    await signal(id, 'B', 2);
    return await ended(id);
  },
  async 'wait-poison-start'() {
    const id = `wait:paper:${randomUUID()}`;
    await begun('wait', { mode: 7 }, id);
    return await ended(id);
  },
  async 'Workflow-by-event'() {
    const id = await begun('Workflow', 'aaron');
    await signal(id, 'Workflow', null);
    return await ended(id);
  },
  async 'Workflow-by-routes'() {
    const id = `wait:Workflow:${randomUUID()}`;
    await http('POST', `/api/start/${id.slice(14)}`, undefined, id);
    await http('POST', `/api/stop/${id.slice(14)}`, undefined, id);
    return await ended(id);
  },
  async 'OrchFunction-decided'() {
    const id = await begun('OrchFunction');
    await signal(id, 'Approval', false);
    return await ended(id);
  },
  'OrchFunction-escalated': async () => ended(await begun('OrchFunction', { timeout: '1s' })),
  'ApprovalTexts-both': async () => ended(await begun('ApprovalTexts')),
  'ReminderLoop-ten': async () => ended(await begun('ReminderLoop', { every: '100ms' })),
  'Hello-world': async () => ended(await begun('Hello')),
  'Chain-four': async () => ended(await begun('Chain', '>')),
  'FanOutFanIn-three': async () => ended(await begun('FanOutFanIn', [1, 2, 3])),
  'Monitor-done': async () => ended(await begun('Monitor', { takes: '1s', every: '400ms' })),
  'QuoteWithTimeout-in-time': async () => ended(await begun('QuoteWithTimeout', { takes: '1s' })),
  'QuoteWithTimeout-late': async () => ended(await begun('QuoteWithTimeout', { timeout: '1s' })),
  async 'document-by-signals'() {
    const { id, at } = await create();
    for (const section of SECTIONS) await http('POST', `${at}/events/${section}`, feedback, id);
    await http('POST', `${at}/events/SubmissionApproval`, true, id);
    return await ended(id);
  },
  async 'document-by-updates-with-refusals'() {
    const { id, at } = await create();
    await http('POST', `${at}/approve`, {}, id);
    await http('PUT', `${at}/sections/InterviewFeedback`, { feedback: 1 }, id);
    for (const section of SECTIONS) await http('PUT', `${at}/sections/${section}`, feedback, id);
    await http('PUT', `${at}/sections/${SECTIONS[0]}`, { feedback: 'No', isPassed: false }, id);
    await http('POST', `${at}/reject`, { reason: 'No budget' }, id);
    return await ended(id);
  },
  async 'document-by-cli'() {
    const id = await started('document', TYPE);
    for (const section of SECTIONS) await signal(id, section, feedback);
    await signal(id, 'SubmissionApproval', { approved: false, reason: 'Not now' });
    return await ended(id);
  },
  async 'document-cancelled'() {
    const id = await started('document', TYPE);
    await signal(id, 'InterviewFeedback', feedback);
    await settled(id);
    await client.workflow.getHandle(id).cancel();
    return await ended(id);
  },
  async 'document-suspended'() {
    const id = await started('document', TYPE);
    await signal(id, 'durable:suspend', 'audit');
    await signal(id, 'InterviewFeedback', feedback);
    await settled(id);
    await signal(id, 'durable:resume', 'done');
    await settled(id);
    await signal(id, 'durable:suspend', 'again');
    await signal(id, 'durable:terminate', 'enough');
    return await ended(id);
  },
  'document-poison-start': async () => await ended(await started('document', ['no object'])),
  'document-unknown-type': async () => await ended(await started('document', { type: 'nope' })),
  async 'document-garbage'() {
    const id = await started('document', TYPE);
    for (const [name, payload] of [
      ['InterviewFeedback', { metadata: { encoding: bytes('json/plain') }, data: bytes('{bad') }],
      ['InterviewFeedback', { metadata: { encoding: bytes('binary/foo') }, data: bytes('x') }],
      ['InterviewFeedback', { data: bytes('x') }],
      ['__temporal_x', { metadata: { encoding: bytes('json/plain') }, data: bytes('1') }],
      ['__stack_trace', { metadata: { encoding: bytes('json/plain') }, data: bytes('1') }],
    ]) {
      await client.workflowService.signalWorkflowExecution({
        namespace: 'default',
        workflowExecution: { workflowId: id },
        signalName: name,
        input: { payloads: [payload] },
      });
      await settled(id);
    }
    await signal(id, 'Nonsense', 1);
    await signal(id, 'command', { kind: 'cancel' });
    return await ended(id);
  },
  async 'document-continued'() {
    const id = await started('document', TYPE);
    return await ended(await edited(id));
  },
  async 'document-withdrawn-and-patched'() {
    const { id, at } = await create('paper', { sections: { Note: { a: 1 } } });
    await http('DELETE', `${at}/sections/Note`, undefined, id);
    await command(id, { kind: 'fill-many', sections: { Note: { a: 2 } } });
    const operations = [{ op: 'add', path: '/b', value: [1] }];
    await command(id, { kind: 'patch', section: 'Note', operations });
    await command(id, { kind: 'merge', section: 'Note', patch: { a: null } });
    await command(id, { kind: 'edit', title: 'Renamed', metadata: { x: 1 } });
    await command(id, { kind: 'assign', section: 'Note', to: 'bob' });
    await signal(id, 'command', { kind: 'assign', section: 'Note', to: 'carla', actor: 'ann' });
    await command(id, { kind: 'transfer', to: 'dora' });
    await command(id, { kind: 'comment', text: 'Hm' });
    await command(id, { kind: 'archive' });
    return await ended(id);
  },
  async 'document-without-approval'() {
    const { id } = await create('paper', { sections: { Note: { a: 1 } } });
    await command(id, { kind: 'submit' });
    return await ended(id);
  },
  async 'document-migrated'() {
    const { id, at } = await create('paper');
    const bySignal = await create('paper');
    const text = { type: 'object', properties: { text: { type: 'string' } } };
    paper = type('paper', { version: 2, sections: { Note: { ...note, schema: text } } });
    await http('PUT', `${at}/sections/Note`, { text: 1 }, id);
    await http('POST', `${at}/migrate`, {}, id);
    await http('PUT', `${at}/sections/Note`, { text: 'fits' }, id);
    // Several at once, in one workflow task.
    await Promise.all([
      http('POST', `${at}/migrate`, {}),
      http('POST', `${at}/comment`, { text: 'meanwhile' }),
      http('POST', `${at}/migrate`, {}),
    ]);
    await settled(id);
    await signal(bySignal.id, 'command', { kind: 'migrate' });
    await command(id, { kind: 'cancel' });
    return await ended(id);
  },
  async 'document-parent'() {
    const [batch, one] = [await create('batch'), await create('item')];
    const [two, three] = [await create('item', { parent: plainId(batch) }), await create('item')];
    await below(batch, two);
    const link = (child) => http('POST', `${batch.at}/link`, { child: plainId(child) });
    const unlink = (child) => http('POST', `${batch.at}/unlink`, { child: plainId(child) });
    await Promise.all([
      link(one),
      http('PUT', `${batch.at}/sections/Note`, { a: 1 }),
      link(three),
      signal(batch.id, 'command', { kind: 'unlink', child: plainId(one) }),
      link({ id: 'document:nobody' }),
      signal(batch.id, 'command', { kind: 'link', child: plainId(one) }),
    ]);
    await settled(batch.id);
    await unlink(three);
    await unlink(one);
    await settled(batch.id);
    await command(two.id, { kind: 'submit' });
    return await ended(batch.id);
  },
  async 'document-child'() {
    const folder = await create('folder');
    const item = await create('item', { parent: plainId(folder) });
    await below(folder, item);
    await http('PATCH', item.at, { title: 'Renamed' }, item.id);
    await settled(folder.id);
    await http('POST', `${folder.at}/unlink`, { child: plainId(item) }, item.id);
    await http('POST', `${folder.at}/link`, { child: plainId(item) }, item.id);
    await settled(item.id);
    await http('POST', `${folder.at}/cancel`, {});
    return await ended(item.id);
  },
  async 'document-cascade'() {
    const folder = await create('folder');
    for (let i = 0; i < 2; i += 1)
      await below(folder, await create('item', { parent: plainId(folder) }));
    await http('POST', `${folder.at}/cancel`, {});
    return await ended(folder.id);
  },
  async 'document-clocks'() {
    const { id } = await create('urgent');
    const until = new Date(Date.now() + 5_000).toISOString();
    await command(id, { kind: 'extend', until });
    return await ended(id);
  },
  async 'document-approved-in-stages'() {
    const { id, at } = await create('stages', { sections: { Note: { a: 1 } } });
    await http('POST', `${at}/submit`, {}, id);
    await http('POST', `${at}/approve`, {}, id, as('ben'));
    await http('PUT', `${at}/sections/Note`, { a: 2 }, id);
    await http('POST', `${at}/request-changes`, { sections: { Note: 'x' } }, id, as('anna'));
    await http('POST', `${at}/submit`, {}, id);
    for (const user of ['ben', 'anna']) await http('POST', `${at}/approve`, {}, id, as(user));
    await http('POST', `${at}/remind`, {}, id);
    await http('POST', `${at}/delegate`, { to: 'dan' }, id, as('cleo'));
    await http('POST', `${at}/approve`, { version: 2 }, id, as('dan'));
    return await ended(id);
  },
  async 'document-decided-in-a-burst'() {
    const id = `document:${randomUUID()}`;
    const sections = { Note: { a: 1 } };
    const input = { type: 'stages', sections, actor: 'olga' };
    await client.workflow.start('document', { workflowId: id, taskQueue: 'record', args: [input] });
    const handle = client.workflow.getHandle(id);
    const say = (kind, actor) => handle.signal('command', { kind, actor });
    await say('submit', 'olga');
    for (const user of ['anna', 'ben', 'cleo']) await say('approve', user);
    return await ended(id);
  },
  async 'document-approval-clocks'() {
    return await ended((await create('hurried', { sections: { Note: {} } })).id);
  },
  async 'document-reused'() {
    const source = await create('item', { sections: { Note: { a: 1 } } });
    const folder = await create('folder');
    const input = { type: 'item', from: plainId(source), parent: plainId(folder), actor: 'ann' };
    const id = await started('document', input);
    await signal(id, 'command', { kind: 'cancel', actor: 'ann' });
    return await ended(id);
  },
  async 'document-repeated'() {
    const { id, at } = await create('item');
    const fill = (a) => http('PUT', `${at}/sections/Note`, { a }, id, { 'idempotency-key': 'k' });
    await fill(1);
    await fill(1);
    await fill(2);
    const event = { 'idempotency-key': 'e' };
    for (const a of [3, 3, 4]) await http('POST', `${at}/events/Note`, { a }, id, event);
    await command(id, { kind: 'submit' });
    return await ended(id);
  },
  async 'document-bulk'() {
    const { id, owner: user } = await create('item');
    const caller = { user, roles: ['*'], via: 'http', bulk: 'job' };
    for (const kind of ['comment', 'reopen', 'cancel']) {
      await temporal.call({ caller }, ({ workflow }) =>
        workflow
          .getHandle(id)
          .signal('command', { kind, ...(kind === 'comment' ? { text: 'x' } : {}) }),
      );
      if (kind !== 'cancel') await settled(id);
    }
    return await ended(id);
  },
  async 'document-cancelled-while-linking'() {
    const [folder, item] = [await create('folder'), await create('item')];
    const handle = client.workflow.getHandle(folder.id);
    await handle.signal('command', { kind: 'link', child: plainId(item) });
    await handle.cancel();
    return await ended(folder.id);
  },
  async 'document-continued-with-clocks-and-links'() {
    const folder = await create('folder');
    await below(folder, await create('item', { parent: plainId(folder) }));
    const handle = client.workflow.getHandle(folder.id);
    for (let i = 0; i < 520; i += 20)
      await Promise.all(Array.from({ length: 20 }, (_, j) => handle.signal('Note', { n: i + j })));
    await settled(folder.id);
    await command(folder.id, { kind: 'cancel' });
    return await ended(folder.id);
  },
  async 'document-with-webhook'() {
    const { id } = await create('hooked', { sections: { Note: { a: 1 } } });
    await command(id, { kind: 'submit' });
    return await ended(id);
  },
  async 'webhook-answered'() {
    const workflowId = `webhook-${randomUUID()}`;
    const call = { id: workflowId, url: receiverUrl, message: { type: 'test' } };
    await client.workflow.start('webhook', { workflowId, taskQueue: 'record', args: [call] });
    return await ended(workflowId);
  },
  async 'mail-sent'() {
    const notification = await notify(opened.db, {
      kind: 'document',
      documentId: 'd',
      key: 'reminder',
      occasion: 'reminder',
      recipients: ['user:ada'],
      title: 'Title',
      type: 'order',
      at: new Date().toISOString(),
    });
    const workflowId = `mail-${randomUUID()}`;
    const options = { workflowId, taskQueue: 'record', args: [{ notification }] };
    await client.workflow.start('mail', options);
    return await ended(workflowId);
  },
  async 'mail-customer'() {
    const order = randomUUID();
    await keepCustomerMail(
      opened.db,
      {
        orderId: order,
        customer: { name: 'Ada', email: 'ada@example.org', address: 'Main Street' },
        lines: [{ sku: 'chair', quantity: 1, name: 'Chair', priceMinor: 4_900 }],
        totalMinor: 4_900,
        currency: 'EUR',
        trackingNumber: 'DP1',
      },
      new Date().toISOString(),
    );
    const workflowId = `mail-${randomUUID()}`;
    const options = { workflowId, taskQueue: 'record', args: [{ order }] };
    await client.workflow.start('mail', options);
    return await ended(workflowId);
  },
  async 'order-straight'() {
    const order = await ordered({ payment: { token: 'tok_visa' } });
    return await ended(order);
  },
  async 'order-back-ordered-and-cancelled'() {
    const order = await ordered({ lines: [{ sku: await product(0), quantity: 1 }] });
    await settled(order);
    await signal(order, 'Proceed', null);
    await signal(order, 'Nonsense', 1);
    await http('POST', `/api/orders/${order.slice(6)}/cancel`, { reason: 'Enough' }, order);
    return await ended(order);
  },
  async 'order-undone'() {
    const customer = { name: 'Ada', email: 'ada@example.org', address: 'Atlantis' };
    const order = await ordered({ customer, payment: { token: 'tok_refund_fails' } });
    return await ended(order);
  },
  async 'returnOrder-granted'() {
    const order = await ordered({ payment: { token: 'tok_refund_fails' } });
    await client.workflow.getHandle(order).result();
    const id = order.slice(6);
    await http('POST', `/api/orders/${id}/return`, { reason: 'It creaks.' }, order);
    for (let asked; !asked; await pause(25)) {
      asked = (await http('GET', `/api/orders/${id}`)).return?.approval;
      if (asked) await settled(`approval:${asked}`);
    }
    await http('POST', `/api/orders/${id}/approve`, {}, `return:${id}`, { 'x-user': 'sam' });
    return await ended(`return:${id}`);
  },
  async 'order-refused-start'() {
    const id = `order:${randomUUID()}`;
    await begun('order', { lines: 1 }, id);
    return await ended(id);
  },
  async 'PlaceOrder-straight'() {
    return await ended(await ordered({}, 'PlaceOrder'));
  },
  async 'ScheduleShipping-booked'() {
    const workflowId = `shipping-${randomUUID()}`;
    const customer = { name: 'Ada', email: 'ada@example.org', address: 'Main Street' };
    const step = { orderId: workflowId, customer, lines: [{ sku: 'chair', quantity: 1 }] };
    const options = { workflowId, taskQueue: 'record', args: [step] };
    await client.workflow.start('ScheduleShipping', options);
    return await ended(workflowId);
  },
  async 'reconcile-one'() {
    const { id } = await create('item');
    await client.workflow.getHandle(id).terminate();
    const workflowId = `reconcile-${randomUUID()}`;
    await client.workflow.start('reconcile', { workflowId, taskQueue: 'record', args: [] });
    return await ended(workflowId);
  },
  async 'reconcile-inbox'() {
    const workflowId = `reconcile-${randomUUID()}`;
    await client.workflow.start('reconcile', { workflowId, taskQueue: 'record', args: [] });
    return await ended(workflowId);
  },
  async 'StartWorkflow-by-signals'() {
    const id = await started('StartWorkflow', { title: 'Ada' });
    for (const section of SECTIONS) await signal(id, section, feedback);
    await signal(id, 'SubmissionApproval', true);
    return await ended(id);
  },
  'StartWorkflow-poison-start': async () => await ended(await started('StartWorkflow', 4)),
  async 'StartWorkflow-continued'() {
    const id = await started('StartWorkflow', { title: 'Ada' });
    return await ended(await edited(id));
  },
};

async function create(name, more = {}) {
  const made = await http('POST', '/api/documents', name ? { type: name, ...more } : TYPE);
  if (!made.id) throw new Error(JSON.stringify(made));
  return { id: `document:${made.id}`, owner: made.owner, at: `/api/documents/${made.id}` };
}

function plainId({ id }) {
  return id.slice('document:'.length);
}

async function http(method, url, payload, id, headers = {}) {
  const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
  const answer = await app.inject({
    method,
    url,
    ...(payload === undefined ? {} : { payload: JSON.stringify(payload) }),
    headers: { ...(payload === undefined ? {} : { 'content-type': type }), ...headers },
  });
  if (id) await settled(id);
  return answer.body === '' ? undefined : answer.json();
}

const as = (user) => ({ 'x-user': user, 'x-roles': '' });

/** The workflow id of a new approval of olga's. */
async function asked(policy) {
  const body = { title: 'A', subject: { n: 1 }, policy };
  const made = await http('POST', '/api/approvals', body, undefined, as('olga'));
  if (!made.id) throw new Error(JSON.stringify(made));
  return `approval:${made.id}`;
}

/** A product of which there are so many pieces. */
async function product(stock) {
  const sku = randomUUID();
  await http('POST', '/api/products', { sku, name: 'Lamp', priceMinor: 1_000, stock });
  return sku;
}

/** The workflow id of a new order, with what is particular about it. */
async function ordered(more, type = 'order') {
  const customer = { name: 'Ada', email: 'ada@example.org', address: 'Main Street' };
  const lines = [{ sku: await product(5), quantity: 1 }];
  const body = { customer, lines, payment: { token: 'tok_visa' }, ...more };
  if (type === 'PlaceOrder') return (await http('POST', '/api/KickOff', body)).id;
  const made = await http('POST', '/api/orders', body);
  if (!made.orderId) throw new Error(JSON.stringify(made));
  return `order:${made.orderId}`;
}

/** The workflow id of a new wait by the gateway. */
async function waits(body = {}) {
  const id = `wait:paper:${randomUUID()}`;
  const made = await http('POST', waitAt(id), body, id);
  if (made.state !== 'waiting') throw new Error(JSON.stringify(made));
  return id;
}

const waitAt = (id) => `/api/waits/paper/${id.slice('wait:paper:'.length)}`;

/** The workflow id of anything that was started as by the CLI. */
async function begun(type, input, workflowId = `${type}:${randomUUID()}`) {
  await client.workflow.start(type, { workflowId, taskQueue: 'record', args: [input ?? null] });
  await settled(workflowId);
  return workflowId;
}

async function started(type, input) {
  const workflowId = `document:${randomUUID()}`;
  await client.workflow.start(type, { workflowId, taskQueue: 'record', args: [input] });
  await settled(workflowId);
  return workflowId;
}

/** Until the one above knows the one below. */
async function below(parent, child) {
  for (let i = 0; i < 400; i += 1) {
    const { children: known = {} } = await http('GET', parent.at);
    if (known[plainId(child)]) return await settled(parent.id);
    await pause(25);
  }
  throw new Error(`${child.id} does not join ${parent.id}`);
}

/** By an update, as somebody at the CLI does it. */
async function command(id, what) {
  const handle = client.workflow.getHandle(id);
  await handle.executeUpdate('command', { args: [what] });
  const { status } = await handle.describe();
  if (status.name === 'RUNNING') await settled(id);
}

async function signal(id, name, payload) {
  await client.workflow.getHandle(id).signal(name, payload);
  await settled(id);
}

/** Until nothing is under way, so that each message has a workflow task of its own. */
async function settled(id) {
  for (let i = 0; i < 400; i += 1) {
    const { raw, status } = await client.workflow.getHandle(id).describe();
    if (status.name !== 'RUNNING') return;
    const { pendingWorkflowTask, pendingActivities } = raw;
    if (!pendingWorkflowTask && !(pendingActivities ?? []).length) return;
    await pause(25);
  }
  throw new Error(`${id} does not settle`);
}

/** Edits until it has continued as new, then decides. The first run's history would be too large to keep. */
async function edited(id) {
  const handle = client.workflow.getHandle(id);
  for (let i = 0; i < 520; i += 20) {
    const some = Array.from({ length: 20 }, (_, j) =>
      handle.signal(SECTIONS[0], { feedback: `edit ${i + j}`, isPassed: true }),
    );
    await Promise.all(some);
  }
  await settled(id);
  for (const section of SECTIONS) await signal(id, section, feedback);
  await signal(id, 'SubmissionApproval', true);
  return id;
}

/** The id, when it has ended, however. */
async function ended(id) {
  await client.workflow
    .getHandle(id)
    .result()
    .catch(() => {});
  return id;
}

/** Without what is about the machine that recorded it. */
function anonymous(key, value) {
  if (key === 'identity') return 'recorder';
  if (key === 'stackTrace' || key === 'workerVersion' || key === 'binaryChecksum') return undefined;
  return value;
}

for (const [name, make] of Object.entries(CASES)) {
  const file = new URL(`${name}.json`, HISTORIES);
  if (existsSync(file)) continue;
  const history = await client.workflow.getHandle(await make()).fetchHistory();
  // Not by historyToJSON of @temporalio/common: it breaks when npm installs protobufjs twice (SDK 1.24).
  const plainObject = History.toObject(History.fromObject(history), {
    longs: String,
    enums: String,
    bytes: String,
  });
  const text = `${JSON.stringify(plainObject, anonymous, 1)}\n`;
  if (text.length > MOST) throw new Error(`${name} is too large to keep: ${text.length}`);
  await writeFile(file, text);
  console.log(`${name}: ${history.events.length} events, ${text.length} bytes`);
}

await app.close();
receiver.close();
worker.shutdown();
await working;
mailer.close();
await new Promise((resolve) => post.close(resolve));
await plain.close();
await connection.close();
await opened.close();
await server.stop();
await rm(dataDir, { recursive: true, force: true });
