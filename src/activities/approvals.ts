/** What approvals need from outside: the people whom they ask. */
import type { EntryRequest, StageEntry } from '../contracts/approvals/entry.ts';
import type { Directory } from '../contracts/people.ts';
import { enterStage } from '../people/stage.ts';

export function approvalActivities({ directory }: { readonly directory: Directory }) {
  return {
    /** Whom a stage is for, and its instants: a snapshot. */
    async enterStage(request: EntryRequest): Promise<StageEntry> {
      return enterStage(request, directory);
    },
  };
}
