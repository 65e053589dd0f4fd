/**
 * The raw Temporal client: what a program would do that talks to Temporal itself, without checks, links or a caller.
 * Starts carry the memo and attributes that the gateway gives them, prepared beforehand, so that the worker and the
 * server have the same to do. Also a process of its own, when it is run: arguments address and task queue.
 */
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { CALL_HEADER } from '../../dist/contracts/caller.js';
import { loadDocumentTypes } from '../../dist/document-types/index.js';
import { decideCreate } from '../../dist/workflows/documents/create.js';
import { replay } from '../../dist/workflows/documents/birth.js';
import { setAttributesOf } from '../../dist/workflows/documents/console.js';
import { memoOf } from '../../dist/workflows/documents/memo.js';
import { feedback, metadata, SECTIONS } from './lifecycle.mjs';
import { inParallel, timed } from './measure.mjs';

/** Starts and feeds onboardings. `latencies` has a list for each kind of call. */
export async function createRaw(address, taskQueue) {
  const connection = await Connection.connect({ address });
  const request = { type: 'employee-onboarding', title: 'Bench', metadata };
  const { all } = await loadDocumentTypes('document-types');
  const definition = all.find(({ name }) => name === 'employee-onboarding');
  const at = new Date().toISOString();
  const caller = { user: 'dev', roles: ['*'], via: 'http' };
  const actor = { id: 'dev', roles: ['*'], operator: false };
  const decided = decideCreate(definition, request, { actor, at, via: 'http' });
  const state = replay('bench', definition, decided.value);
  const start = {
    taskQueue,
    args: [request],
    workflowIdReusePolicy: 'REJECT_DUPLICATE',
    typedSearchAttributes: setAttributesOf(state),
  };
  const memoFor = (workflowId) => memoOf({ ...state, id: workflowId.replace('document:', '') });
  const header = defaultPayloadConverter.toPayload({ ...caller, resolved: { definition, at } });
  const client = new Client({
    connection,
    interceptors: {
      workflow: [
        {
          startWithDetails: (input, next) => next({ ...input, headers: { [CALL_HEADER]: header } }),
        },
      ],
    },
  });
  const ways = {
    signals: {
      section: (handle, name) => handle.signal(name, feedback),
      approve: (handle) => handle.signal('SubmissionApproval', true),
    },
    updates: {
      section: (handle, section) =>
        handle.executeUpdate('command', { args: [{ kind: 'fill', section, data: feedback }] }),
      approve: (handle) => handle.executeUpdate('command', { args: [{ kind: 'approve' }] }),
    },
  };
  return {
    client,
    close: () => connection.close(),
    start: (workflowId) =>
      client.workflow.start('document', { ...start, workflowId, memo: memoFor(workflowId) }),
    /** `count` section events to each of these documents. */
    async events(workflowIds, count, latencies) {
      await inParallel(workflowIds.length, workflowIds.length, async (k) => {
        const handle = client.workflow.getHandle(workflowIds[k]);
        for (let i = 0; i < count; i++) {
          await timed(latencies.event, () => ways.signals.section(handle, SECTIONS[i % 3]));
        }
      });
    },
    async lifecycle(workflowId, way, latencies, pause = async () => {}) {
      const { section, approve } = ways[way];
      const handle = await timed(latencies.start, () =>
        client.workflow.start('document', { ...start, workflowId, memo: memoFor(workflowId) }),
      );
      for (const name of SECTIONS) {
        await pause(handle);
        await timed(latencies.event, () => section(handle, name));
      }
      await pause(handle);
      await timed(latencies.approve, () => approve(handle));
      return handle;
    },
  };
}

export const noLatencies = () => ({ start: [], event: [], approve: [] });

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const raw = await createRaw(process.argv[2], process.argv[3]);
  process.once('disconnect', () => process.exit(1));
  // The bench itself waits for the results, here as well as behind the gateway.
  const completed = new Map();
  process.on('message', ({ done, run, events }) => {
    if (events) void sendEvents(events);
    completed.get(done)?.();
    completed.delete(done);
    if (run) void carryOut(run);
  });
  process.channel?.ref();
  const sendEvents = async ({ workflowIds, count }) => {
    const latencies = noLatencies();
    await raw.events(workflowIds, count, latencies);
    process.send({ finished: latencies });
  };
  const carryOut = async ({ name, way, n, concurrency }) => {
    const latencies = noLatencies();
    await inParallel(n, concurrency, async (i) => {
      const { workflowId } = await raw.lifecycle(`document:${name}-${i}`, way, latencies);
      await new Promise((resolve) => {
        completed.set(workflowId, resolve);
        process.send({ sent: workflowId });
      });
    });
    process.send({ finished: latencies });
  };
  console.log('ready');
}
