/** What happens to waits. */
import type { Stamp } from '../documents/events.ts';
import type { Json } from '../json.ts';
import type { Who } from '../people.ts';
import type { OnTimeout, WaitMode, WaitStatus } from './types.ts';

export type WaitFact =
  | {
      readonly kind: 'started';
      readonly owner: string;
      readonly events: readonly string[];
      readonly mode: WaitMode;
      readonly data: Json;
      readonly senders: readonly Who[];
      readonly onTimeout: OnTimeout;
      readonly dueAt?: string;
      readonly webhook?: string;
    }
  /** `event`: as the wait names it. */
  | { readonly kind: 'received'; readonly event: string; readonly data: Json }
  | { readonly kind: 'stopped'; readonly data: Json }
  | {
      readonly kind: 'closed';
      readonly state: WaitStatus;
      /** The deadline has ended it. */
      readonly timedOut?: true;
      readonly reason?: string;
    };

export type WaitEvent = Stamp & {
  /** 1, 2, 3 ... without gaps; also the version after it. */
  readonly sequence: number;
} & WaitFact;
