/** How a wait shows itself in Temporal: search attributes, and Markdown for the Web UI. Pure. */
import type { SearchAttributePair, SearchAttributeUpdatePair } from '@temporalio/common';
import {
  DossierCreatedAt,
  DossierDueAt,
  DossierFields,
  DossierKind,
  DossierOwner,
  DossierState,
  DossierType,
  keywords,
  searchText,
} from '../../contracts/search-attributes.ts';
import { plain } from '../shared/markdown.ts';
import type { RefusedView } from '../shared/reception.ts';
import type { WaitRecord } from './state.ts';
import { waitSummary } from './view.ts';

/** By what lists find the waits of one key. */
export function keyTag(key: string): string {
  return `key=${key}`;
}

/** All of them; `null` where the wait has nothing to say. */
export function waitAttributes(record: WaitRecord): SearchAttributeUpdatePair[] {
  const { name, key, state, owner, dueAt, createdAt } = record;
  return [
    { key: DossierKind, value: 'wait' },
    { key: DossierType, value: searchText(name) },
    { key: DossierState, value: state },
    { key: DossierOwner, value: searchText(owner) },
    { key: DossierFields, value: keywords([keyTag(key)]) },
    { key: DossierCreatedAt, value: new Date(createdAt) },
    { key: DossierDueAt, value: dueAt === undefined ? null : new Date(dueAt) },
  ];
}

/** Those that have a value, as a start takes them. */
export function setWaitAttributes(record: WaitRecord): SearchAttributePair[] {
  return waitAttributes(record).filter(({ value }) => value !== null) as SearchAttributePair[];
}

/** One line for the Temporal Web UI, which shows it as Markdown. At most 200 characters. */
export function waitHeadline({ name, key }: Pick<WaitRecord, 'name' | 'key'>): string {
  return plain(`Wait: ${name.slice(0, 40)} ${key.slice(0, 60)}`.toWellFormed()).slice(0, 200);
}

/** Markdown for the Temporal Web UI: where it stands and what has come, never with its data. */
export function waitDetails(record: WaitRecord, { count, last }: RefusedView): string {
  const { customStatus, state, dueAt, received, closedAt } = waitSummary(record);
  const until = dueAt === undefined ? '' : ` until ${dueAt}`;
  return [
    `**${plain(customStatus)}** (${state}${until})`,
    ...received.map(({ event, by, at }) => `${plain(event)} by ${plain(by)} at ${at}`),
    ...(closedAt === undefined ? [] : [`Closed at ${closedAt}.`]),
    ...(last
      ? [
          `${count} refused; last: ${plain(last.command)} by ${plain(last.by)}: ${plain(last.reason)}`,
        ]
      : []),
  ].join('\n\n');
}
