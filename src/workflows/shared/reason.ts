import { LIMITS } from '../../contracts/limits.ts';

/** The reason alone, to be spread into what carries one. */
export function reasonOf(from: { readonly reason?: string }): { reason?: string } {
  return from.reason === undefined ? {} : { reason: from.reason };
}

/** Likewise, of a termination by Durable Functions: a text of any length, or nothing. */
export function reasonIn(payload: unknown): { reason?: string } {
  const given = typeof payload === 'string' ? payload : '';
  const text = given.slice(0, LIMITS.reason).toWellFormed().replaceAll('\0', '');
  return text === '' ? {} : { reason: text };
}
