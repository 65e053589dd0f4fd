/** Keeps memo, search attributes and the Web UI's details in step with the document. */
import {
  proxySinks,
  setCurrentDetails,
  upsertMemo,
  upsertSearchAttributes,
  workflowInfo,
  type Sinks,
} from '@temporalio/workflow';
import { isJsonObject, sameJson } from '../shared/json.ts';
import type { Json } from '../../contracts/json.ts';
import { refusedOf, type Ledger } from './ledger.ts';
import { detailsOf, searchAttributesOf } from './console.ts';
import { summaryOf } from './view.ts';
import type { Change } from '../../contracts/documents/changes.ts';
import { memoOf } from './memo.ts';

/**
 * Upserts what differs from what the server has: at most one event each, once per workflow task. Nothing at all for a
 * document just started by the gateway, whose start call carried both, and nothing for a mere correction: version and
 * time of the last change alone are not worth an event for each edit.
 */
export function publish(ledger: Ledger): void {
  const { memo, typedSearchAttributes } = workflowInfo();
  const next = memoOf(ledger.state);
  const stale = Object.entries(next).some(
    ([key, value]) => !same(lasting(memo?.[key]), lasting(value)),
  );
  if (stale) {
    upsertMemo(
      Object.fromEntries(Object.entries(next).filter(([key, value]) => !same(memo?.[key], value))),
    );
  }
  const attributes = searchAttributesOf(ledger.state).filter(
    ({ key, value }) => !same(typedSearchAttributes.get(key) ?? null, value),
  );
  if (attributes.length > 0) upsertSearchAttributes(attributes);
  setCurrentDetails(detailsOf(ledger.state, refusedOf(ledger)));
  announce(ledger);
}

/** Live hints, outside of the history: they may be lost or come twice. */
export interface ChangeSinks extends Sinks {
  changes: { published(change: Change): void };
}

function announce(ledger: Ledger): void {
  const { state } = ledger;
  if (ledger.announced === state.sequence) return;
  ledger.announced = state.sequence;
  const { id, type, owner, version, waitingFor, parent } = summaryOf(state);
  proxySinks<ChangeSinks>().changes.published({
    id,
    type,
    state: state.state,
    owner,
    version,
    revision: state.sequence,
    waitingFor,
    ...(parent === undefined ? {} : { parent }),
  });
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
