/**
 * `npm run demo`: one onboarding against a running service, step by step, by three people and an approver. Like any
 * client it knows one URL, the home, and from there follows links and forms.
 */
import { loadConfig } from './config.ts';
import { workflowIdOf } from './contracts/ids.ts';
import { StartupError } from './startup-error.ts';

interface Link {
  readonly href: string;
  readonly name?: string;
  readonly templated?: boolean;
}

/** What the demo reads of a HAL resource. */
interface Resource {
  readonly _links: Readonly<Record<string, Link | readonly Link[]>>;
  readonly _templates?: Readonly<
    Record<string, { readonly method: string; readonly target: string }>
  >;
  readonly id?: string;
  readonly name?: string;
  readonly title?: string;
  readonly detail?: string;
  readonly state?: string;
  readonly version?: number;
  readonly customStatus?: string;
  readonly progress?: { readonly done: number; readonly total: number };
  readonly _embedded?: { readonly entries?: readonly Entry[] };
}

/** Of a history. */
interface Entry {
  readonly at: string;
  readonly by: string;
  readonly command: string;
  readonly accepted: boolean;
  readonly reason?: string;
}

interface Answer {
  readonly status: number;
  readonly body: Resource;
}

/** Why the demo cannot go on, for whoever runs it. */
class DemoStopped extends StartupError {}

const STEPS = 8;
let step = 0;

try {
  await walk();
} catch (error) {
  if (!(error instanceof StartupError)) throw error;
  console.error(`dossier: ${error.message}`);
  process.exitCode = 1;
}

async function walk(): Promise<void> {
  const { home, origin, namespace } = await findService();

  begin('Holly of human resources looks for what she can create, and opens an onboarding');
  const form = linksOf(home, 'create-form').find(({ name }) => name === 'employee-onboarding');
  if (!form) throw new DemoStopped('this service has no document type employee-onboarding');
  const type = await follow('holly', 'GET', origin + form.href);
  const created = await submit('holly', origin, type, 'default', {
    type: 'employee-onboarding',
    title: 'Onboarding of Ada Lovelace',
    metadata: { creator: 'Holly', applicationId: 'A-1815' },
  });
  const self = origin + linkOf(created, 'self').href;

  begin('Holly hands in what the interview said');
  await fill('holly', 'InterviewFeedback', { feedback: 'Knows her numbers', isPassed: true });

  begin('Anton, who approves, is too early: no form offers it to him yet, but he tries');
  await refused('anton', `${self}/approve`, { reason: 'I like her' });

  begin('Bruno has checked the background, and mixed up two people');
  await fill('bruno', 'BackgroundCheckFeedback', {
    feedback: 'Wanted in two counties',
    isPassed: false,
  });

  begin('Clara brings the contract: now the document is complete and waits for its approval');
  await fill('clara', 'ContractFeedback', { feedback: 'Signed', isPassed: true });

  begin('Bruno notices, and corrects himself');
  await fill('bruno', 'BackgroundCheckFeedback', {
    feedback: 'Nothing against her',
    isPassed: true,
  });

  begin('Anton reads the document and approves it');
  await submit('anton', origin, await follow('anton', 'GET', self), 'approve', {
    reason: 'Welcome!',
  });

  begin('What remains: who did what, and what was refused');
  const history = origin + linkOf(created, 'history').href;
  const { _embedded } = await follow('holly', 'GET', history);
  for (const entry of _embedded?.entries ?? []) console.log(`      ${lineOf(entry)}`);

  console.log('\nLook at it:');
  console.log(`  the document   ${self}`);
  console.log(`  its history    ${history}`);
  console.log(`  the API        ${origin}${linkOf(home, 'service-doc').href}`);
  const [ui] = linksOf(home, 'temporal-ui');
  if (ui) {
    const workflow = encodeURIComponent(workflowIdOf('document', created.id ?? ''));
    console.log(
      `  its workflow   ${ui.href.replace(/\/$/, '')}/namespaces/${namespace}/workflows/${workflow}`,
    );
  }

  async function fill(user: string, section: string, data: object): Promise<void> {
    const document = (await request(user, 'GET', self)).body;
    await submit(user, origin, document, `fill-${section}`, data);
  }
}

