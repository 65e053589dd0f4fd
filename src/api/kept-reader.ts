/** Reads single things of one kind, wherever they are: each with one call to Temporal, or from the archive once it is closed. */
import type { WorkflowHandle } from '@temporalio/client';
import type { Actor } from '../contracts/caller.ts';
import type { Kind } from '../contracts/ids.ts';
import { findArchived, type Kept } from '../store/archive.ts';
import type { Database } from '../store/database.ts';
import type { Temporal } from '../temporal/client.ts';
import { listedOf, type Listed } from '../temporal/visibility.ts';
import type { Request } from './documents/service.ts';
import { answered, problem, type Problem } from './errors.ts';
import { isStuck, Locator } from './locator.ts';

/** What is its own in each kind. `Found`: the whole of it, or what is left of one that failed or was terminated. */
export interface KeptKind<Found, Summary> {
  readonly kind: Kind;
  /** Undefined as long as it is being checked. */
  readonly ask: (handle: WorkflowHandle) => Promise<Found | undefined>;
  readonly ofArchived: (row: Kept<unknown>) => Found;
  readonly ofListed: (listed: Listed) => Found;
  readonly mayRead: (found: Found, actor: Actor) => boolean;
  readonly summaryOf: (found: Found) => Summary;
  /** What the actor can still do with one that is closed. Default: nothing. */
  readonly allowed?: (found: Found, actor: Actor) => readonly string[];
}

export class KeptReader<Found, Summary extends { readonly state: string }> {
  readonly temporal: Temporal;
  readonly locator: Locator;
  readonly #database: Database;
  readonly #is: KeptKind<Found, Summary>;

  constructor(
    { temporal, database }: { readonly temporal: Temporal; readonly database: Database },
    is: KeptKind<Found, Summary>,
  ) {
    this.temporal = temporal;
    this.locator = new Locator(temporal, is.kind);
    this.#database = database;
    this.#is = is;
  }

  /** Open or closed. @throws Problem `not-found`, also for those who may not read it */
  async read(id: string, { actor, signal }: Request): Promise<Found> {
    const { ask, ofListed, mayRead } = this.#is;
    const found = await this.locator.read<Found>(id, signal, {
      archived: () => this.archived(id),
      asked: (workflowId) =>
        this.temporal.call({ signal }, ({ workflow }) => ask(workflow.getHandle(workflowId))),
      described: (description) => ofListed(listedOf(description)),
    });
    if (found && mayRead(found, actor)) return found;
    throw this.noSuch(id);
  }

  /** The finished one. */
  async archived(id: string): Promise<Found | undefined> {
    const found = await this.#archived(id);
    return found && found.deletedAt === undefined ? this.#is.ofArchived(found) : undefined;
  }

  /** Where it stands: one describe. `stuck`: its workflow task has failed again and again, which only a defect does. */
  async status(
    id: string,
    request: Request,
  ): Promise<{ readonly summary: Summary; readonly stuck: boolean }> {
    const { found, stuck } = await this.#described(id, request.signal);
    if (!found || !(await this.#known(found, id, request))) throw this.noSuch(id);
    return { summary: this.#is.summaryOf(found), stuck };
  }

  /** Where it stands, whoever asks. @throws Problem `not-found` */
  async standing(id: string, signal: AbortSignal): Promise<Summary> {
    const { found } = await this.#described(id, signal);
    if (!found) throw this.noSuch(id);
    return this.#is.summaryOf(found);
  }

  async #described(
    id: string,
    signal: AbortSignal,
  ): Promise<{ readonly found: Found | undefined; readonly stuck: boolean }> {
    const description = await this.locator.find(id, signal);
    const open = description?.status.name === 'RUNNING';
    const archived = open ? undefined : await this.archived(id);
    const found = archived ?? (description && this.#is.ofListed(listedOf(description)));
    return { found, stuck: open && isStuck(description) };
  }

  /** By the memo, else by the thing itself: the memo is a moment behind, and has room for some people only. */
  async #known(found: Found, id: string, request: Request): Promise<boolean> {
    if (this.#is.mayRead(found, request.actor)) return true;
    // Without a worker it stays unknown: an error would say that it is there.
    return this.read(id, request).then(
      () => true,
      () => false,
    );
  }

  /** Why a command to one that is closed, or never was, is refused. */
  async closed(id: string, { actor, signal }: Pick<Request, 'actor' | 'signal'>): Promise<Problem> {
    const { kind, mayRead, ofListed, summaryOf, allowed: allowedTo } = this.#is;
    const archived = await this.archived(id);
    const execution = archived ? undefined : await this.locator.find(id, signal);
    // Neither: it has closed between the two looks.
    if (execution && execution.status.name !== 'RUNNING' && (await this.archived(id)))
      return this.closed(id, { actor, signal });
    const found = archived ?? (execution && ofListed(listedOf(execution)));
    if (!found || !mayRead(found, actor)) return this.noSuch(id);
    const { state, version } = summaryOf(found) as { state: string; version?: number };
    const allowed = allowedTo?.(found, actor) ?? [];
    const left =
      allowed.length === 0
        ? 'nothing in it can change any more'
        : `now there is ${allowed.join(', ')}`;
    const at = version === undefined ? {} : { version };
    return problem('wrong-state', `The ${kind} is ${state}; ${left}.`, { state, allowed, ...at });
  }

  /** Whether the id is in the archive already, whoever asks. */
  async wasUsed(id: string): Promise<boolean> {
    return (await this.#archived(id)) !== undefined;
  }

  noSuch(id: string): Problem {
    return problem('not-found', `There is no ${this.#is.kind} ${id}.`);
  }

  #archived(id: string) {
    return answered(findArchived<unknown>(this.#database, id, this.#is.kind));
  }
}
