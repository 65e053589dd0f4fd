/** Documents as what decision links are about. */
import { createHash } from 'node:crypto';
import type { Actor } from '../../contracts/caller.ts';
import type { DecisionLink } from '../../shared/decision-links.ts';
import { barrier } from '../../workflows/documents/permissions.ts';
import { isOpen } from '../../workflows/documents/requirements.ts';
import type { DocumentState } from '../../workflows/documents/state.ts';
import type { DocumentCommander } from '../documents/commanding.ts';
import type { DocumentReader } from '../documents/service.ts';
import type { Idempotency } from '../idempotency.ts';
import type { DecisionPreview, DecisionSubject } from './subject.ts';

export function documentDecisions(
  reader: DocumentReader,
  commander: DocumentCommander,
): DecisionSubject {
  return {
    async preview(id, request) {
      return previewOf(await reader.readState(id, request), request.actor);
    },
    async decide(link, reason, request) {
      const { id, decision: kind, version } = link;
      const command = { kind, version, ...(reason === undefined ? {} : { reason }) };
      await commander.command(id, command, request, idempotencyOfLink(link));
    },
  };
}

function previewOf(state: DocumentState, actor: Actor): DecisionPreview {
  const { definition, title, owner, version } = state;
  const stage = definition.approval?.stages[0]?.name;
  const obstacle = barrier(state, { kind: 'approve', version }, actor);
  const mine = state.decisions.filter(({ by }) => by === actor.id);
  return {
    title,
    type: definition.title,
    owner,
    state: state.state,
    open: isOpen(state),
    version,
    ...(stage === undefined ? {} : { stage }),
    decided: mine.map(({ decision, by: _by, ...rest }) => ({
      ...rest,
      decision: decision === 'approved' ? 'approve' : 'reject',
    })),
    ...(obstacle ? { obstacle } : {}),
  };
}

/** Of what is decided, not of the token or the reason: another link to the same, and another reason, repeat it. */
function idempotencyOfLink(link: DecisionLink): Idempotency {
  const { kind, id, user, decision, version, round, stage } = link;
  const parts = ['decision-link', kind, id, user, decision, version, round, stage];
  const named = JSON.stringify(parts);
  const key = createHash('sha256').update(named).digest('hex');
  return { key, fingerprint: key };
}
