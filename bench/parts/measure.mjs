/** Numbers: CPU time of processes, percentiles, medians. */
import { readFileSync } from 'node:fs';

/** User and system time in ms of a process, from /proc: in ticks of 10 ms. For processes that are not ours to ask. */
export function cpuOfPid(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(') ') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

export function percentile(values, share) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** `{ n, p50, p99 }` of some latencies in ms. */
export function summary(values) {
  return {
    n: values.length,
    p50: round(percentile(values, 0.5)),
    p99: round(percentile(values, 0.99)),
  };
}

export function round(value, digits = 2) {
  return Number(value.toFixed(digits));
}

/** Runs `n` tasks, `concurrency` at a time. */
export async function inParallel(n, concurrency, task) {
  let next = 0;
  const lane = async () => {
    while (next < n) await task(next++);
  };
  await Promise.all(Array.from({ length: Math.min(n, concurrency) }, lane));
}

/** Runs `call` and puts the milliseconds it took into `into`. */
export async function timed(into, call) {
  const began = performance.now();
  const value = await call();
  into.push(performance.now() - began);
  return value;
}
