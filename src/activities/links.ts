/** Activities that keep links between documents. Each may run twice; the keys make it once. */
import type { Actor } from '../contracts/caller.ts';
import type { Child } from '../contracts/documents/events.ts';
import { ok, refuse, type Result } from '../contracts/failures.ts';
import { findArchived } from '../store/archive.ts';
import type { Database } from '../store/database.ts';
import { linkDocuments, unlinkDocuments } from '../store/links.ts';
import { mayEdit, mayReadState } from '../workflows/documents/permissions.ts';
import { askDocument, type DocumentSources } from './read-document.ts';

/** One document below another. */
export interface Link {
  readonly parent: string;
  readonly child: string;
}

/** Links; a document above that is closed lets the child go. */
async function linkFreed(database: Database, link: Link): ReturnType<typeof linkDocuments> {
  const outcome = await linkDocuments(database, link);
  if (typeof outcome === 'string') return outcome;
  const { otherParent: parent } = outcome;
  if (!(await findArchived(database, parent))) return outcome;
  await unlinkDocuments(database, { parent, child: link.child });
  return linkDocuments(database, link);
}

export function linkActivities(sources: DocumentSources) {
  const { database } = sources;
  return {
    /**
     * Notes the link, after a look at the child and, in one transaction, for cycles. `types`: those that may be below
     * the parent. Refusals are values: `not-found`, also for a child that the actor may not read; `forbidden`, for one
     * that the actor may not edit; `not-linkable`;
     * `no-worker` when the child does not answer.
     */
    async linkDocuments({
      types,
      actor,
      ...link
    }: Link & { types: readonly string[]; actor: Actor }): Promise<Result<Child>> {
      const { parent, child } = link;
      const asked = await askDocument(sources, child);
      if (!asked.ok) return asked;
      const state = asked.value;
      if (!state || !mayReadState(state, actor))
        return refuse('not-found', `There is no document ${child}.`);
      // What happens to the document above, such as a cancellation, may happen to this one too.
      if (!mayEdit(state, actor))
        return refuse(
          'forbidden',
          `To link ${child} below ${parent} one must be able to edit both.`,
        );
      const { name: type } = state.definition;
      if (!types.includes(type)) {
        return refuse('not-linkable', `Below it there may be ${types.join(', ')}, but no ${type}.`);
      }
      const outcome = await linkFreed(database, link);
      if (outcome === 'cycle')
        return refuse(
          'not-linkable',
          `${parent} is below ${child} itself; a cycle is not possible.`,
        );
      if (outcome !== 'linked') {
        // Which one is nobody's business who may not read that.
        return refuse('not-linkable', `${child} is below another document; unlink it there first.`);
      }
      return ok({ type, title: state.title, state: state.state });
    },

    /** How a document below stands; undefined when there is none, or when it does not answer. */
    async readChild({ child }: { child: string }): Promise<Child | undefined> {
      const asked = await askDocument(sources, child);
      const state = asked.ok ? asked.value : undefined;
      return state && { type: state.definition.name, title: state.title, state: state.state };
    },

    /** Notes the link of a document that was created below another; a new one makes no cycle. */
    async joinParent(link: Link): Promise<void> {
      await linkDocuments(database, link);
    },

    async unlinkDocuments(link: Link): Promise<void> {
      await unlinkDocuments(database, link);
    },
  };
}
