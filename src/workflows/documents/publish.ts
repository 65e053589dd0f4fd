/** Keeps memo, search attributes and the Web UI's details in step with the document. */
import { setCurrentDetails } from '@temporalio/workflow';
import { announce } from '../shared/announcing.ts';
import { refusedOf } from '../shared/reception.ts';
import { upsertStale } from '../shared/upserts.ts';
import type { Ledger } from './ledger.ts';
import { detailsOf, searchAttributesOf } from './console.ts';
import { summaryOf } from './view.ts';
import { memoOf } from './memo.ts';

/** Once per workflow task. */
export function publish(ledger: Ledger): void {
  upsertStale(memoOf(ledger.state), searchAttributesOf(ledger.state));
  setCurrentDetails(detailsOf(ledger.state, refusedOf(ledger)));
  announceChange(ledger);
}

function announceChange(ledger: Ledger): void {
  const { state } = ledger;
  const { id, type, owner, version, waitingFor, parent } = summaryOf(state);
  announce(ledger, {
    kind: 'document',
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
