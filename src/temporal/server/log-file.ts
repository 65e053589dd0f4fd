import { closeSync, openSync, readSync, statSync } from 'node:fs';

/** The line of its log that tells why: the last error, else the last line there is. */
export function lastMeaningfulLine(log: string): string | undefined {
  const lines = log.split('\n').filter((line) => line.trim() !== '');
  const line =
    lines.findLast((each) => /"level":"(ERROR|FATAL)"/.test(each)) ??
    lines.findLast((each) => /^(error|panic|fatal)\b/i.test(each)) ??
    lines.at(-1);
  try {
    const { msg, error } = JSON.parse(line ?? '') as Record<string, unknown>;
    return [msg, error].filter((part) => typeof part === 'string').join(': ');
  } catch {
    return line;
  }
}

/** What stands in the file from byte `start` on. */
export function readFrom(file: string, start: number): string {
  const fd = openSync(file, 'r');
  try {
    const bytes = Buffer.alloc(Math.max(0, sizeOf(file) - start));
    return bytes.toString('utf8', 0, readSync(fd, bytes, 0, bytes.length, start));
  } finally {
    closeSync(fd);
  }
}

/** Bytes; 0 when there is no such file. */
export function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
