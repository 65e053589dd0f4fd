/** Documents as what decision links are about. */
import { createHash } from 'node:crypto';
import type { Actor } from '../../contracts/caller.ts';
import type { DecisionLink } from '../../shared/decision-links.ts';
import { stageOf } from '../../workflows/approvals/state.ts';
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
      const { id, decision: kind, version, round, stage } = link;
      const command = { kind, version, round, stage, ...(reason === undefined ? {} : { reason }) };
      await commander.command(id, command, request, idempotencyOfLink(link));
    },
  };
}

function previewOf(state: DocumentState, actor: Actor): DecisionPreview {
  const { definition, title, owner, version } = state;
  const { approval } = state;
  const stage = definition.approval && approval && stageOf(definition.approval, approval).name;
  const obstacle = barrier(state, { kind: 'approve', version }, actor);
  const mine = approval?.decisions.filter(({ by }) => by === actor.id) ?? [];
  return {
    title,
    type: definition.title,
    owner,
    state: state.state,
    open: isOpen(state),
    version,
    ...(stage === undefined || !approval ? {} : { stage, round: approval.round }),
    decided: mine.flatMap(({ decision, at, version: of, stage: where, round, reason }) =>
      decision === 'changes-requested'
        ? []
        : {
            decision: decision === 'approved' ? ('approve' as const) : ('reject' as const),
            at,
            version: of,
            stage: where,
            round,
            ...(reason === undefined ? {} : { reason }),
          },
    ),
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
