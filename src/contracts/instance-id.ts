/** Ids of instances: workflow ids, under the rules of Durable Functions. Pure. */

/** Characters of an id, as Durable Functions has it; and bytes, because Temporal takes no more. */
const LONGEST = 256;
const MOST_BYTES = 1_000;

/** Why there cannot be an instance of this id; undefined when there can. */
export function instanceIdProblem(id: string): string | undefined {
  if (id.length > LONGEST) return `Instance IDs must not exceed ${LONGEST} characters.`;
  if (new TextEncoder().encode(id).length > MOST_BYTES)
    return `Instance IDs must not exceed ${MOST_BYTES} bytes.`;
  if (id.startsWith('@')) return "Instance IDs must not start with '@'.";
  // Lone surrogates are no text that Temporal could keep.
  if (/[/\\#?\p{Cc}]/u.test(id) || !id.isWellFormed())
    return "Instance IDs must not contain '/', '\\', '#', '?' or control characters.";
  return undefined;
}
