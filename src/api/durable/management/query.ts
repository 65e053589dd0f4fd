/** The query of a management call, read as .NET reads it: what cannot be read is as if it were not there. Pure. */

/**
 * Names count in any case; a repeated one is joined by commas. `+` is a space, and an escape that is none stays as it is.
 * Nothing here is ever an error, as in the contract: a time without its zone, or with an unencoded `+`, is dropped.
 */
export class DurableQuery {
  readonly #values = new Map<string, string[]>();

  /** `search`: what stands behind the `?`, undecoded. */
  constructor(search: string) {
    for (const [name, value] of new URLSearchParams(search)) {
      const key = name.toLowerCase();
      const values = this.#values.get(key);
      if (values) values.push(value);
      else this.#values.set(key, [value]);
    }
  }

  /** Undefined when it is absent, and when it is empty. */
  text(name: string): string | undefined {
    return this.#values.get(name.toLowerCase())?.join(',') || undefined;
  }

  /** `true` and `false` in any case. */
  flag(name: string): boolean | undefined {
    const value = this.text(name)?.trim().toLowerCase();
    return value === 'true' ? true : value === 'false' ? false : undefined;
  }

  /** A whole number from 1 up. */
  count(name: string): number | undefined {
    const value = this.text(name)?.trim() ?? '';
    const number = Number(value);
    return /^\+?\d{1,9}$/.test(value) && number > 0 ? number : undefined;
  }

  /** Seconds, with decimals or without; none below zero. In milliseconds. */
  seconds(name: string): number | undefined {
    const value = this.text(name)?.trim() ?? '';
    return /^\d{1,7}(\.\d{1,9})?$/.test(value) ? Math.round(Number(value) * 1000) : undefined;
  }

  /** An ISO 8601 instant, as one in UTC; without a zone it is taken for UTC, a day for its midnight. */
  instant(name: string): string | undefined {
    const value = this.text(name)?.trim() ?? '';
    const [, day, time = 'T00:00:00', zone = 'Z'] = INSTANT.exec(value) ?? [];
    if (day === undefined) return undefined;
    // .NET writes seven digits of a second, JavaScript reads three.
    const instant = new Date(
      `${day}${time.replace(' ', 'T').replace(/(\.\d{3})\d+$/, '$1')}${zone}`,
    );
    return Number.isNaN(instant.getTime()) ? undefined : instant.toISOString();
  }

  /** What stands between commas, of all occurrences. */
  list(name: string): string[] {
    const all = this.text(name)?.split(',') ?? [];
    return all.map((one) => one.trim()).filter((one) => one !== '');
  }
}

const INSTANT =
  /^(\d{4}-\d{2}-\d{2})([T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,7})?)?)?(Z|[+-]\d{2}:\d{2})?$/;
