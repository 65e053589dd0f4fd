/** How the built-in providers behave, by what they are given: the whole of it, for tests and for people who try. */

/** What a payment token leads to. Everything else is declined as unknown. */
export interface TokenBehaviour {
  /** For people. */
  readonly what: string;
  /** Declined, with this reason. */
  readonly declined?: string;
  /** Each authorisation takes so many milliseconds. */
  readonly slowMs?: number;
  /** So many first authorisations fail without any effect. */
  readonly failures?: number;
  /** The replies of so many first captures are lost, although they have taken the money. */
  readonly lostReplies?: number;
  /** So many first refunds fail without any effect. */
  readonly failedRefunds?: number;
}

const ALWAYS = Number.MAX_SAFE_INTEGER;

/** By token. The table in docs/operations.md is this one. */
export const TOKENS: Readonly<Record<string, TokenBehaviour>> = {
  tok_visa: { what: 'works' },
  tok_declined: {
    what: 'is declined: the card was refused',
    declined: 'The card was refused.',
  },
  tok_insufficient_funds: {
    what: 'is declined: not enough money',
    declined: 'There is not enough money on the card.',
  },
  tok_slow: { what: 'works, after two seconds', slowMs: 2_000 },
  tok_flaky: { what: 'fails twice without effect, then works', failures: 2 },
  tok_down: { what: 'never works, and has no effect: the provider is away', failures: ALWAYS },
  tok_lost: { what: 'takes the money, but the first reply is lost', lostReplies: 1 },
  tok_lost_always: { what: 'takes the money, but every reply is lost', lostReplies: ALWAYS },
  tok_refund_fails: { what: 'works; the first two refunds fail', failedRefunds: 2 },
  tok_refund_never: { what: 'works; no refund ever does', failedRefunds: ALWAYS },
};

/** What a word in an address leads to. */
export interface AddressBehaviour {
  /** For people. */
  readonly what: string;
  /** Refused, with this reason. */
  readonly refused?: string;
  /** Each booking takes so many milliseconds. */
  readonly slowMs?: number;
  /** So many first bookings fail without any effect. */
  readonly failures?: number;
  /** The replies of so many first bookings are lost, although they are made. */
  readonly lostReplies?: number;
  /** So many first cancellations fail without any effect. */
  readonly failedCancellations?: number;
  /** A booked parcel cannot be cancelled, for this reason. */
  readonly collected?: string;
}

/** By word; the first that the address contains, in whatever letters, counts. Everything else is delivered. */
export const ADDRESSES: Readonly<Record<string, AddressBehaviour>> = {
  Atlantis: { what: 'is refused: there is no such place', refused: 'There is no such place.' },
  Slowtown: { what: 'works, after two seconds', slowMs: 2_000 },
  Flakyville: { what: 'fails twice without effect, then works', failures: 2 },
  Downtown: { what: 'never works, and has no effect: the carrier is away', failures: ALWAYS },
  Lostford: { what: 'is booked, but the first reply is lost', lostReplies: 1 },
  Lostend: { what: 'is booked, but every reply is lost', lostReplies: ALWAYS },
  Stickyham: { what: 'works; the first two cancellations fail', failedCancellations: 2 },
  Stuckham: { what: 'works; no cancellation ever does', failedCancellations: ALWAYS },
  Hastings: {
    what: 'is collected at once, so that it cannot be cancelled',
    collected: 'The parcel was collected already.',
  },
};

/** How a parcel to this address fares. */
export function behaviourAt(address: string): AddressBehaviour {
  const there = address.toLowerCase();
  const found = Object.entries(ADDRESSES).find(([word]) => there.includes(word.toLowerCase()));
  return found?.[1] ?? { what: 'works' };
}
