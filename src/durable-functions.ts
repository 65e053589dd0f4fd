/** DURABLE_FUNCTIONS: which orchestrator functions there are besides ours. */
import { readFileSync } from 'node:fs';
import type { DurableFunction, DurableFunctions } from './contracts/durable.ts';
import { listIn } from './env.ts';
import { readSource } from './data-files/source.ts';
import { StartupError } from './startup-error.ts';
import { isJsonObject } from './workflows/shared/json.ts';

/** Workflow types of our own that take an orchestrator's bare input. */
const OURS = [
  'StartWorkflow',
  'PlaceOrder',
  'Workflow',
  'OrchFunction',
  'ApprovalTexts',
  'ReminderLoop',
  'QuoteWithTimeout',
  'Hello',
  'Chain',
  'FanOutFanIn',
  'Monitor',
];

const EXAMPLE = 'such as Hello=Hello@their-queue';

/**
 * Ours, on `taskQueue`, and those of DURABLE_FUNCTIONS: `Name=WorkflowType@task-queue`, several with commas between, or
 * the path of a YAML or JSON file of them, `Name: WorkflowType@task-queue`. Of the same name, the setting's counts.
 * Without `@task-queue` it is ours.
 * @throws StartupError that says which entry is wrong, or why the file cannot be read
 */
export function durableFunctions(setting: string | undefined, taskQueue: string): DurableFunctions {
  const ours = OURS.map((name) => [name, { workflowType: name, taskQueue }] as const);
  const theirs = entriesOf(setting).map(([name, target]): [string, DurableFunction] => {
    const [, workflowType, queue = taskQueue] = /^([^@]+)(?:@(.+))?$/.exec(target) ?? [];
    if (name === '' || workflowType === undefined || /[/\\#?\p{Cc}]/u.test(name))
      throw new StartupError(`DURABLE_FUNCTIONS has "${name}=${target}"; write one ${EXAMPLE}`);
    return [name, { workflowType: workflowType.trim(), taskQueue: queue.trim() }];
  });
  return new Map([...ours, ...theirs]);
}

function entriesOf(setting: string | undefined): (readonly [name: string, target: string])[] {
  if (setting === undefined) return [];
  if (!setting.includes('=')) return entriesOfFile(setting);
  return listIn(setting).map((one) => {
    const [, name = '', target = ''] = /^([^=]*)=(.*)$/.exec(one) ?? ['', one, ''];
    return [name.trim(), target.trim()] as const;
  });
}

function entriesOfFile(path: string): (readonly [string, string])[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new StartupError(
      `DURABLE_FUNCTIONS is "${path}", which is no file that can be read (${(error as Error).message}) and no list ${EXAMPLE}`,
    );
  }
  const source = readSource(text);
  const value = 'errors' in source ? undefined : source.value;
  if (!isJsonObject(value) || Object.values(value).some((one) => typeof one !== 'string'))
    throw new StartupError(
      `${path} must have a line for each function, such as Hello: Hello@their-queue`,
    );
  return Object.entries(value as Record<string, string>);
}
