/** A workflow that needs a decision in its own course, as an order does: for the test of `awaitApproval`. */
import { defineQuery, setHandler, sleep } from '@temporalio/workflow';
import { awaitApproval } from '../../src/workflows/approvals/await.ts';

export const stepQuery = defineQuery<string>('step');

/** Orders when it is approved. */
export async function order({ amount }: { amount: number }): Promise<string[]> {
  let step = 'checking';
  setHandler(stepQuery, () => step);
  await sleep(10);
  step = 'waiting';
  const policy = {
    event: 'OrderApproval',
    stages: [
      {
        name: 'buyer',
        approvers: ['user:anna'],
        reminders: { every: 'PT1S', max: 2 },
        when: { field: 'subject.amount', above: 10 },
      },
    ],
  };
  const about = { id: 'order-1', title: 'An order', owner: 'olga' };
  const { state } = await awaitApproval(policy, { amount }, about);
  step = 'ordering';
  await sleep(10);
  return [state, step];
}
