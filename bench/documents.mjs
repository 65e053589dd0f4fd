/**
 * What lists, edits and the status of documents cost beside the same by the raw Temporal client: `node bench/documents.mjs`. Each
 * pair is measured in turns within one run; what counts is the ratio of the medians.
 */
import { keepResults, runBench } from './parts/frame.mjs';
import { expecting } from './parts/http.mjs';
import { feedback } from './parts/lifecycle.mjs';
import { inParallel, round, summary, timed } from './parts/measure.mjs';
import { openSite } from './parts/site.mjs';

const quick = process.argv.includes('--quick');
const SIZE = quick
  ? { documents: 60, lists: 10, edits: 10, instances: 10, warmUp: 3 }
  : { documents: 5_000, lists: 200, edits: 400, instances: 2_000, warmUp: 100 };
const PAGE = 50;
const BARS = { list: 1.5, edit: 1.3, instance: 2.5 };

await runBench(bench);

async function bench({ executable, dir, undo, log }) {
  const site = await openSite(executable, { dir, undo });
  log(`${SIZE.documents} documents`);
  await inParallel(SIZE.documents, 20, (i) => site.starter.start(`document:listed-${i}`));
  await everythingListed(site);
  const results = {
    at: new Date().toISOString(),
    quick,
    size: SIZE,
    list: await inTurns(SIZE.lists, await listing(site)),
    edit: await inTurns(SIZE.edits, await editing(site)),
    instance: await inTurns(SIZE.instances, describing(site)),
  };
  await site.close();
  await keepResults('documents.json', results);
  print(results);
}

/** Visibility and the worker lag behind the starts; what is measured must not wait for them. */
async function everythingListed({ client }) {
  const until = Date.now() + 300_000;
  const last = Array.from({ length: 20 }, (_, i) => `document:listed-${SIZE.documents - 1 - i}`);
  for (;;) {
    const { count } = await client.workflow.count(`DossierKind = 'document'`);
    const described = await Promise.all(last.map((id) => client.workflow.getHandle(id).describe()));
    const idle = described.every(({ raw }) => !raw.pendingWorkflowTask);
    if (count >= SIZE.documents && idle) return;
    if (Date.now() > until)
      throw new Error(`${count} of ${SIZE.documents} are listed, idle: ${idle}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** The two ways by turns, every other pair backwards; latencies in ms. */
async function inTurns(n, ways) {
  for (let i = 0; i < SIZE.warmUp; i++) for (const way of Object.values(ways)) await way();
  const latencies = { http: [], raw: [] };
  for (let i = 0; i < n; i++) {
    for (const side of i % 2 === 0 ? ['http', 'raw'] : ['raw', 'http']) {
      await timed(latencies[side], ways[side]);
    }
  }
  const { http, raw } = { http: summary(latencies.http), raw: summary(latencies.raw) };
  return { http, raw, ratio: round(http.p50 / raw.p50) };
}

/** A page of 50: the HTTP answer with links, and the bare call with the same condition. */
async function listing({ url, client }) {
  const { text } = await expecting(200, 'GET', `${url}/api/document-types`);
  const types = JSON.parse(text)._embedded.documentTypes.map(({ name }) => `'${name}'`);
  const query = [
    `DossierKind = 'document'`,
    `ExecutionStatus = 'Running'`,
    `DossierState = 'open'`,
    `DossierType IN (${types.join(', ')})`,
  ].join(' AND ');
  return {
    http: async () => {
      const answer = await expecting(200, 'GET', `${url}/api/documents?state=open&limit=${PAGE}`);
      const { count } = JSON.parse(answer.text);
      if (count !== PAGE) throw new Error(`a page of ${count}`);
    },
    raw: async () => {
      const page = await client.workflowService.listWorkflowExecutions({
        namespace: 'default',
        query,
        pageSize: PAGE,
      });
      if (page.executions?.length !== PAGE) throw new Error('not a page');
    },
  };
}

/** One correction after the other of one section: PUT, and the bare update. A document each. */
async function editing({ url, client, starter }) {
  await Promise.all(['document:by-http', 'document:by-raw'].map((id) => starter.start(id)));
  const handle = client.workflow.getHandle('document:by-raw');
  let count = 0;
  const data = () => ({ ...feedback, feedback: `Correction ${(count += 1)}` });
  const section = 'ContractFeedback';
  return {
    http: () => expecting(200, 'PUT', `${url}/api/documents/by-http/sections/${section}`, data()),
    raw: () => handle.executeUpdate('command', { args: [{ kind: 'fill', section, data: data() }] }),
  };
}

/** The status of an instance as Durable Functions tells it, and the bare description. */
function describing({ url, client }) {
  const id = 'document:listed-7';
  const handle = client.workflow.getHandle(id);
  return {
    http: () => expecting(202, 'GET', `${url}/runtime/webhooks/durabletask/instances/${id}`),
    raw: () => handle.describe(),
  };
}

function print(results) {
  console.log(`| what | HTTP p50 ms | raw p50 ms | ratio | bar |\n| --- | --- | --- | --- | --- |`);
  for (const [what, bar] of Object.entries(BARS)) {
    const { http, raw, ratio } = results[what];
    const row = [what, http.p50, raw.p50, ratio, `${bar}${ratio > bar ? ' MISSED' : ''}`];
    console.log(`| ${row.join(' | ')} |`);
  }
}
