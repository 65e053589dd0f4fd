/** What must be known of other documents before a new one can begin. No rule of its own; gateway and worker both run it. */
import type { Actor } from '../../contracts/caller.ts';
import type { DocumentType } from '../../contracts/documents/definition.ts';
import type { CreateRequest } from '../../contracts/documents/types.ts';
import { ok, refuse, type Result } from '../../contracts/failures.ts';
import { decideReuse, reuseOf, type Admitted } from './create.ts';
import { unlinkable } from './links.ts';
import { barrier, mayReadState } from './permissions.ts';
import type { DocumentState } from './state.ts';

/**
 * Reads the documents that the request names with `parent` and `from`, and says what comes of it. `read` yields undefined
 * for a document that does not exist. Refusals: `not-found` (also for one that the actor may not read, and for a parent
 * by another name than its id), those of `read`, of linking a child below `parent`, and of `decideReuse`.
 */
export async function admission(
  definition: DocumentType,
  request: CreateRequest,
  actor: Actor,
  read: (id: string) => Promise<Result<DocumentState | undefined>>,
): Promise<Result<Admitted>> {
  const readable = async (id: string, pointer: string): Promise<Result<DocumentState>> => {
    const found = await read(id);
    if (!found.ok) return found;
    const state = found.value;
    const known = state && (pointer !== '/parent' || state.id === id);
    if (known && mayReadState(state, actor)) return ok(state);
    const errors = [{ pointer, detail: 'is no document' }];
    return refuse('not-found', `There is no document ${id}.`, { errors });
  };
  if (request.parent !== undefined) {
    const parent = await readable(request.parent, '/parent');
    if (!parent.ok) return parent;
    const refusal =
      barrier(parent.value, { kind: 'link', child: '' }, actor) ??
      unlinkable(parent.value, definition.name);
    if (refusal) return { ok: false, refusal };
  }
  const reuse = reuseOf(request);
  if (!reuse) return ok({ definition });
  const source = await readable(reuse.id, '/from');
  if (!source.ok) return source;
  const reused = decideReuse(
    source.value,
    definition,
    reuse,
    actor,
    Object.keys(request.sections ?? {}),
  );
  return reused.ok ? ok({ definition, reused: reused.value }) : reused;
}
