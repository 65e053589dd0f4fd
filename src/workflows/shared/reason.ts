/** The reason alone, to be spread into what carries one. */
export function reasonOf(from: { readonly reason?: string }): { reason?: string } {
  return from.reason === undefined ? {} : { reason: from.reason };
}
