/** What the settings say of the Durable Functions dialect. */
import { FAITHFUL, type DurableOptions, type DurableSettings } from './contracts/durable.ts';
import { durableFunctions } from './durable-functions.ts';
import { list, oneOf, optional, type Env } from './env.ts';
import { StartupError } from './startup-error.ts';

/** DURABLE_OPTIONS: by their words there, each value and what it means. */
const OPTIONS: Readonly<Record<string, Readonly<Record<string, Partial<DurableOptions>>>>> = {
  duplicate: {
    '500': { duplicate: 500 },
    '409': { duplicate: 409 },
    replace: { duplicate: 'replace' },
  },
  rewind: { '410': { rewind: 410 }, '412': { rewind: 412 } },
  'empty-event': { refused: { emptyEvent: 'refused' }, null: { emptyEvent: 'null' } },
  text: { kept: { text: 'kept' }, unwrapped: { text: 'unwrapped' } },
};

/**
 * DURABLE_FUNCTIONS, DURABLE_OPTIONS and GET_COMPAT. `taskQueue`: ours.
 * @throws StartupError that says what is wrong, and what would be right
 */
export function durableSettings(env: Env, taskQueue: string): DurableSettings {
  return Object.freeze({
    functions: durableFunctions(optional(env, 'DURABLE_FUNCTIONS'), taskQueue),
    options: Object.freeze(durableOptions(list(env, 'DURABLE_OPTIONS'))),
    getCompat: oneOf(env, 'GET_COMPAT', ['on', 'off'], 'on') === 'on',
  });
}

/** Such as `duplicate=409` and `rewind=412`; where the same stands twice, the last one counts. */
export function durableOptions(settings: readonly string[]): DurableOptions {
  return Object.assign({}, FAITHFUL, ...settings.map(meaningOf)) as DurableOptions;
}

function meaningOf(setting: string): Partial<DurableOptions> {
  const [, name = '', value = ''] = /^([^=]*?)\s*=\s*([^=]*)$/.exec(setting) ?? [];
  const values = Object.hasOwn(OPTIONS, name) ? (OPTIONS[name] ?? {}) : undefined;
  const meant = values && Object.hasOwn(values, value) ? values[value] : undefined;
  if (meant) return meant;
  const right = values
    ? `${name} is one of ${Object.keys(values).join(', ')}`
    : `there are ${Object.keys(OPTIONS).join(', ')}, such as duplicate=409`;
  throw new StartupError(`DURABLE_OPTIONS has "${setting}"; ${right}`);
}
