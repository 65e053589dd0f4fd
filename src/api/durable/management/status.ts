/** Where an instance stands, in the words of Durable Functions. Pure. */
import { durableEnd } from '../../../contracts/durable.ts';
import type { Listed } from '../../../temporal/visibility.ts';

export const RUNTIME_STATUSES = [
  'Running',
  'Completed',
  'ContinuedAsNew',
  'Failed',
  'Canceled',
  'Terminated',
  'Pending',
  'Suspended',
] as const;
export type RuntimeStatus = (typeof RUNTIME_STATUSES)[number];

/** By their numbers, as .NET has them. */
export const NUMBERS = Object.fromEntries(
  RUNTIME_STATUSES.map((status, number) => [status, number]),
) as Readonly<Record<RuntimeStatus, number>>;

/** What `GET instances/{id}` answers; every name is there, `null` where there is nothing. */
export interface InstanceStatus {
  readonly name: string;
  readonly instanceId: string;
  readonly runtimeStatus: RuntimeStatus;
  readonly input: unknown;
  readonly customStatus: unknown;
  readonly output: unknown;
  /** To the second, such as 2026-01-31T08:00:00Z. */
  readonly createdTime: string;
  readonly lastUpdatedTime: string;
  /** Of the orchestrator, where the start named one. */
  readonly version?: string;
}

/** The version that the start has named, as the memo keeps it. */
export function versionIn(memo: Readonly<Record<string, unknown>> | undefined): string | undefined {
  const { version } = memo ?? {};
  return typeof version === 'string' ? version : undefined;
}

const FINAL: ReadonlySet<RuntimeStatus> = new Set([
  'Completed',
  'Failed',
  'Canceled',
  'Terminated',
]);

/** Of an execution, as lists and descriptions have it. `hasBegun`: whether a worker has ever taken it up. */
export function runtimeStatusOf(
  { status, memo }: Pick<Listed, 'status' | 'memo'>,
  hasBegun: boolean,
): RuntimeStatus {
  switch (status) {
    case 'Completed':
      return durableEnd(memo)?.runtimeStatus ?? status;
    case 'Failed':
    case 'Canceled':
    case 'Terminated':
    case 'ContinuedAsNew':
      return status;
    case 'TimedOut':
      return 'Failed';
    // Paused by the server.
    case 'Other':
      return 'Suspended';
    case 'Running':
      if (memo['suspended'] === true) return 'Suspended';
      return hasBegun ? 'Running' : 'Pending';
  }
}

/** Whether nothing can change any more. */
export function isFinal(status: RuntimeStatus): boolean {
  return FINAL.has(status);
}

/**
 * The statuses that a filter names: by their names, exactly, or by their numbers. Others are skipped; without any there is
 * no filter.
 */
export function statusFilter(wanted: readonly string[]): ReadonlySet<RuntimeStatus> | undefined {
  const found = wanted.flatMap((one) => {
    const byName = RUNTIME_STATUSES.find((status) => status === one);
    return byName ?? (/^\d$/.test(one) ? (RUNTIME_STATUSES[Number(one)] ?? []) : []);
  });
  return found.length === 0 ? undefined : new Set(found);
}

/** ISO 8601 to the second, as Durable Functions writes times. */
export function seconds(instant: string): string {
  return `${instant.slice(0, 19)}Z`;
}
