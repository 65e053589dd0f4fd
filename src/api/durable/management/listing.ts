/** Lists of instances: one visibility call a page, and of each row's history only what is to be shown. */
import { durableEnd } from '../../../contracts/durable.ts';
import { ERRANDS } from '../../../contracts/ids.ts';
import type { Temporal } from '../../../temporal/client.ts';
import {
  and,
  compares,
  differs,
  either,
  isNoneOf,
  isOneOf,
  listPage,
  startsWith,
  type Condition,
  type ExecutionStatus,
  type Listed,
} from '../../../temporal/visibility.ts';
import type { Cursors } from '../../cursors.ts';
import { mapSome } from '../../map-some.ts';
import type { Instances } from './instances.ts';
import { inputOf, outputOf } from './run-events.ts';
import {
  runtimeStatusOf,
  seconds,
  versionIn,
  type InstanceStatus,
  type RuntimeStatus,
} from './status.ts';

/** What a list is of. */
export interface InstanceFilter {
  /** Instants, both inclusive. */
  readonly createdFrom: string | undefined;
  readonly createdTo: string | undefined;
  readonly statuses: ReadonlySet<RuntimeStatus> | undefined;
  readonly idPrefix: string | undefined;
}

export interface InstancePage {
  readonly top: number;
  readonly showInput: boolean;
  /** From the page before. */
  readonly token: string | undefined;
}

/** Rows whose histories are read at the same time. */
const AT_ONCE = 10;
const MOST = 1_000;

export class InstanceLists {
  readonly #temporal: Temporal;
  readonly #instances: Instances;
  readonly #cursors: Cursors;

  constructor(temporal: Temporal, instances: Instances, cursors: Cursors) {
    this.#temporal = temporal;
    this.#instances = instances;
    this.#cursors = cursors;
  }

