/** Keeps memo, search attributes and the Web UI's details in step with the document. */
import { proxySinks, setCurrentDetails, type Sinks } from '@temporalio/workflow';
import { refusedOf } from '../shared/reception.ts';
import { upsertStale } from '../shared/upserts.ts';
import type { Ledger } from './ledger.ts';
import { detailsOf, searchAttributesOf } from './console.ts';
import { summaryOf } from './view.ts';
import type { Change } from '../../contracts/documents/changes.ts';
import { memoOf } from './memo.ts';

/** Once per workflow task. */
export function publish(ledger: Ledger): void {
  upsertStale(memoOf(ledger.state), searchAttributesOf(ledger.state));
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
