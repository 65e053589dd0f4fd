/** Many calls, a few at a time. */

/** Like `Promise.all` over `items`, but with at most `width` of them under way. */
export async function mapSome<T, R>(
  items: readonly T[],
  width: number,
  map: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  for (let from = 0; from < items.length; from += width) {
    results.push(...(await Promise.all(items.slice(from, from + width).map(map))));
  }
  return results;
}
