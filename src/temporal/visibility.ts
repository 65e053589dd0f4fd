/** Lists of workflows from Temporal's visibility: one call a page, filters built from checked parts only. */
import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import type { temporal as proto } from '@temporalio/proto';

/** One workflow as visibility knows it; its state may lag behind by a moment. */
export interface Listed {
  readonly workflowId: string;
  readonly runId: string;
  readonly workflowType: string;
  readonly status: ExecutionStatus;
  readonly startedAt: string;
  readonly closedAt: string | undefined;
  readonly memo: Record<string, unknown>;
}

export type ExecutionStatus =
  | 'Running'
  | 'Completed'
  | 'Failed'
  | 'Canceled'
  | 'Terminated'
  | 'ContinuedAsNew'
  | 'TimedOut'
  | 'Other';

/** By number in the protocol. */
const STATUSES: readonly ExecutionStatus[] = [
  'Other',
  'Running',
  'Completed',
  'Failed',
  'Canceled',
  'Terminated',
  'ContinuedAsNew',
  'TimedOut',
];

/** A description as lists have it. */
export function listedOf(description: WorkflowExecutionDescription): Listed {
  return {
    workflowId: description.workflowId,
    runId: description.runId,
    workflowType: description.type,
    status: STATUS_NAMES[description.status.name] ?? 'Other',
    startedAt: description.startTime.toISOString(),
    closedAt: description.closeTime?.toISOString(),
    memo: description.memo ?? {},
  };
}

const STATUS_NAMES: Readonly<Record<string, ExecutionStatus>> = {
  RUNNING: 'Running',
  COMPLETED: 'Completed',
  FAILED: 'Failed',
  CANCELLED: 'Canceled',
  TERMINATED: 'Terminated',
  CONTINUED_AS_NEW: 'ContinuedAsNew',
  TIMED_OUT: 'TimedOut',
};

export interface ListedPage {
  readonly rows: readonly Listed[];
  /** Where the next page begins; undefined on the last one. */
  readonly next: Uint8Array | undefined;
}

/** One page of executions, newest first. `query` must come from {@link and}. */
export async function listPage(
  client: Client,
  namespace: string,
  { query, pageSize, from }: { query: string; pageSize: number; from?: Uint8Array | undefined },
): Promise<ListedPage> {
  const response = await client.workflowService.listWorkflowExecutions({
    namespace,
    query,
    pageSize,
    ...(from ? { nextPageToken: from } : {}),
  });
  const rows = await Promise.all((response.executions ?? []).map((info) => toListed(client, info)));
  const next = response.nextPageToken?.length ? response.nextPageToken : undefined;
  return { rows, next };
}

async function toListed(
  client: Client,
  info: proto.api.workflow.v1.IWorkflowExecutionInfo,
): Promise<Listed> {
  return {
    workflowId: info.execution?.workflowId ?? '',
    runId: info.execution?.runId ?? '',
    workflowType: info.type?.name ?? '',
    status: STATUSES[info.status ?? 0] ?? 'Other',
    startedAt: instant(info.startTime) ?? new Date(0).toISOString(),
    closedAt: instant(info.closeTime),
    memo: await decodeAll(client, info.memo?.fields),
  };
}

/** A time of the protocol in ISO 8601. */
export function instant(
  time: { seconds?: unknown; nanos?: number | null } | null | undefined,
): string | undefined {
  return time
    ? new Date(Number(time.seconds ?? 0) * 1000 + Math.floor((time.nanos ?? 0) / 1e6)).toISOString()
    : undefined;
}

/** Payloads by name, through the codecs and the converter that never throws. */
async function decodeAll(
  client: Client,
  fields: Record<string, Payload> | null | undefined,
): Promise<Record<string, unknown>> {
  const { payloadConverter, payloadCodecs } = client.options.loadedDataConverter;
  const names = Object.keys(fields ?? {});
  let payloads = Object.values(fields ?? {});
  for (const codec of payloadCodecs) payloads = await codec.decode(payloads);
  return Object.fromEntries(
    payloads.map((payload, i) => [names[i] ?? '', payloadConverter.fromPayload<unknown>(payload)]),
  );
}

/** The input with which a workflow was started: one read of the first event of its history. */
export async function startInput(
  client: Client,
  namespace: string,
  run: Pick<Listed, 'workflowId' | 'runId'>,
): Promise<unknown> {
  const [payload] = (await startEvent(client, namespace, run))?.input?.payloads ?? [];
  const { input } = await decodeAll(client, payload ? { input: payload } : {});
  return input ?? null;
}

/** What one of our headers said when the workflow was started; likewise one read. */
export async function startHeader(
  client: Client,
  namespace: string,
  run: Pick<Listed, 'workflowId' | 'runId'>,
  name: string,
): Promise<unknown> {
  const payload = (await startEvent(client, namespace, run))?.header?.fields?.[name];
  return payload && defaultPayloadConverter.fromPayload(payload);
}

async function startEvent(
  client: Client,
  namespace: string,
  { workflowId, runId }: Pick<Listed, 'workflowId' | 'runId'>,
) {
  const { history } = await client.workflowService.getWorkflowExecutionHistory({
    namespace,
    execution: { workflowId, runId },
    maximumPageSize: 1,
  });
  return history?.events?.[0]?.workflowExecutionStartedEventAttributes;
}

/** A condition of a visibility query. */
export type Condition = string & { readonly condition: unique symbol };

/** `name = 'value'`; the value is data whatever it contains. */
export function equals(name: string, value: string): Condition {
  return `${name} = ${quote(value)}` as Condition;
}

/** `name IN ('a', 'b')` */
export function isOneOf(name: string, values: readonly string[]): Condition {
  return `${name} IN (${values.map(quote).join(', ')})` as Condition;
}

/** `name != 'value'` */
export function differs(name: string, value: string): Condition {
  return `${name} != ${quote(value)}` as Condition;
}

/** `name NOT IN ('a', 'b')` */
export function isNoneOf(name: string, values: readonly string[]): Condition {
  return `${name} NOT IN (${values.map(quote).join(', ')})` as Condition;
}

/** One of the two at least. */
export function either(one: Condition, other: Condition): Condition {
  return `(${one} OR ${other})` as Condition;
}

/** `name >= 'value'`, or another comparison of instants. */
export function compares(name: string, operator: '>=' | '<' | '<=', value: string): Condition {
  return `${name} ${operator} ${quote(value)}` as Condition;
}

/** `name = true` */
export function isTrue(name: string): Condition {
  return `${name} = true` as Condition;
}

/** `name STARTS_WITH 'value'` */
export function startsWith(name: string, value: string): Condition {
  return `${name} STARTS_WITH ${quote(value)}` as Condition;
}

/** At least one of the conditions. */
export function anyOf(...conditions: readonly Condition[]): Condition {
  return `(${conditions.join(' OR ')})` as Condition;
}

/** All of the conditions, as one. */
export function allOf(...conditions: readonly Condition[]): Condition {
  return `(${conditions.join(' AND ')})` as Condition;
}

/** How many there are. `query` must come from {@link and}. */
export async function countOf(client: Client, namespace: string, query: string): Promise<number> {
  const { count } = await client.workflowService.countWorkflowExecutions({ namespace, query });
  return Number(count ?? 0);
}

/** All conditions at once. */
export function and(...conditions: readonly (Condition | undefined)[]): string {
  return conditions.filter((one) => one !== undefined).join(' AND ');
}

/** In a text of a visibility query a backslash escapes what follows, and a NUL ends the whole query. */
function quote(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''").replaceAll('\0', '\uFFFD')}'`;
}
