/**
 * What stands in the place of a payload that could not be decoded.
 *
 * An exception in a payload converter fails the workflow task for ever (temporalio/sdk-typescript#1174), so one garbage
 * signal would wedge a document. Our converter returns one of these instead; it reaches the handler, and the handler
 * refuses it like any other bad input.
 */
export class Undecodable {
  /** Why; for people. */
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason.slice(0, 500);
  }
}

export function isUndecodable(value: unknown): value is Undecodable {
  return value instanceof Undecodable;
}
