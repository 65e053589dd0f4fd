/** Starts that are repeated: what the same request has started before, whatever that is. */
import { randomUUID } from 'node:crypto';
import type { WorkflowExecutionDescription } from '@temporalio/client';
import { CALL_HEADER, type CallContext } from '../contracts/caller.ts';
import type { Temporal } from '../temporal/client.ts';
import { startHeader } from '../temporal/visibility.ts';
import { isJsonObject } from '../workflows/shared/json.ts';
import { problem } from './errors.ts';
import type { Idempotency } from './idempotency.ts';

/** An id for something new: with an Idempotency-Key always the same one, so that its repetition meets what is there. */
export function newId(idempotency: Idempotency | undefined): string {
  return idempotency?.key.slice(0, 32) ?? randomUUID().replaceAll('-', '');
}

/**
 * Whether the same request has started it, by what its memo keeps.
 * @throws Problem `idempotency-key-reused` when the key came with another request
 */
export function isRepeated(
  memo: Readonly<Record<string, unknown>> | undefined,
  idempotency: Idempotency | undefined,
): boolean {
  const kept = memo?.['idempotency'];
  if (!idempotency || !isJsonObject(kept) || kept['key'] !== idempotency.key) return false;
  if (kept['fingerprint'] === idempotency.fingerprint) return true;
  throw problem('idempotency-key-reused', 'This Idempotency-Key came with another request before.');
}

/** What the gateway told the workflow when it started it; undefined when Temporal has forgotten the first run. One call. */
export async function callAtStart(
  temporal: Temporal,
  { workflowId, runId, raw }: WorkflowExecutionDescription,
  signal: AbortSignal,
): Promise<CallContext | undefined> {
  const first = raw.workflowExecutionInfo?.firstRunId || runId;
  const context = await temporal
    .call({ signal }, (client) =>
      startHeader(client, temporal.namespace, { workflowId, runId: first }, CALL_HEADER),
    )
    .catch(() => undefined);
  return isJsonObject(context) ? (context as unknown as CallContext) : undefined;
}
