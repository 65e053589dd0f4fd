/** Reading single settings: each by its name, with an error that names it, what is wrong and what would be right. */
import { resolve } from 'node:path';
import { parseDuration } from './contracts/durations.ts';
import { StartupError } from './startup-error.ts';

/** The environment, or what stands for it. */
export type Env = Readonly<Record<string, string | undefined>>;

/** Set, and not blank. */
export function optional(env: Env, name: string): string | undefined {
  const value = env[name]?.trim();
  return value === '' ? undefined : value;
}

/** The setting, or `otherwise` when it is not set. */
export function text(env: Env, name: string, otherwise: string): string {
  return optional(env, name) ?? otherwise;
}

/** Absolute; a relative one is meant from where we were started. */
export function path(env: Env, name: string): string | undefined {
  const value = optional(env, name);
  return value === undefined ? undefined : resolve(value);
}

/** What stands between commas; without blanks around it, and without what is blank. */
export function list(env: Env, name: string): readonly string[] {
  return listIn(text(env, name, ''));
}

/** The same of a text. */
export function listIn(value: string): readonly string[] {
  return value
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');
}

/** The setting as `check` returns it; undefined when it is not set. */
export function checked<T>(env: Env, name: string, check: (name: string, value: string) => T) {
  const value = optional(env, name);
  return value === undefined ? undefined : check(name, value);
}

/** @throws StartupError that lists what is allowed */
export function oneOf<T extends string>(
  env: Env,
  name: string,
  allowed: readonly T[],
  otherwise: T,
): T {
  const value = text(env, name, otherwise);
  const found = allowed.find((one) => one === value);
  if (found !== undefined) return found;
  throw new StartupError(`${name} is "${value}"; it must be one of ${allowed.join(', ')}`);
}

/** In milliseconds, more than none. @throws StartupError */
export function duration(env: Env, name: string, otherwise: string): number {
  const value = text(env, name, otherwise);
  const ms = parseDuration(value);
  if (ms !== undefined && ms > 0) return ms;
  throw new StartupError(`${name} is "${value}"; it must be a duration such as P30D, PT20S or 20s`);
}

/**
 * The beginning of URLs, without a slash at the end. `example`: one that would be right.
 * @throws StartupError without the value, which may hold a password
 */
export function baseUrl(env: Env, name: string, example: string): string | undefined {
  const value = optional(env, name);
  if (value === undefined) return undefined;
  const url = URL.canParse(value) ? new URL(value) : undefined;
  const plain = url && url.username === '' && url.password === '' && !/[?#]/.test(value);
  if (plain && ['http:', 'https:'].includes(url.protocol)) return url.href.replace(/\/+$/, '');
  throw new StartupError(
    `${name} is not usable; it must be like ${example}, without user, ? and #`,
  );
}

function secret(env: Env, name: string): string | undefined {
  const value = optional(env, name);
  if (value !== undefined) checkSecret(name, value);
  return value;
}

/** @throws StartupError when it is too short to be one */
export function checkSecret(name: string, value: string): void {
  if (value.length >= 16) return;
  throw new StartupError(`${name} is too short; it must have at least 16 characters`);
}

/** Several with commas between. */
export function secrets(env: Env, name: string): readonly string[] {
  const values = text(env, name, '').split(',');
  const all = values.flatMap((value) => secret({ [name]: value }, name) ?? []);
  return Object.freeze(all);
}
