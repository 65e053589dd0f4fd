/** Temporal's batch operations: one signal to every workflow of a query, at the server's own pace. */
import { isGrpcServiceError, type Client } from '@temporalio/client';
import type { Payload } from '@temporalio/common';
import proto from '@temporalio/proto'; // CommonJS, of which Node finds no named exports

const { BatchOperationState } = proto.temporal.api.enums.v1;

export interface Batch {
  readonly id: string;
  /** Made by `and` of visibility.ts. */
  readonly query: string;
  /** For the Temporal Web UI. */
  readonly reason: string;
  readonly signal: string;
  /** Says by itself who sends it: Temporal drops the headers of a batch. */
  readonly payload: unknown;
}

/** The namespace has as many batches under way as it takes: by default one. */
export class TooManyBatches extends Error {}

/** @throws TooManyBatches */
export async function startBatch(client: Client, namespace: string, batch: Batch): Promise<void> {
  const { payloadConverter, payloadCodecs } = client.options.loadedDataConverter;
  const encode = async (value: unknown): Promise<Payload> => {
    let payloads = [payloadConverter.toPayload(value)];
    for (const codec of payloadCodecs) payloads = await codec.encode(payloads);
    return payloads[0]!;
  };
  try {
    await client.workflowService.startBatchOperation({
      namespace,
      jobId: batch.id,
      visibilityQuery: batch.query,
      reason: batch.reason,
      signalOperation: {
        signal: batch.signal,
        input: { payloads: [await encode(batch.payload)] },
        identity: 'dossier',
      },
    });
  } catch (error) {
    const message = isGrpcServiceError(error) ? error.message : '';
    throw /concurrent batch operations/i.test(message) ? new TooManyBatches(message) : error;
  }
}

export interface BatchProgress {
  readonly state: 'running' | 'completed' | 'failed';
  /** Workflows found so far. */
  readonly total: number;
  /** Workflows that got the signal. */
  readonly delivered: number;
}

export async function batchProgress(
  client: Client,
  namespace: string,
  id: string,
): Promise<BatchProgress> {
  const { state, totalOperationCount, completeOperationCount } =
    await client.workflowService.describeBatchOperation({ namespace, jobId: id });
  const total = Number(totalOperationCount ?? 0);
  const delivered = Number(completeOperationCount ?? 0);
  switch (state) {
    case BatchOperationState.BATCH_OPERATION_STATE_COMPLETED:
      return { state: 'completed', total, delivered };
    case BatchOperationState.BATCH_OPERATION_STATE_FAILED:
      return { state: 'failed', total, delivered };
    default:
      return { state: 'running', total, delivered };
  }
}
