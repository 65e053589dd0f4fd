/** `awaitApproval` in a workflow of somebody else's: no child, no events but those of the approval. */
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger, Worker } from '@temporalio/worker';
import { afterAll, expect, test } from 'vitest';
import { createActivities } from '../../src/activities/index.ts';
import { NO_DIRECTORY } from '../../src/contracts/people.ts';
import { orderSettings } from '../../src/order-settings.ts';
import { builtFile } from '../../src/paths.ts';
import { providersOf } from '../../src/providers/index.ts';
import { approvalHands } from '../support/own-approvals.ts';
import { NO_LINKS } from '../../src/shared/decision-links.ts';
import { awaitUntil } from '../support/await-until.ts';
import { eventsOf, listing, named } from '../support/documents.ts';
import { keepingLog } from '../support/gateway.ts';
import { startHarness } from '../support/harness.ts';

const harness = await startHarness({ worker: false });
const { client, connection, database, documentTypes, temporal } = harness;
const { toldOf } = approvalHands(harness);
const taskQueue = `test-${randomUUID()}`;
const file = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const bundle = await bundleWorkflowCode({
  workflowsPath: file('../support/order-workflow.ts'),
  workflowInterceptorModules: [file('../../src/workflows/shared/interceptors.ts')],
  payloadConverterPath: builtFile('temporal/payload-converter.js'),
  logger: new DefaultLogger('ERROR'),
});
const orders = orderSettings({});
const worker = await Worker.create({
  connection,
  namespace: 'default',
  taskQueue,
  workflowBundle: bundle,
  activities: createActivities({
    database,
    documentTypes,
    directory: NO_DIRECTORY,
    webhooks: { allow: [], secrets: [] },
    mailer: undefined,
    orders: { ...orders, providers: providersOf(orders.providers, database) },
    retentionMs: 1,
    links: NO_LINKS,
    temporal,
    log: keepingLog().log,
  }),
  dataConverter: { payloadConverterPath: builtFile('temporal/payload-converter.js') },
});
const done = worker.run();
afterAll(async () => {
  worker.shutdown();
  await done;
});

const start = (amount: number) =>
  client.workflow.start('order', {
    workflowId: `order-${randomUUID()}`,
    taskQueue,
    args: [{ amount }],
  });

test('asks, reminds, and goes on when it is decided', async () => {
  const handle = await start(100);
  await awaitUntil('both reminders', async () => (await toldOf('order-1')).length === 3);
  expect(await handle.query('step')).toBe('waiting');
  await handle.signal('OrderApproval', 'perhaps');
  await handle.signal('OrderApproval', { approved: true });
  expect(await handle.result()).toEqual(['approved', 'ordering']);
  expect(await toldOf('order-1')).toMatchObject([
    { occasion: 'approval-requested', recipients: ['user:anna'] },
    { occasion: 'approval-reminder' },
    { occasion: 'approval-reminder' },
    { occasion: 'finished', recipients: ['user:olga'] },
  ]);
  const events = await eventsOf(client, handle.workflowId);
  const kinds = new Set(events.map(named));
  expect(
    [...kinds].filter((name) => /CHILD|UPSERT|PROPERTIES/.test(name)),
    listing(events),
  ).toEqual([]);
  // Checked and asked, two reminders, the end.
  expect(events.filter((event) => named(event) === 'MARKER_RECORDED')).toHaveLength(5);
});

test('by an update; and at once where the policy asks nobody', async () => {
  const handle = await start(100);
  const result = await awaitUntil('the update is taken', async () =>
    handle.executeUpdate('command', { args: [{ kind: 'reject', actor: 'anna' }] }),
  );
  expect(result).toMatchObject({ state: 'rejected' });
  expect(await handle.result()).toEqual(['rejected', 'ordering']);
  expect(await (await start(5)).result()).toEqual(['approved', 'ordering']);
});
