/** Approvals of their own as what decision links are about. */
import { barrier } from '../../workflows/approvals/record-rights.ts';
import { isOpenRecord } from '../../workflows/approvals/record.ts';
import type { ApprovalCommander } from '../approvals/commanding.ts';
import type { ApprovalReader } from '../approvals/service.ts';
import { standingOf } from './parts.ts';
import type { DecisionSubject } from './subject.ts';

export function approvalDecisions(
  reader: ApprovalReader,
  commander: ApprovalCommander,
): DecisionSubject {
  return {
    commander,
    async preview(id, request) {
      const found = await reader.read(id, request);
      // Of one that failed there is nothing that could be decided.
      if (!('record' in found)) throw reader.noSuch(id);
      const { record } = found;
      const { title, owner, state, version, policy, approval } = record;
      const obstacle = barrier(record, { kind: 'approve', version }, request.actor);
      return {
        title,
        type: 'Approval',
        owner,
        state,
        open: isOpenRecord(record),
        version,
        ...standingOf(policy, approval, request.actor.id),
        ...(obstacle ? { obstacle } : {}),
      };
    },
  };
}
