/** Somebody else's workflow, which tells a wait that something has come: for the test of waits. */
import { getExternalWorkflowHandle, sleep } from '@temporalio/workflow';

/** Signals the event, then ends. */
export async function waker(to: { id: string; event: string; data: unknown }): Promise<void> {
  await sleep(10);
  await getExternalWorkflowHandle(to.id).signal(to.event, to.data);
}
