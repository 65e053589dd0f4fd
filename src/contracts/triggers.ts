/** Messages that start or signal something: what a message is, which of them do what, and what one has led to. */
import type { DurableFunction } from './durable.ts';
import type { Json, JsonObject } from './json.ts';

/** An attribute of an event: a text, a truth or a whole number of 32 bits. */
export type Attribute = string | boolean | number;

/** An event of CloudEvents 1.0, however it has arrived. Source and id together tell it from all others. */
export interface CloudEvent {
  readonly attributes: {
    readonly specversion: '1.0';
    readonly id: string;
    readonly source: string;
    readonly type: string;
    readonly [name: string]: Attribute;
  };
  /** JSON, or a text; of anything else its bytes in base64. Undefined when there is none. */
  readonly data: Json | undefined;
  /** Whether `data` is base64 of bytes. */
  readonly isBase64: boolean;
}

/** The event in CloudEvents' own JSON format. */
export function eventJson({ attributes, data, isBase64 }: CloudEvent): JsonObject {
  if (data === undefined) return attributes;
  return { ...attributes, [isBase64 ? 'data_base64' : 'data']: data };
}

/** A text with places in it: each part is a text, or the path of what stands there, such as `['data', 'orderId']`. */
export type Template = readonly (string | readonly string[])[];

/** What the settings say of events. The first one that fits an event counts. */
export interface Trigger {
  /** Of these, each that is given must fit: exactly, or where it ends with `*`, with what stands before that. */
  readonly type: string;
  readonly source?: string;
  readonly subject?: string;
  /** What the function or the signal gets: the data alone, or the whole event. Default the data. */
  readonly input: 'data' | 'event';
  readonly does:
    | {
        readonly start: string;
        readonly target: DurableFunction;
        /** Without it the id is made of the event's source and id. */
        readonly id?: Template;
      }
    | { readonly signal: string; readonly instance: Template };
}

/** What the gateway is told of triggers. */
export interface TriggerSettings {
  /** None: nothing is triggered. */
  readonly triggers: readonly Trigger[];
  /** The watched folder; absolute. Undefined when there is none. */
  readonly folder: string | undefined;
  /** Milliseconds for which a settled message is remembered. */
  readonly retentionMs: number;
}

/** What one message leads to, decided when it came first. Complete: whoever carries it out needs no settings. */
export type Effect =
  | ({
      readonly kind: 'start';
      readonly name: string;
      readonly workflowId: string;
    } & DurableFunction)
  | {
      readonly kind: 'signal';
      readonly name: string;
      readonly workflowId: string;
      /** The task queues of the instances that may get it. */
      readonly taskQueues: readonly string[];
    };
