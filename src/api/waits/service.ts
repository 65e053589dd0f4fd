/** Reads waits: where they are, and who may read them. */
import type { WorkflowExecutionDescription } from '@temporalio/client';
import { waitAddress, waitId, waitKeyOf, type WaitKey } from '../../contracts/ids.ts';
import { findArchived } from '../../store/archive.ts';
import { lastArchivedId } from '../../store/archive-lists.ts';
import type { Database } from '../../store/database.ts';
import type { Temporal } from '../../temporal/client.ts';
import { listedOf, type Listed } from '../../temporal/visibility.ts';
import { waitQuery, type WaitKept } from '../../workflows/waits/messages.ts';
import { mayReadWait } from '../../workflows/waits/rights.ts';
import type { WaitRecord } from '../../workflows/waits/state.ts';
import {
  emptyWait,
  outcomeOf,
  outcomeOfSummary,
  waitFromMemo,
  waitSummary,
  type WaitOutcome,
  type WaitSummary,
} from '../../workflows/waits/view.ts';
import { ENGINE_ENDS } from '../documents/executions.ts';
import type { Request } from '../documents/service.ts';
import { answered, problem, type Problem } from '../errors.ts';
import { isStuck, Locator } from '../locator.ts';

export interface WaitDeps {
  readonly temporal: Temporal;
  readonly database: Database;
}

/** A wait of which all is known, or what Temporal itself tells of one that goes on, has failed or was terminated. */
export type FoundWait = WaitKept | { readonly summary: WaitSummary };

/** A wait, and its workflow where Temporal still has it. */
export interface LocatedWait {
  readonly found: FoundWait;
  readonly description?: WorkflowExecutionDescription;
}

export class WaitReader {
  readonly temporal: Temporal;
  readonly database: Database;
  readonly locator: Locator;

  constructor({ temporal, database }: WaitDeps) {
    this.temporal = temporal;
    this.database = database;
    this.locator = new Locator(temporal, 'wait');
  }

  /**
   * The latest wait of this key, or the one that was started at this instant. One describe of one that goes on, without
   * its data; of one that has ended everything.
   * @throws Problem `not-found`, also for those who may not read it
   */
  async read(wait: WaitKey, request: Request, startedAt?: string): Promise<LocatedWait> {
    const located = await this.find(wait, request.signal, startedAt);
    if (located && mayReadWait(summaryOf(located.found), request.actor)) return located;
    throw noWait(wait);
  }

  /** The same whoever asks; undefined when there is none. */
  async find(
    wait: WaitKey,
    signal: AbortSignal,
    startedAt?: string,
  ): Promise<LocatedWait | undefined> {
    const description = await this.locator.find(waitAddress(wait), signal);
    const latest = description && waitOfListed(listedOf(description));
    const isMeant = startedAt === undefined || latest?.createdAt === startedAt;
    if (description && latest && isMeant) {
      const archived = isClosed(description) ? await this.archived(latest.id) : undefined;
      return { found: archived ?? { summary: latest }, description };
    }
    const found = await this.archived(
      startedAt === undefined ? await this.#latestId(wait) : waitId(wait, startedAt),
    );
    return found && { found };
  }

  async #latestId(wait: WaitKey): Promise<string | undefined> {
    return answered(lastArchivedId(this.database, 'wait', `${waitAddress(wait)}@`));
  }

  /** The finished wait with this id. */
  async archived(id: string | undefined): Promise<FoundWait | undefined> {
    if (id === undefined) return undefined;
    const found = await answered(findArchived<WaitRecord>(this.database, id, 'wait'));
    if (!found || found.deletedAt !== undefined) return undefined;
    const { state: record, summary, refused, refusedCount } = found;
    if (record) return { record, refused, refusedCount };
    return { summary: summary as unknown as WaitSummary };
  }

  /** With all that has come, and what was refused: one query more of one that goes on. */
  async whole(wait: WaitKey, request: Request): Promise<FoundWait> {
    const { found, description } = await this.read(wait, request);
    if ('record' in found || !description || isClosed(description)) return found;
    const { workflowId } = description;
    try {
      return await this.temporal.call({ signal: request.signal }, (client) =>
        client.workflow.getHandle(workflowId).query(waitQuery),
      );
    } catch (error) {
      const reason = await this.locator.explain(waitAddress(wait), error, request.signal);
      const late = await this.archived(found.summary.id);
      if (late) return late;
      throw reason;
    }
  }

  /** Why a command to a wait that has ended, or never was, is refused. `address`: see `waitAddress`. */
  async closed(address: string, { actor, signal }: Request): Promise<Problem> {
    const wait = waitKeyOf(`wait:${address}`, '');
    const located = await this.find(wait, signal);
    if (!located || !mayReadWait(summaryOf(located.found), actor)) return noWait(wait);
    const { state, version } = summaryOf(located.found);
    const detail = `The wait is ${state}; nothing in it can change any more. It can be started again.`;
    return problem('wrong-state', detail, { state, allowed: [], version });
  }
}

/** What lists show of it. */
export function summaryOf(found: FoundWait): WaitSummary {
  return 'record' in found ? waitSummary(found.record) : found.summary;
}

/** How it has ended. */
export function resultOf(found: FoundWait): WaitOutcome {
  return 'record' in found ? outcomeOf(found.record) : outcomeOfSummary(found.summary);
}

/** Whether Temporal has closed its workflow; before that it may still be on its way to the archive. */
export function isClosed({ closeTime }: WorkflowExecutionDescription): boolean {
  return closeTime !== undefined;
}

/** What Temporal itself has to tell of it. `stuck`: its workflow task has failed again and again. */
export function stuckIn({ description }: LocatedWait): { readonly stuck?: true } {
  return description && !isClosed(description) && isStuck(description) ? { stuck: true } : {};
}

/** What visibility, or a description, tells of a wait. Of an unusable start there is nothing but its key and the reason. */
export function waitOfListed(listed: Listed): WaitSummary {
  const { workflowId, workflowType, status, startedAt, closedAt, memo } = listed;
  const known = waitFromMemo(memo) ?? emptyWait(workflowId, workflowType, startedAt);
  const state = ENGINE_ENDS[status];
  const { customStatus = known.customStatus } = memo as { customStatus?: string };
  if (!state) return { ...known, customStatus };
  const ended = closedAt ? { closedAt, updatedAt: closedAt } : {};
  return { ...known, customStatus, state, ...ended };
}

export function noWait({ name, key }: WaitKey): Problem {
  return problem('not-found', `There is no wait ${name}/${key}; nothing was kept. Start it first.`);
}
