/** How a document shows itself in Temporal: search attributes, and Markdown for the Web UI. Pure. */
import type { SearchAttributePair, SearchAttributeUpdatePair } from '@temporalio/common';
import type { Json } from '../../contracts/json.ts';
import {
  DossierCreatedAt,
  DossierDueAt,
  DossierFields,
  DossierKind,
  DossierNeedsAttention,
  DossierOwner,
  DossierParent,
  DossierState,
  DossierTitle,
  DossierType,
  DossierWaitingFor,
  keywords,
  searchText,
  waitingKeywords,
} from '../../contracts/search-attributes.ts';
import { plain } from '../shared/markdown.ts';
import { dueAt, isOverdue } from './clocks.ts';
import { waitingFor } from './permissions.ts';
import { fieldOf, isOpen, type Content } from './requirements.ts';
import type { DocumentState } from './state.ts';
import { customStatusOf, progressOf, type StatusView } from './view.ts';

/** A field and its value as lists find it; of long values the beginning. */
export function fieldTag(name: string, value: Json): string {
  const text = `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`;
  // Cut in the middle of a character it could not be stored, and the document never archived.
  return text.slice(0, 200).toWellFormed();
}

/** The searchable fields that have a value; `Request.amount` is found as `amount`. */
export function searchTags(content: Content): string[] {
  return content.definition.searchable.flatMap((path) => {
    const value = fieldOf(content, path);
    if (value === undefined || value === null || typeof value === 'object') return [];
    return fieldTag(path.slice(path.lastIndexOf('.') + 1), value);
  });
}

/** All of them; `null` where the document has nothing to say. */
export function searchAttributesOf(state: DocumentState): SearchAttributeUpdatePair[] {
  const { definition, owner, parent, title, createdAt } = state;
  const due = dueAt(state);
  const tags = searchTags(state);
  return [
    { key: DossierKind, value: 'document' },
    { key: DossierType, value: definition.name },
    { key: DossierState, value: state.state },
    { key: DossierOwner, value: searchText(owner) },
    { key: DossierParent, value: parent === undefined ? null : searchText(parent) },
    { key: DossierWaitingFor, value: waitingKeywords(waitingFor(state)) },
    { key: DossierFields, value: tags.length === 0 ? null : keywords(tags) },
    { key: DossierTitle, value: definition.titleSearchable ? title : null },
    { key: DossierCreatedAt, value: new Date(createdAt) },
    { key: DossierDueAt, value: due === undefined ? null : new Date(due) },
    { key: DossierNeedsAttention, value: isOverdue(state) ? true : null },
  ];
}

/** Those that have a value, as a start takes them. */
export function setAttributesOf(state: DocumentState): SearchAttributePair[] {
  return searchAttributesOf(state).filter((pair) => pair.value !== null) as SearchAttributePair[];
}

/** One line for the Temporal Web UI, which shows it as Markdown: the type and the title. At most 200 characters. */
export function headlineOf({ definition, title }: DocumentState): string {
  return plain(`${definition.title}: ${title.slice(0, 80).toWellFormed()}`).slice(0, 200);
}

/** Markdown for the Temporal Web UI: where the document stands and what happened last, never its data. */
export function detailsOf(state: DocumentState, refused: StatusView['refused']): string {
  const { done, total } = progressOf(state);
  const due = dueAt(state);
  const waits = isOpen(state)
    ? `Waiting for ${waitingFor(state).map(plain).join(', ')}${due === undefined ? '' : ` until ${due}`}.`
    : `Closed at ${state.closedAt}.`;
  const last = refused.last;
  return [
    `**${plain(customStatusOf(state))}** (${state.state}, version ${state.version}, ${done} of ${total} sections)`,
    waits,
    ['| Section | State | Corrections |', '| --- | --- | --- |', ...sectionRows(state)].join('\n'),
    ...Object.entries(state.children).map(
      ([id, child]) => `Below it: ${plain(id)} (${plain(child.type)}, ${child.state})`,
    ),
    ...(state.approval?.decisions ?? []).map(
      (d) => `${d.decision} by ${plain(d.by)} at ${d.at}${d.reason ? `: ${plain(d.reason)}` : ''}`,
    ),
    ...(last
      ? [
          `${refused.count} refused; last: ${plain(last.command)} by ${plain(last.by)}: ${plain(last.reason)}`,
        ]
      : []),
  ].join('\n\n');
}

function sectionRows(state: DocumentState): string[] {
  return Object.entries(state.definition.sections).map(([name, { title }]) => {
    const section = state.sections[name];
    const assignee = state.assignees[name];
    const open = assignee === undefined ? 'open' : `open, assigned to ${plain(assignee)}`;
    const filled = section ? `filled by ${plain(section.filledBy)} at ${section.filledAt}` : open;
    return `| ${plain(title)} | ${filled} | ${section?.corrections ?? 0} |`;
  });
}
