/**
 * A start that cannot go on, for a reason that a person can do something about.
 *
 * `message` is what this person gets to see, one clear line (for a document type one for each mistake): what is wrong,
 * with which setting, and what to do. Whoever catches it prints that line and exits with a failure code, without the stack.
 * Everything else that is thrown during a start is a bug of ours and keeps its stack.
 */
export class StartupError extends Error {
  override readonly name = 'StartupError';
}
