/** Saying that one is alive while another service is asked. */
import { Context } from '@temporalio/activity';

const EVERY_MS = 2_000;

/**
 * Runs the call with a signal that ends it when the activity is cancelled; it fails with the reason then. Heartbeats every
 * two seconds: without them nobody would hear of a cancellation, nor notice soon that the worker is gone. Of local activities
 * the server knows nothing.
 */
export async function alive<T>(call: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const context = Context.current();
  const { cancellationSignal: signal } = context;
  const beat = (): void => (context.info.isLocal ? undefined : context.heartbeat());
  const beating = setInterval(beat, EVERY_MS);
  try {
    return await call(signal);
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    clearInterval(beating);
  }
}
