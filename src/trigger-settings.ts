/** TRIGGERS: which events start or signal what. */
import { readFileSync } from 'node:fs';
import { parseTemplate } from './api/triggers/template.ts';
import { functionNamed, isReservedEvent, type DurableFunctions } from './contracts/durable.ts';
import type { JsonSchema } from './contracts/documents/definition.ts';
import type { FieldError } from './contracts/failures.ts';
import { LIMITS } from './contracts/limits.ts';
import type { Template, Trigger } from './contracts/triggers.ts';
import { inOrder, placed, remarkLines, type Remark } from './data-files/remarks.ts';
import { readSource } from './data-files/source.ts';
import { worded } from './data-files/wording.ts';
import { StartupError } from './startup-error.ts';
import { schemaErrors, unfitPlaces } from './workflows/shared/json.ts';

const text = (what: string, maxLength = 1_000): JsonSchema => ({
  type: 'string',
  minLength: 1,
  maxLength,
  'x-expected': `must be ${what}`,
});
const PATTERN = 'a text that an event has there, or the beginning of it and a *';

const SHAPE: JsonSchema = {
  type: 'array',
  minItems: 1,
  maxItems: 1_000,
  'x-expected': 'must be a list of 1 to 1000 triggers',
  items: {
    type: 'object',
    properties: {
      type: text(PATTERN),
      source: text(PATTERN),
      subject: text(PATTERN),
      start: text('the name of a function'),
      id: text('the id of the new instance, such as order-{data.orderId}'),
      signal: text('the name of a signal', LIMITS.eventName),
      instance: text('the id of an instance, such as {subject}'),
      input: { enum: ['data', 'event'], 'x-expected': 'must be data or event' },
    },
    required: ['type'],
    additionalProperties: false,
    'x-expected': 'must be an object with type and either start or signal',
  },
};

type Draft = {
  readonly [name in 'source' | 'subject' | 'start' | 'id' | 'signal' | 'instance']?: string;
} & { readonly type: string; readonly input?: 'data' | 'event' };

/**
 * The triggers of the setting: a list as YAML or JSON, or the path of a file of one. Without the setting none.
 * @throws StartupError with each wrong place as `file:line: pointer reason`, or because the file cannot be read
 */
export function loadTriggers(
  setting: string | undefined,
  functions: DurableFunctions,
): readonly Trigger[] {
  if (setting === undefined) return [];
  const inline = /^\s*[[{-]/.test(setting);
  const name = inline ? 'TRIGGERS' : setting;
  const source = readSource(inline ? setting : textOf(setting));
  const fail = (remarks: readonly Remark[]): never => {
    throw new StartupError(remarkLines(name, inOrder(remarks)).join('\n'));
  };
  if ('errors' in source) return fail(source.errors);
  const { value } = source;
  const unfit = unfitPlaces(value);
  const errors = unfit.length > 0 ? unfit : worded(SHAPE, schemaErrors(SHAPE, value));
  if (errors.length > 0) return fail(placed(source, errors));
  const parsed = (value as readonly Draft[]).map((draft, i) =>
    triggerOf(draft, `/${i}`, functions),
  );
  const wrong = parsed.flatMap((one) => ('wrong' in one ? one.wrong : []));
  if (wrong.length > 0) return fail(placed(source, wrong));
  return parsed.flatMap((one) => ('trigger' in one ? one.trigger : []));
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new StartupError(
      `TRIGGERS is "${path}", which is no file that can be read (${(error as Error).message}) and no list such as [{"type": "order.placed", "start": "Hello"}]`,
    );
  }
}

function triggerOf(
  { start, id, signal, instance, input = 'data', ...when }: Draft,
  at: string,
  functions: DurableFunctions,
): { readonly trigger: Trigger } | { readonly wrong: readonly FieldError[] } {
  const wrong: FieldError[] = [];
  const tell = (place: string, detail: string): void =>
    void wrong.push({ pointer: `${at}${place}`, detail });
  const template = (place: string, written: string | undefined): Template | undefined => {
    if (written === undefined) return undefined;
    const parsed = parseTemplate(written);
    if ('template' in parsed) return parsed.template;
    tell(`/${place}`, parsed.wrong);
    return undefined;
  };
  const [idTemplate, instanceTemplate] = [template('id', id), template('instance', instance)];
  if ((start === undefined) === (signal === undefined)) tell('', 'needs either start or signal');
  else if (start !== undefined && instance !== undefined)
    tell('/instance', 'goes with signal; what is started has an id');
  else if (signal !== undefined && id !== undefined)
    tell('/id', 'goes with start; what is signalled is an instance');
  else if (signal !== undefined && instance === undefined) tell('/instance', 'is required');
  const found = start === undefined ? undefined : functionNamed(functions, start);
  if (start !== undefined && !found)
    tell('/start', `must be one of the functions: ${[...functions.keys()].join(', ')}`);
  if (signal !== undefined && isReservedEvent(signal))
    tell('/signal', 'is a name that Temporal or the service keeps for itself');
  if (wrong.length > 0) return { wrong };
  if (found) {
    const { name, ...target } = found;
    const does = { start: name, target, ...(idTemplate ? { id: idTemplate } : {}) };
    return { trigger: { ...when, input, does } };
  }
  const does = { signal: signal ?? '', instance: instanceTemplate ?? [] };
  return { trigger: { ...when, input, does } };
}
