/** What policies can have done when nobody has decided in time: one activity for each name of the closed list. */
import { Context } from '@temporalio/activity';
import type { Compensation } from '../contracts/approvals/compensations.ts';
import type { ActivityLog } from './documents.ts';

export function compensationActivities({ log }: { readonly log: ActivityLog }) {
  return {
    /** Hands a proposal on to whoever is above; today a line in the log. Twice does no harm. Returns the article's text. */
    async Escalation(whom: string): Promise<string> {
      const text = `ESCALATION : You have not approved the project design proposal - reassigning to your Manager!  ${whom}!`;
      const { workflowExecution } = Context.current().info;
      log.info({ workflowId: workflowExecution?.workflowId, whom }, 'Escalated');
      return text;
    },
  } satisfies Record<Compensation, (whom: string) => Promise<string>>;
}
