/** Temporal as a raw client talks to it: payloads, headers and inputs that no SDK would send. */
import { randomUUID } from 'node:crypto';
import temporalProto, { type temporal as proto } from '@temporalio/proto';
import type { Harness } from './harness.ts';

export type Payload = proto.api.common.v1.IPayload;

export interface RawSignal {
  readonly name: string;
  readonly payloads?: readonly Payload[];
  readonly headers?: Readonly<Record<string, Payload>>;
}

const COMPLETED =
  temporalProto.temporal.api.enums.v1.UpdateWorkflowExecutionLifecycleStage
    .UPDATE_WORKFLOW_EXECUTION_LIFECYCLE_STAGE_COMPLETED;

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
export const encoded = (encoding: string, data: string | Uint8Array): Payload => ({
  metadata: { encoding: bytes(encoding) },
  data: typeof data === 'string' ? bytes(data) : data,
});
/** JSON as it is written, right or wrong. */
export const text = (written: string): Payload => encoded('json/plain', written);
export const json = (value: unknown): Payload => text(JSON.stringify(value));

export const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
export const manyNames = (count: number): string =>
  `{${Array.from({ length: count }, (_, i) => `"n${i}":1`).join(',')}}`;
export const manyNuls = (count: number): string =>
  `{"feedback":[${Array(count).fill('"\\u0000"').join(',')}]}`;

export function rawClient({ client, taskQueue }: Pick<Harness, 'client' | 'taskQueue'>) {
  return {
    /** Returns the workflow id. */
    startRaw: async (
      workflowType: string,
      payloads: readonly Payload[] | undefined,
      { queue = taskQueue, workflowId = `document:${randomUUID()}` } = {},
    ): Promise<string> => {
      await client.workflowService.startWorkflowExecution({
        namespace: 'default',
        requestId: randomUUID(),
        workflowId,
        workflowType: { name: workflowType },
        taskQueue: { name: queue },
        ...(payloads ? { input: { payloads: [...payloads] } } : {}),
      });
      return workflowId;
    },

    signalRaw: async (
      workflowId: string,
      { name, payloads, headers }: RawSignal,
    ): Promise<void> => {
      await client.workflowService.signalWorkflowExecution({
        namespace: 'default',
        requestId: randomUUID(),
        workflowExecution: { workflowId },
        signalName: name,
        ...(payloads ? { input: { payloads: [...payloads] } } : {}),
        ...(headers ? { header: { fields: headers } } : {}),
      });
    },

    updateRaw: async (workflowId: string, name: string, payloads: readonly Payload[]) => {
      const { outcome } = await client.withDeadline(Date.now() + 8_000, () =>
        client.workflowService.updateWorkflowExecution({
          namespace: 'default',
          workflowExecution: { workflowId },
          waitPolicy: { lifecycleStage: COMPLETED },
          request: {
            meta: { updateId: randomUUID(), identity: 'test' },
            input: { name, args: { payloads: [...payloads] } },
          },
        }),
      );
      return outcome;
    },
  };
}
