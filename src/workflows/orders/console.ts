/** How an order shows itself in Temporal: search attributes, and Markdown for the Web UI. Pure. */
import type { SearchAttributePair, SearchAttributeUpdatePair } from '@temporalio/common';
import { moneyOf } from '../../contracts/money.ts';
import { isOpenOrder } from '../../contracts/orders/types.ts';
import {
  DossierCreatedAt,
  DossierDueAt,
  DossierKind,
  DossierNeedsAttention,
  DossierOwner,
  DossierState,
  DossierWaitingFor,
  searchText,
  waitingKeywords,
} from '../../contracts/search-attributes.ts';
import { plain } from '../shared/markdown.ts';
import type { RefusedView } from '../shared/reception.ts';
import type { OrderState } from './state.ts';
import type { Step } from './step-state.ts';
import { orderSummary } from './view.ts';

/** All of them; `null` where the order has nothing to say. */
export function orderAttributes(order: OrderState): SearchAttributeUpdatePair[] {
  const { state, owner, waitingFor, dueAt, needsAttention, createdAt } = orderSummary(order);
  return [
    { key: DossierKind, value: 'order' },
    { key: DossierState, value: state },
    { key: DossierOwner, value: searchText(owner) },
    { key: DossierWaitingFor, value: waitingFor.length === 0 ? null : waitingKeywords(waitingFor) },
    { key: DossierCreatedAt, value: new Date(createdAt) },
    { key: DossierDueAt, value: dueAt === undefined ? null : new Date(dueAt) },
    { key: DossierNeedsAttention, value: needsAttention ? true : null },
  ];
}

/** Those that have a value, as a start takes them. */
export function setOrderAttributes(order: OrderState): SearchAttributePair[] {
  return orderAttributes(order).filter(({ value }) => value !== null) as SearchAttributePair[];
}

/** One line for the Temporal Web UI, which shows it as Markdown. At most 200 characters. */
export function orderHeadline({ lines, totalMinor, terms }: OrderState): string {
  const pieces = lines.reduce((sum, { quantity }) => sum + quantity, 0);
  const total = moneyOf(totalMinor, terms.currency);
  return plain(`Order: ${pieces} ${pieces === 1 ? 'piece' : 'pieces'}, ${total}`).slice(0, 200);
}

/** Markdown for the Temporal Web UI: what was done when, never who the customer is. */
export function orderDetails(order: OrderState, { count, last }: RefusedView): string {
  const { customStatus, state, dueAt } = orderSummary(order);
  const { closedAt, approval } = order;
  return [
    `**${plain(customStatus)}** (${state})`,
    ...(isOpenOrder(state) ? [] : [`Closed at ${closedAt}.`]),
    ...(dueAt === undefined ? [] : [`Waits for stock until ${dueAt}.`]),
    ...(approval ? [`Approval ${plain(approval.id)}`] : []),
    order.steps.map(stepLine).join('\n'),
    ...(last
      ? [
          `${count} refused; last: ${plain(last.command)} by ${plain(last.by)}: ${plain(last.reason)}`,
        ]
      : []),
  ].join('\n\n');
}

function stepLine({ name, state, attempts, startedAt, endedAt, reason, undo }: Step): string {
  const times = endedAt === undefined ? `since ${startedAt}` : `at ${endedAt}`;
  const tried = attempts === 1 ? '' : `, ${attempts} times`;
  const why = reason === undefined ? '' : `: ${plain(reason)}`;
  const again = undo?.retryAt === undefined ? '' : `, again at ${undo.retryAt}`;
  return `- ${name}: ${state} ${times}${tried}${why}${again}`;
}
