/** How approvals look over HTTP, in TypeBox. Those of their own are in record-schemas.ts. */
import { Type } from 'typebox';

const Instant = Type.String({ format: 'date-time' });
const Who = Type.String({ description: 'user:x, role:y or anyone' });
const Verdict = Type.Unsafe<'approved' | 'rejected' | 'changes-requested'>({
  type: 'string',
  enum: ['approved', 'rejected', 'changes-requested'],
});

/** Who was asked, who has decided, what is still needed: the same in a document and in an approval of its own. */
export const approvalParts = {
  stage: Type.String({ description: 'Where it is; before the submission the first one.' }),
  stages: Type.Array(Type.String()),
  event: Type.String({ description: 'The external event that decides.' }),
  round: Type.Integer({ description: 'Which attempt; 0 before the first.' }),
  needed: Type.Optional(Type.Integer({ description: 'Approvals that the stage takes.' })),
  approvals: Type.Optional(Type.Integer({ description: 'Approvals that it has.' })),
  waitingFor: Type.Array(Who),
  dueAt: Type.Optional(Instant),
  overdue: Type.Optional(Type.Literal(true)),
  decisions: Type.Array(
    Type.Object({
      by: Type.String(),
      decision: Verdict,
      at: Instant,
      version: Type.Integer({ description: 'Of the content that was decided on.' }),
      stage: Type.String(),
      round: Type.Integer(),
      for: Type.Optional(
        Type.String({
          description: 'Who was asked first, when somebody else has decided instead.',
        }),
      ),
      reason: Type.Optional(Type.String()),
    }),
  ),
  escalations: Type.Array(
    Type.Object({
      at: Instant,
      stage: Type.String(),
      from: Type.Array(Who),
      to: Type.Array(Who),
    }),
  ),
};
