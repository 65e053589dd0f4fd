/** How an approval of its own shows itself in Temporal: search attributes, and Markdown for the Web UI. Pure. */
import type { SearchAttributePair, SearchAttributeUpdatePair } from '@temporalio/common';
import {
  DossierCreatedAt,
  DossierDueAt,
  DossierFields,
  DossierKind,
  DossierNeedsAttention,
  DossierOwner,
  DossierState,
  DossierWaitingFor,
  keywords,
  searchText,
  waitingKeywords,
} from '../../contracts/search-attributes.ts';
import { plain } from '../shared/markdown.ts';
import type { RefusedView } from '../shared/reception.ts';
import { approvalSummary, peopleOf } from './record-view.ts';
import { isOpenRecord, type ApprovalRecord } from './record.ts';
import { approvalsOf } from './votes.ts';

/** By what lists find the approvals that this user was asked about, or has asked. */
export function involvedTag(user: string): string {
  return `involved=${user}`;
}

/** By what outboxes find the approvals that this user has submitted for somebody else. */
export function submittedTag(user: string): string {
  return `submitted=${user}`;
}

/** All of them; `null` where the approval has nothing to say. */
export function recordAttributes(record: ApprovalRecord): SearchAttributeUpdatePair[] {
  const { state, owner, waitingFor, dueAt, overdue, createdAt } = approvalSummary(record);
  const submitters = record.submittedBy.map(submittedTag);
  const people = keywords([...submitters, ...peopleOf(record).map(involvedTag)]);
  return [
    { key: DossierKind, value: 'approval' },
    { key: DossierState, value: state },
    { key: DossierOwner, value: searchText(owner) },
    { key: DossierWaitingFor, value: waitingKeywords(waitingFor) },
    { key: DossierFields, value: people.length === 0 ? null : people },
    { key: DossierCreatedAt, value: new Date(createdAt) },
    { key: DossierDueAt, value: dueAt === undefined ? null : new Date(dueAt) },
    { key: DossierNeedsAttention, value: overdue ? true : null },
  ];
}

/** Those that have a value, as a start takes them. */
export function setRecordAttributes(record: ApprovalRecord): SearchAttributePair[] {
  return recordAttributes(record).filter(({ value }) => value !== null) as SearchAttributePair[];
}

/** One line for the Temporal Web UI, which shows it as Markdown. At most 200 characters. */
export function recordHeadline({ title }: ApprovalRecord): string {
  return plain(`Approval: ${title.slice(0, 80).toWellFormed()}`).slice(0, 200);
}

/** Markdown for the Temporal Web UI: where it stands and what was decided, never the subject. */
export function recordDetails(record: ApprovalRecord, { count, last }: RefusedView): string {
  const { approval, policy, version, closedAt } = record;
  const { customStatus, state, waitingFor, dueAt, round } = approvalSummary(record);
  const { current, votes, decisions, escalations } = approval;
  const until = dueAt === undefined ? '' : ` until ${dueAt}`;
  const progress = current ? `, ${approvalsOf(votes)} of ${current.needed} approvals` : '';
  const stages = policy.stages.map(({ name }, i) =>
    i === approval.stage ? `**${plain(name)}**` : plain(name),
  );
  return [
    `**${plain(customStatus)}** (${state}, version ${version}, round ${round}${progress})`,
    isOpenRecord(record)
      ? `Waiting for ${waitingFor.map(plain).join(', ')}${until}.`
      : `Closed at ${closedAt}.`,
    `Stages: ${stages.join(', ')}`,
    ...decisions.map(
      (d) => `${d.decision} by ${plain(d.by)} at ${d.at}${d.reason ? `: ${plain(d.reason)}` : ''}`,
    ),
    ...escalations.map(({ at, to }) => `Escalated to ${to.map(plain).join(', ')} at ${at}`),
    ...(last
      ? [
          `${count} refused; last: ${plain(last.command)} by ${plain(last.by)}: ${plain(last.reason)}`,
        ]
      : []),
  ].join('\n\n');
}
