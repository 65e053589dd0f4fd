/** What can be sent to the workflow of an order. Senders give one argument; the caller comes from the headers. */
import { defineQuery, defineUpdate } from '@temporalio/workflow';
import { DURABLE_SIGNALS } from '../../contracts/durable.ts';
import type { RefusedCommand } from '../../contracts/documents/events.ts';
import { refuse, type Result } from '../../contracts/failures.ts';
import {
  ORDER_COMMAND_KINDS,
  ORDER_SHAPES,
  PROCEED,
  type OrderCommand,
  type OrderCommandKind,
} from '../../contracts/orders/commands.ts';
import type { OrderStatus } from '../../contracts/orders/types.ts';
import type { Caller } from '../shared/caller.ts';
import { parseKind } from '../shared/commands.ts';
import { reasonIn } from '../shared/reason.ts';
import { checkSound } from '../shared/sound.ts';
import { isUndecodable } from '../shared/undecodable.ts';
import type { OrderState } from './state.ts';
import type { OrderStanding, OrderView } from './view.ts';

/** The name of the update, and of the signal that carries the same argument. */
export const ORDER_COMMAND = 'command';

/** The update that carries every command: an update, because the caller deserves to know whether it was accepted. */
export const orderUpdate = defineUpdate<OrderResult, [command: unknown, caller?: Caller]>(
  ORDER_COMMAND,
);
/** Where the order stands; small, and always fresh. */
export const orderStatusQuery = defineQuery<OrderStanding>('status');
/** The whole state with its history, and what was refused; undefined while one started by the CLI is still being checked. */
export const orderQuery = defineQuery<OrderKept | undefined>('order');

/** An order, and what was not carried out of what was sent to it. */
export interface OrderKept {
  readonly order: OrderState;
  /** The last ones, oldest first, and how many there were in all. */
  readonly refused: readonly RefusedCommand[];
  readonly refusedCount: number;
}

/** What an accepted command answers; at most 4 KiB, because it stays in the history for ever. */
export interface OrderResult {
  /** False when the command changed nothing, because all was so already. */
  readonly changed: boolean;
  readonly state: OrderStatus;
  /** This and `allowed` are left out when they would make the result too large. */
  readonly order?: OrderView;
  /** What this caller can do next. */
  readonly allowed?: readonly OrderCommandKind[];
}

/** What it commands, else `malformed-json`, `too-large` or `invalid-request` with every wrong place. */
export function parseOrderCommand(raw: unknown): Result<OrderCommand> {
  const sound = checkSound(raw);
  return sound.ok ? parseKind<OrderCommand>(raw, ORDER_COMMAND_KINDS, ORDER_SHAPES) : sound;
}

/** What an event commands: `Proceed` whatever it carries, `command` any command, anything else is `unknown-event`. */
export function orderCommandOf(name: string, payload: unknown): Result<OrderCommand> {
  if (isUndecodable(payload) || name === ORDER_COMMAND) return parseOrderCommand(payload);
  if (name === PROCEED) return parseOrderCommand({ kind: 'proceed' });
  if (name === DURABLE_SIGNALS.terminate)
    return parseOrderCommand({ kind: 'cancel', ...reasonIn(payload) });
  return refuse('unknown-event', `An order knows the events ${PROCEED} and ${ORDER_COMMAND}.`);
}
