/** Starts that are of no use. */
import { upsertMemo, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { Refusal } from '../../contracts/failures.ts';
import type { Kind } from '../../contracts/ids.ts';
import {
  DossierCreatedAt,
  DossierKind,
  DossierState,
  DossierType,
} from '../../contracts/search-attributes.ts';
import { durably } from './activities.ts';
import { failureOf } from './failure.ts';

/** Who was to begin, and when. */
export interface Start {
  readonly kind: Kind;
  readonly id: string;
  /** Empty when not even that could be made out, and of what has none. */
  readonly type: string;
  /** ISO 8601. */
  readonly at: string;
}

/**
 * Makes an unusable start visible, with its reason, before the workflow fails: for lists it is in the archive. Returns what
 * is to be thrown.
 */
export async function rejectStart(start: Start, refusal: Refusal): Promise<Error> {
  const { kind, type, at } = start;
  upsertSearchAttributes([
    { key: DossierKind, value: kind },
    { key: DossierState, value: 'failed' },
    { key: DossierCreatedAt, value: new Date(at) },
    ...(type === '' ? [] : [{ key: DossierType, value: type }]),
  ]);
  const [first] = refusal.errors ?? [];
  const place = first ? ` ${first.pointer || 'The input'} ${first.detail}.` : '';
  const customStatus = `Failed: ${refusal.detail}${place}`.slice(0, 1000);
  upsertMemo({ customStatus });
  const { workflowId } = workflowInfo();
  // Whatever has the id already is in its place.
  if (refusal.code !== 'already-exists') {
    const failed = { ...start, workflowId, customStatus };
    await durably('archiveFailed', 'Archive the unusable start', failed);
  }
  return failureOf(refusal);
}
