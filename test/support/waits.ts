/** Waits as tests of the rules make them; and a model of them that knows nothing of how ours are written. */
import * as fc from 'fast-check';
import type { Call } from '../../src/contracts/caller.ts';
import type { WaitRequest } from '../../src/contracts/waits/types.ts';
import { decideWait, hearWait } from '../../src/workflows/waits/decide.ts';
import { startedWait, parseWaitRequest } from '../../src/workflows/waits/request.ts';
import { evolveWait, type WaitRecord } from '../../src/workflows/waits/state.ts';
import { callOf, owner, time, value } from './rules.ts';

export const KEY = { name: 'shipment', key: '4711' };

export function waitFor(request: WaitRequest = {}, actor = owner): WaitRecord {
  return startedWait(KEY, value(parseWaitRequest(request, KEY, time())), callOf(actor));
}

/** What the world does to a wait, `after` so many seconds. */
export type Step =
  | { readonly kind: 'event'; readonly event: string; readonly after: number }
  | { readonly kind: 'stop'; readonly after: number }
  /** The clock strikes, if it is time. */
  | { readonly kind: 'tick'; readonly after: number };

export interface Plan {
  readonly request: WaitRequest;
  readonly steps: readonly Step[];
}

const NAMES = ['A', 'B', 'C', 'D'];
const EVENTS = fc.uniqueArray(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 4 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('event' as const),
      event: fc.constantFrom(...NAMES, 'E'),
      after: fc.nat(3),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('tick' as const), after: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('stop' as const), after: fc.nat(3) }) },
);

/** Any combination of events, mode, deadline and what it makes of it; and anything that happens. */
export const plan: fc.Arbitrary<Plan> = EVENTS.chain((events) =>
  fc.record({
    request: fc.record(
      {
        events: fc.constant(events),
        mode: fc.oneof(
          fc.constantFrom('any' as const, 'all' as const),
          fc.integer({ min: 1, max: events.length }),
        ),
        timeout: fc.integer({ min: 1, max: 12 }).map((seconds) => `${seconds}s`),
        onTimeout: fc.constantFrom('expire' as const, 'complete' as const),
      },
      { requiredKeys: ['events'] },
    ),
    steps: fc.array(step, { maxLength: 12 }),
  }),
);

export interface Ending {
  readonly state: string;
  readonly timedOut: boolean;
  readonly came: readonly string[];
  /** The steps that were refused, by their place. */
  readonly refused: readonly number[];
}

/** The reference: `Promise.any` and `Promise.all` over a list, written down as sets and counts. */
export function reference({ request, steps }: Plan): Ending {
  const { events = [], mode = 'any', timeout, onTimeout = 'expire' } = request;
  const need = mode === 'any' ? 1 : mode === 'all' ? events.length : mode;
  const due = timeout === undefined ? Infinity : Number.parseInt(timeout, 10);
  const came: string[] = [];
  const refused: number[] = [];
  let state = 'waiting';
  let timedOut = false;
  let now = 0;
  for (const [place, one] of steps.entries()) {
    now += one.after;
    const over = state !== 'waiting';
    if (one.kind === 'tick') {
      if (over || now < due) continue;
      timedOut = true;
      state = onTimeout === 'complete' ? 'completed' : 'expired';
    } else if (over) refused.push(place);
    else if (one.kind === 'stop') state = 'stopped';
    else if (!events.includes(one.event) || came.includes(one.event)) refused.push(place);
    else if (came.push(one.event) === need) state = 'completed';
  }
  return { state, timedOut, came, refused };
}

/** The same by our rules. */
export function played({ request, steps }: Plan): Ending & { readonly record: WaitRecord } {
  let record = waitFor(request);
  const refused: number[] = [];
  let now = 0;
  for (const [place, one] of steps.entries()) {
    now += one.after;
    const call: Call = callOf(owner, now * 1000);
    if (one.kind === 'tick') {
      record = hearWait(record, one, call).reduce(evolveWait, record);
      continue;
    }
    const { after: _after, ...command } = one;
    const result = decideWait(record, { ...command, data: place }, call);
    if (result.ok) record = result.value.reduce(evolveWait, record);
    else refused.push(place);
  }
  const { state, timedOut = false, received } = record;
  return { record, state, timedOut, came: received.map(({ event }) => event), refused };
}
