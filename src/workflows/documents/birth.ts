/** How a document comes out of its events. No rules here; it cannot fail on events that were accepted. Pure. */
import type { DocumentType } from '../../contracts/documents/definition.ts';
import type { DocumentEvent } from '../../contracts/documents/events.ts';
import { jsonSize } from '../shared/json.ts';
import { clocksAfter } from './clocks.ts';
import { evolve, type DocumentState, type SectionState } from './state.ts';

/** Folds events, the first of which is `created`, into the state. */
export function replay(
  id: string,
  definition: DocumentType,
  events: readonly DocumentEvent[],
): DocumentState {
  const [created, ...rest] = events;
  if (created?.kind !== 'created')
    throw new Error('the first event of a document is not "created"');
  return rest.reduce(evolve, born(id, definition, created));
}

function born(
  id: string,
  definition: DocumentType,
  event: Extract<DocumentEvent, { kind: 'created' }>,
): DocumentState {
  const { title, owner, metadata, version, sequence, at, by, parent, from } = event;
  const sections = Object.entries(event.sections).map(([name, data]): [string, SectionState] => [
    name,
    { data, size: jsonSize(data), filledBy: by, filledAt: at, corrections: 0 },
  ]);
  const last = sections.at(-1)?.[0];
  const state: DocumentState = {
    schema: 1,
    id,
    definition,
    title,
    owner,
    metadata,
    state: 'open',
    version,
    sequence,
    sections: Object.fromEntries(sections),
    changedIn: {},
    detailsChangedIn: version,
    ...(last === undefined ? {} : { lastFilled: last }),
    assignees: {},
    clocks: {},
    ...(parent === undefined ? {} : { parent }),
    children: {},
    comments: [],
    ...(from === undefined ? {} : { from }),
    createdAt: at,
    updatedAt: at,
  };
  return { ...state, clocks: clocksAfter(state, event) };
}