/** The service of the first argument, else the one that the settings tell. */
async function findService(): Promise<{ home: Resource; origin: string; namespace: string }> {
  const { host, port, apiPrefix, temporal } = loadConfig();
  const given = process.argv[2] ?? `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  if (!URL.canParse(given))
    throw new DemoStopped(`${given} is no URL; give one such as http://127.0.0.1:8080`);
  const { origin } = new URL(given);
  const { status, body } = await request('holly', 'GET', origin + apiPrefix);
  if (status !== 200 || typeof body?._links !== 'object') {
    throw new DemoStopped(
      `what answers at ${origin}${apiPrefix} (status ${status}) is not this service`,
    );
  }
  return { home: body, origin, namespace: temporal.namespace };
}

function begin(what: string): void {
  step += 1;
  console.log(`\n${step}/${STEPS} ${what}`);
}

/** Fills in a form that the resource offers, and sends it. */
async function submit(
  user: string,
  origin: string,
  from: Resource,
  form: string,
  data: object,
): Promise<Resource> {
  const template = from._templates?.[form];
  if (!template) throw new DemoStopped(`the service does not offer ${user} the form ${form}`);
  return follow(user, template.method, origin + template.target, data);
}

/** Sends, shows what was sent and what came back, and expects success. */
async function follow(user: string, method: string, url: string, data?: object): Promise<Resource> {
  const { status, body } = await shown(user, method, url, data);
  if (status >= 300)
    throw new DemoStopped(`the demo cannot go on: ${method} ${url} was answered ${status}`);
  return body;
}

/** The same, but for what must be refused. */
async function refused(user: string, url: string, data: object): Promise<void> {
  const { status } = await shown(user, 'POST', url, data);
  if (status < 400)
    throw new DemoStopped(`the demo cannot go on: POST ${url} should have been refused`);
}

async function shown(user: string, method: string, url: string, data?: object): Promise<Answer> {
  console.log(
    `  --> ${user}: ${method} ${new URL(url).pathname}${data ? ` ${JSON.stringify(data)}` : ''}`,
  );
  const answer = await request(user, method, url, data);
  console.log(`  <-- ${answer.status} ${inShort(answer.body)}`);
  return answer;
}

async function request(user: string, method: string, url: string, data?: object): Promise<Answer> {
  const headers = { 'x-user': user, ...(data ? { 'content-type': 'application/json' } : {}) };
  const body = data ? { body: JSON.stringify(data) } : {};
  try {
    const response = await fetch(url, {
      method,
      headers,
      ...body,
      signal: AbortSignal.timeout(20_000),
    });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    return { status: response.status, body: (isJson ? JSON.parse(text) : {}) as Resource };
  } catch (error) {
    const { origin } = new URL(url);
    const { message, cause } = error as Error;
    const reason =
      cause instanceof Error ? ((cause as NodeJS.ErrnoException).code ?? cause.message) : message;
    throw new DemoStopped(
      `no service answers at ${origin} (${reason}); start one with "npm start", or give its URL`,
    );
  }
}

/** The few words of a resource that matter here. */
function inShort({
  detail,
  state,
  customStatus,
  progress,
  version,
  title,
  name,
  _embedded,
  _templates,
}: Resource): string {
  if (detail !== undefined) return `${title}: ${detail}`;
  if (_embedded !== undefined) return `${_embedded.entries?.length ?? 0} entries`;
  if (progress === undefined) return name ?? title ?? '';
  const forms = Object.keys(_templates ?? {});
  const offered = forms.length === 0 ? 'nothing more to do' : `offered: ${forms.join(', ')}`;
  return `version ${version}, ${state}, "${customStatus}", ${progress.done} of ${progress.total} sections; ${offered}`;
}

function lineOf({ at, by, command, accepted, reason }: Entry): string {
  const why = reason === undefined ? '' : ` (${reason})`;
  return `${at.slice(11, 19)} ${by} ${command}: ${accepted ? 'accepted' : 'refused'}${why}`;
}

function linksOf(resource: Resource, relation: string): readonly Link[] {
  const found = resource._links[relation];
  return found === undefined ? [] : [found].flat();
}

function linkOf(resource: Resource, relation: string): Link {
  const [link] = linksOf(resource, relation);
  if (link) return link;
  throw new DemoStopped(`the service gives no link ${relation}`);
}
