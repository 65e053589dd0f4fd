/** The course's first workflow. */
import { durably } from '../shared/activities.ts';

/** Both texts that a decision can lead to. */
export async function ApprovalTexts(): Promise<string[]> {
  return [
    await durably('Approval', 'Tell an approval', 'Approved'),
    await durably('Approval', 'Tell a rejection', 'Rejected'),
  ];
}
