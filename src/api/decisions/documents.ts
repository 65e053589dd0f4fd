/** Documents as what decision links are about. */
import { barrier } from '../../workflows/documents/permissions.ts';
import { isOpen } from '../../workflows/documents/requirements.ts';
import type { DocumentCommander } from '../documents/commanding.ts';
import type { DocumentReader } from '../documents/service.ts';
import { standingOf } from './parts.ts';
import type { DecisionSubject } from './subject.ts';

export function documentDecisions(
  reader: DocumentReader,
  commander: DocumentCommander,
): DecisionSubject {
  return {
    commander,
    async preview(id, request) {
      const document = await reader.readState(id, request);
      const { definition, title, owner, state, version, approval } = document;
      const obstacle = barrier(document, { kind: 'approve', version }, request.actor);
      const { approval: policy } = definition;
      return {
        title,
        type: definition.title,
        owner,
        state,
        open: isOpen(document),
        version,
        decided: [],
        ...(policy && approval ? standingOf(policy, approval, request.actor.id) : {}),
        ...(obstacle ? { obstacle } : {}),
      };
    },
  };
}
