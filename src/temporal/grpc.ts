/** What a failed call to Temporal says of itself. */
import { isGrpcServiceError, ServiceError } from '@temporalio/client';

/** The failed gRPC call; the workflow client wraps some of them in a ServiceError of its own. */
function grpcFailure(error: unknown): unknown {
  // A native connection's own errors pass for the wrapper as well.
  return error instanceof ServiceError && !isGrpcServiceError(error) ? error.cause : error;
}

/** The code of the failed gRPC call; undefined for what is none. */
export function grpcCode(error: unknown): number | undefined {
  const failure = grpcFailure(error);
  return isGrpcServiceError(failure) ? failure.code : undefined;
}

/** A native connection tells the reason in `message` only. */
export function grpcMessage(error: unknown): string {
  const cause = grpcFailure(error);
  return cause instanceof Error ? cause.message : '';
}
