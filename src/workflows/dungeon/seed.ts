/**
 * Chance that can be repeated: whatever is drawn follows from a text. Pure. Worlds and fights of games that go on depend on
 * every number that comes out here, so none may ever change.
 */

/** The next number, at least 0 and below 1. */
export type Random = () => number;

/** The numbers that follow from the text: mulberry32, begun with a hash of it. */
export function randomOf(text: string): Random {
  let state = hash(text);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

/** FNV-1a of the UTF-16 units, mixed once more so that texts that differ in their last letter begin far apart. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1)
    value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return value ^ (value >>> 16);
}

/** One of the items, each as likely as the others. */
export function pick<T>(random: Random, items: readonly T[]): T {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error('there is nothing to pick from');
  return item;
}

/** The items in an order in which each is as likely as the others. */
export function shuffled<T>(random: Random, items: readonly T[]): T[] {
  const rest = [...items];
  return items.map(() => {
    const [item] = rest.splice(Math.floor(random() * rest.length), 1);
    return item as T;
  });
}

/** What the die of so many sides shows when it is thrown for the `count`th time in the game with this seed. */
export function thrown(seed: string, count: number, sides: number): number {
  return 1 + Math.floor(randomOf(`${seed}/throw/${count}`)() * sides);
}