  /**
   * One page, newest first. It can have fewer rows than `top` and yet not be the last: what visibility does not know is
   * left out afterwards, such as runs that a later one of the same id has replaced. Times of the last update are those of
   * the end, or of the start.
   * @throws Problem `invalid-request` for a token that is none of this list
   */
  async page(
    filter: InstanceFilter,
    { top, showInput, token }: InstancePage,
    signal: AbortSignal,
  ): Promise<{ readonly instances: InstanceStatus[]; readonly next: string }> {
    const paused = filter.statuses?.has('Suspended') && (await this.#instances.canPause(signal));
    const where = { hub: this.#instances.hub, ours: this.#temporal.taskQueue };
    const query = queryOf(filter, where, paused ? ['Paused'] : []);
    if (query === undefined) {
      // It has no second page, so no token is its own.
      if (token !== undefined) this.#cursors.open('durable', token);
      return { instances: [], next: '' };
    }
    const key = `durable ${query}`;
    const from = token === undefined ? undefined : this.#cursors.open(key, token);
    const pageSize = Math.min(top, MOST);
    const { rows, next } = await this.#temporal.call({ signal }, (client) =>
      listPage(client, this.#temporal.namespace, { query, pageSize, from }),
    );
    const latest = await this.#latestOf(rows, { filter, token }, signal);
    const kept = (await this.#instances.unpurged(rows)).filter(
      ({ workflowId, runId }) =>
        (latest.get(workflowId) ?? runId) === runId && startsAs(workflowId, filter),
    );
    const found = await mapSome(kept, AT_ONCE, (row) => this.#instance(row, showInput, signal));
    const { statuses } = filter;
    return {
      instances: found.filter((one) => !statuses || statuses.has(one.runtimeStatus)),
      next: next ? this.#cursors.seal(key, next) : '',
    };
  }

  /**
   * The run ids of the latest runs. Later ones stand before the others, so they are on the page itself, unless it is not the
   * first one or the filter leaves them out; then one call more finds them.
   */
  async #latestOf(
    rows: readonly Listed[],
    { filter, token }: { readonly filter: InstanceFilter; readonly token: string | undefined },
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, string>> {
    const { statuses, createdTo } = filter;
    const partial = token !== undefined || statuses !== undefined || createdTo !== undefined;
    const closed = rows.filter(({ closedAt }) => closedAt !== undefined);
    if (!partial || closed.length === 0) return newestOf(rows);
    const ids = isOneOf('WorkflowId', [...new Set(closed.map(({ workflowId }) => workflowId))]);
    const query = and(ids, differs('ExecutionStatus', 'ContinuedAsNew'));
    const all = await this.#temporal.call({ signal }, (client) =>
      listPage(client, this.#temporal.namespace, { query, pageSize: MOST }),
    );
    return newestOf([...all.rows, ...rows]);
  }

  async #instance(row: Listed, showInput: boolean, signal: AbortSignal): Promise<InstanceStatus> {
    const { events } = this.#instances;
    const open = row.closedAt === undefined;
    const end = durableEnd(row.memo);
    const version = versionIn(row.memo);
    // Whether an open one has begun stands in its history only.
    const { input, hasBegun } = open
      ? await events.beginning(row, signal)
      : { input: showInput ? inputOf(await events.first(row, signal)) : null, hasBegun: true };
    const ending = open || end ? undefined : await events.last(row, signal);
    return {
      name: row.workflowType,
      instanceId: row.workflowId,
      runtimeStatus: runtimeStatusOf(row, hasBegun),
      input: showInput ? input : null,
      customStatus: row.memo['customStatus'] ?? null,
      output: open ? null : end ? end.output : outputOf(row.workflowType, ending),
      createdTime: seconds(row.startedAt),
      lastUpdatedTime: seconds(row.closedAt ?? row.startedAt),
      ...(version === undefined ? {} : { version }),
    };
  }
}

/** The run ids of the first row of each id. */
function newestOf(rows: readonly Listed[]): ReadonlyMap<string, string> {
  return new Map(rows.toReversed().map(({ workflowId, runId }) => [workflowId, runId]));
}

/** What visibility can be asked; the rest is looked at afterwards. Undefined when nothing can be in the list. */
function queryOf(
  filter: InstanceFilter,
  { hub, ours }: { readonly hub: ReadonlySet<string>; readonly ours: string },
  besides: readonly string[],
): string | undefined {
  const { createdFrom, createdTo, statuses, idPrefix } = filter;
  const executions = new Set([...(statuses ?? [])].flatMap((status) => EXECUTIONS[status]));
  if (statuses && executions.size === 0) return undefined;
  return and(
    isOneOf('TaskQueue', [...hub]),
    differs('ExecutionStatus', 'ContinuedAsNew'),
    // Others may have types of these names.
    either(differs('TaskQueue', ours), isNoneOf('WorkflowType', ERRANDS)),
    // Servers that know no pause refuse a query with that status.
    statuses && isOneOf('ExecutionStatus', [...executions, ...besides]),
    createdFrom === undefined ? undefined : compares('StartTime', '>=', createdFrom),
    createdTo === undefined ? undefined : compares('StartTime', '<=', createdTo),
    idPrefix === undefined ? undefined : prefixCondition(idPrefix),
  );
}

/** SQLite finds no quotes and takes backslashes for escapes, so only what comes before them is asked for. */
function prefixCondition(idPrefix: string): Condition | undefined {
  const [plain = ''] = idPrefix.split(/["'\\%\0]/);
  return plain === '' ? undefined : startsWith('WorkflowId', plain);
}

function startsAs(id: string, { idPrefix = '' }: InstanceFilter): boolean {
  return id.startsWith(idPrefix);
}

const EXECUTIONS: Readonly<Record<RuntimeStatus, readonly ExecutionStatus[]>> = {
  Running: ['Running'],
  Pending: ['Running'],
  Suspended: ['Running'],
  Completed: ['Completed'],
  Failed: ['Failed', 'TimedOut'],
  Canceled: ['Canceled'],
  // What was cancelled here ends as completed; see the memo.
  Terminated: ['Terminated', 'Completed'],
  // Never the latest run of its id.
  ContinuedAsNew: [],
};
