/** Brings dist/ up to date; see build.mjs. */
export function build(options?: { log?: (line: string) => void }): Promise<void>;
