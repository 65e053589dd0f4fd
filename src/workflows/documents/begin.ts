/** From the input of a start, whatever it is, to an open document; and what happens to messages until then. */
import {
  setDefaultSignalHandler,
  setHandler,
  upsertMemo,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import type { CreateRequest, DocumentType } from '../../contracts/documents/types.ts';
import type { Refusal, Result } from '../../contracts/failures.ts';
import {
  DossierCreatedAt,
  DossierKind,
  DossierState,
  DossierType,
} from '../../contracts/search-attributes.ts';
import { durably } from '../shared/activities.ts';
import { actorOf, asCaller, viaOf, type Caller } from '../shared/caller.ts';
import { failureOf } from '../shared/failure.ts';
import { decideCreate, parseCreateRequest } from './create.ts';
import { guarded, now, type HeldSignal } from './handlers.ts';
import { openLedger, type Ledger } from './ledger.ts';
import {
  commandUpdate,
  documentQuery,
  historyQuery,
  statusQuery,
  type CommandResult,
} from './messages.ts';
import { replay, type Call } from './state.ts';

/** What the gateway has looked up and decided for a start; see `CallContext.resolved`. */
export interface ResolvedStart {
  readonly definition: DocumentType;
  /** The instant that the gateway has already told its client as `createdAt`. */
  readonly at: string;
}

/** Whether the gateway has sent the definition along, so that nothing has to be waited for. */
export function isResolved({ context }: Caller): boolean {
  return context?.resolved !== undefined;
}

/**
 * Handlers for the time in which a document started by the CLI does not know its type yet: signals wait, commands are
 * refused as `starting`. Returns the list in which the signals wait.
 */
export function holdMessages(id: string): HeldSignal[] {
  const held: HeldSignal[] = [];
  setDefaultSignalHandler((name, payload, caller) => {
    held.push({ name, payload, caller: asCaller(caller) });
  });
  const starting: Refusal = {
    code: 'starting',
    detail: 'The document is loading its type. Try again in a second.',
  };
  const turnAway = (_command: unknown, _caller?: Caller): CommandResult => {
    throw failureOf(starting);
  };
  setHandler(commandUpdate, turnAway, { validator: turnAway });
  setHandler(statusQuery, () => ({
    id,
    type: '',
    state: 'starting' as const,
    version: 0,
    customStatus: 'Starting',
    refused: { count: 0 },
  }));
  setHandler(documentQuery, () => undefined);
  setHandler(historyQuery, () => ({ events: [], refused: [], refusedCount: 0 }));
  return held;
}

/** The new document, or an `ApplicationFailure` that says what is wrong with the input. */
export async function beginDocument(id: string, input: unknown, caller: Caller): Promise<Ledger> {
  const resolved = caller.context?.resolved as ResolvedStart | undefined;
  const at = resolved?.at ?? now();
  const request = parseCreateRequest(input);
  if (!request.ok) throw reject(at, request.refusal);
  const definition = resolved?.definition ?? (await loadDefinition(at, request.value));
  const call: Call = {
    actor: actorOf(caller, request.value.actor),
    at,
    via: viaOf(caller, 'start'),
  };
  const events = guarded(() => decideCreate(definition, request.value, call));
  if (!events.ok) throw reject(at, events.refusal, request.value.type);
  return openLedger(replay(id, definition, events.value), events.value);
}

async function loadDefinition(at: string, { type }: CreateRequest): Promise<DocumentType> {
  const loaded: Result<DocumentType> = await durably('loadDocumentType', 'Load the document type', {
    name: type,
  });
  if (!loaded.ok) throw reject(at, loaded.refusal);
  return loaded.value;
}

/** Makes an unusable start visible in lists, with its reason, before the workflow fails. */
function reject(at: string, refusal: Refusal, type?: string): Error {
  upsertSearchAttributes([
    { key: DossierKind, value: 'document' },
    { key: DossierState, value: 'failed' },
    { key: DossierCreatedAt, value: new Date(at) },
    ...(type === undefined ? [] : [{ key: DossierType, value: type }]),
  ]);
  const [first] = refusal.errors ?? [];
  const place = first ? ` ${first.pointer || 'The input'} ${first.detail}.` : '';
  upsertMemo({ customStatus: `Failed: ${refusal.detail}${place}`.slice(0, 1000) });
  return failureOf(refusal);
}
