/** Keeps memo, search attributes and the Web UI's details in step with the document. */
import {
  setCurrentDetails,
  upsertMemo,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { sameJson } from '../shared/json.ts';
import type { Json } from '../../contracts/documents/types.ts';
import { refusedOf, type Ledger } from './ledger.ts';
import { detailsOf, memoOf, searchAttributesOf } from './view.ts';

/**
 * Upserts what differs from what the server has: at most one event each, once per workflow task. Nothing at all for a
 * document just started by the gateway, whose start call carried both.
 */
export function publish(ledger: Ledger): void {
  const { memo, typedSearchAttributes } = workflowInfo();
  const changed = Object.entries(memoOf(ledger.state)).filter(
    ([key, value]) => !same(memo?.[key], value),
  );
  if (changed.length > 0) upsertMemo(Object.fromEntries(changed));
  const attributes = searchAttributesOf(ledger.state).filter(
    ({ key, value }) => !same(typedSearchAttributes.get(key), value),
  );
  if (attributes.length > 0) upsertSearchAttributes(attributes);
  setCurrentDetails(detailsOf(ledger.state, refusedOf(ledger)));
}

function same(a: unknown, b: unknown): boolean {
  return sameJson(plain(a), plain(b));
}

/** As JSON has it, so that dates compare by their value. */
function plain(value: unknown): Json | undefined {
  return value === undefined ? undefined : (JSON.parse(JSON.stringify(value)) as Json);
}
