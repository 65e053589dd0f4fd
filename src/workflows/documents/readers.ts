/** Who may read a document, as far as that can be told without its content. Pure. */
import { ALL_ROLES, type Actor } from '../../contracts/caller.ts';
import type { DocumentType, Who } from '../../contracts/documents/definition.ts';

/** What lists and single reads need to know to decide who may read. */
export interface Readable {
  readonly owner: string;
  readonly waitingFor: readonly string[];
  /** Undefined for one whose type is not known any more; then only the owner and those waited for may read. */
  readonly definition: DocumentType | undefined;
  readonly assignees?: Readonly<Record<string, string>>;
}

/** The owner, who is waited for, who has a section assigned, and whom the type lets read. Others get a 404. */
export function mayRead({ owner, waitingFor, definition, assignees = {} }: Readable, actor: Actor) {
  return (
    actor.operator ||
    actor.id === owner ||
    waitingFor.some((who) => matches(who as Who, actor, owner)) ||
    Object.values(assignees).includes(actor.id) ||
    (definition !== undefined && readersOf(definition).some((who) => matches(who, actor, owner)))
  );
}

/** Everybody whom the type lets read its documents: readers, those who fill, those who decide. */
export function readersOf({ permissions, sections, approval }: DocumentType): readonly Who[] {
  const fill = Object.values(sections).flatMap((section) => section.fill);
  const decide = approval?.stages.flatMap(({ approvers }) => approvers) ?? [];
  return [...new Set([...permissions.read, ...fill, ...decide])];
}

/** Whether the actor is meant by `who` in a document that `owner` owns. */
export function matches(who: Who, actor: Actor, owner: string): boolean {
  if (who === 'anyone') return true;
  if (who === 'owner') return actor.id === owner;
  if (who.startsWith('user:')) return actor.id === who.slice('user:'.length);
  return hasRole(actor, who.slice('role:'.length));
}

/** Whether the actor has this role, by its name or with all of them. */
export function hasRole({ roles }: Actor, role: string): boolean {
  return roles.includes(ALL_ROLES) || roles.includes(role);
}

/** By what lists know that this actor is meant. Of one with all roles it does not tell which those are. */
export function meantBy({ id, roles }: Actor): string[] {
  return ['anyone', `user:${id}`, ...roles.map((role) => `role:${role}`)];
}
