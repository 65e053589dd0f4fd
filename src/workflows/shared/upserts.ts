/** Keeps what Temporal tells of a workflow in step with its state. */
import { upsertMemo, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { SearchAttributeUpdatePair } from '@temporalio/common';
import type { Json } from '../../contracts/json.ts';
import { isJsonObject, sameJson } from './json.ts';

/**
 * Upserts what differs from what the server has: at most one event each, once per workflow task. Nothing at all for
 * what was just started by the gateway, whose start call carried both, and nothing for a mere correction: version and
 * time of the last change alone are not worth an event for each edit.
 */
export function upsertStale(
  next: Readonly<Record<string, unknown>>,
  attributes: readonly SearchAttributeUpdatePair[],
): void {
  const { memo, typedSearchAttributes } = workflowInfo();
  const stale = Object.entries(next).some(
    ([key, value]) => !same(lasting(memo?.[key]), lasting(value)),
  );
  if (stale) {
    upsertMemo(
      Object.fromEntries(Object.entries(next).filter(([key, value]) => !same(memo?.[key], value))),
    );
  }
  const differing = attributes.filter(
    ({ key, value }) => !same(typedSearchAttributes.get(key) ?? null, value),
  );
  if (differing.length > 0) upsertSearchAttributes(differing);
}

/** Without what changes with every edit. */
function lasting(value: unknown): unknown {
  if (!isJsonObject(value)) return value;
  const { version: _version, updatedAt: _updatedAt, ...rest } = value;
  return rest;
}

function same(a: unknown, b: unknown): boolean {
  return sameJson(plain(a), plain(b));
}

/** As JSON has it, so that dates compare by their value. */
function plain(value: unknown): Json | undefined {
  return value === undefined ? undefined : (JSON.parse(JSON.stringify(value)) as Json);
}
