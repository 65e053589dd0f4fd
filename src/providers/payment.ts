/** A port: who takes money from cards. */

/** One charge. Whatever is asked for under one key is about the same charge, however often it is asked. */
export interface Charge {
  /** Ours; at most one charge is ever made under it. */
  readonly key: string;
  readonly amountMinor: number;
  readonly currency: string;
  /** What the provider has given the shop for the customer's card. */
  readonly token: string;
}

/** Refused by the provider, for good: asking again under this key gives the same. */
export interface Declined {
  /** For the customer. */
  readonly declined: string;
}

export interface Authorised {
  /** The provider's name for the charge. */
  readonly reference: string;
}

/**
 * All of it by the charge's key, each as often as one likes with one effect. Every call ends within ten seconds, or when
 * the signal says so.
 * @throws ProviderUnavailable, ProviderMisconfigured
 */
export interface PaymentProvider {
  /** Whether calls leave this machine. */
  readonly remote: boolean;
  /** Sets the money aside. */
  authorise(charge: Charge, signal: AbortSignal): Promise<Authorised | Declined>;
  /** Takes what was set aside. */
  capture(charge: Charge & Authorised, signal: AbortSignal): Promise<Authorised | Declined>;
  /**
   * Gives back whatever was taken or set aside. Nothing may be taken under the key any more, also when it was never heard
   * of: a charge that is still on its way must be declined when it arrives.
   */
  refund(charge: Pick<Charge, 'key'>, signal: AbortSignal): Promise<void>;
}

/** It did not answer, or asked to come again. The call may have had its effect. */
export class ProviderUnavailable extends Error {}

/** It answers what it never should: a setting is wrong, or it is not what we take it for. Another try gives the same. */
export class ProviderMisconfigured extends Error {}
