/** Who may read a document, as far as that can be told without its content. Pure. */
import type { Actor } from '../../contracts/caller.ts';
import type { DocumentType } from '../../contracts/documents/definition.ts';
import type { Who } from '../../contracts/people.ts';
import { matches } from '../shared/people.ts';

/** What lists and single reads need to know to decide who may read. */
export interface Readable {
  readonly owner: string;
  readonly waitingFor: readonly string[];
  /** Undefined for one whose type is not known any more; then only the owner and those waited for may read. */
  readonly definition: DocumentType | undefined;
  readonly assignees?: Readonly<Record<string, string>>;
  /** User ids of those who were asked to decide, or have decided. */
  readonly involved?: readonly string[];
}

/** The owner, who is waited for, who has a section assigned, who was asked to decide, and whom the type lets read. Others get a 404. */
export function mayRead(
  { owner, waitingFor, definition, assignees = {}, involved = [] }: Readable,
  actor: Actor,
) {
  return (
    actor.operator ||
    actor.id === owner ||
    waitingFor.some((who) => matches(who as Who, actor, owner)) ||
    Object.values(assignees).includes(actor.id) ||
    involved.includes(actor.id) ||
    (definition !== undefined && readersOf(definition).some((who) => matches(who, actor, owner)))
  );
}

/** Everybody whom the type lets read its documents: readers, those who fill, those who decide. */
export function readersOf({ permissions, sections, approval }: DocumentType): readonly Who[] {
  const fill = Object.values(sections).flatMap((section) => section.fill);
  const stages = approval?.stages ?? [];
  const asked = stages.flatMap(({ approvers, escalation }) => [
    ...approvers,
    ...escalation.flatMap(({ to }) => to),
  ]);
  // Whose manager is to be asked is known only of a document; see `involved`.
  const decide = asked.filter((one): one is Who => one !== 'manager');
  return [...new Set([...permissions.read, ...fill, ...decide])];
}
