/** The first article's own routes: start an onboarding, list those that are under way. */
import { Type } from 'typebox';
import type { JsonObject } from '../../contracts/json.ts';
import { workflowIdOf } from '../../contracts/ids.ts';
import type { Listed } from '../../temporal/visibility.ts';
import { isJsonObject } from '../../workflows/shared/json.ts';
import type { TypedApp } from '../app.ts';
import type { DocumentCreator } from '../documents/creating.ts';
import type { DocumentLists } from '../documents/lists.ts';
import { summaryOfListed } from '../documents/executions.ts';
import { problem } from '../errors.ts';
import { mapSome } from '../map-some.ts';
import { dotNetStatus, DotNetStatus } from './dot-net-status.ts';
import { problems } from '../problems.ts';
import { askedBy } from '../requests.ts';
import { sendStartResponse, StartResponse } from './start-response.ts';

export interface OnboardingContext {
  readonly creator: DocumentCreator;
  readonly lists: DocumentLists;
  readonly taskHub: string;
  /** See {@link StartAnswer}. */
  readonly secrets: readonly string[];
}

const TYPE = 'employee-onboarding';
const tags = ['originals'];
/** How many instances one page has; the original had 100 and dropped the rest. */
const PAGE = 1_000;

export function onboardingRoutes(app: TypedApp, context: OnboardingContext): void {
  start(app, context);
  getInstances(app, context);
}

function start(app: TypedApp, { creator, taskHub, secrets }: OnboardingContext): void {
  const schema = {
    tags,
    operationId: 'onboardingStart',
    summary: 'Start an onboarding; the body is its metadata',
    body: Type.Unknown(),
    response: { 202: StartResponse, ...problems(400, 403, 413, 415, 422, 503) },
  };
  app.post(
    '/Onboarding/Start',
    { schema, preValidation: async (request) => void (request.body ??= {}) },
    async (request, reply) => {
      if (!isJsonObject(request.body))
        throw problem('invalid-request', 'The body must be a JSON object: the metadata.');
      const metadata = knownCase(request.body);
      const as = { workflowType: 'StartWorkflow', input: metadata };
      const asked = askedBy(request);
      const { state } = await creator.create({ type: TYPE, metadata }, asked, { as });
      const { id } = state;
      return sendStartResponse(
        { id: workflowIdOf('document', id), taskHub, secrets },
        request,
        reply,
      );
    },
  );
}

const FIELDS = ['title', 'createdDate', 'creator', 'applicationId'];

/** .NET reads names in any case; so `Title` is `title`. */
function knownCase(body: JsonObject): JsonObject {
  const known = (name: string): string =>
    FIELDS.find((field) => field.toLowerCase() === name.toLowerCase()) ?? name;
  return Object.fromEntries(Object.entries(body).map(([name, value]) => [known(name), value]));
}

function getInstances(app: TypedApp, { lists }: OnboardingContext): void {
  const schema = {
    tags,
    operationId: 'onboardingGetInstances',
    summary: 'Onboardings under way, newest first',
    description:
      'A page has 1,000; the header x-ms-continuation-token, sent back, asks for the next one.',
    headers: Type.Object({
      'x-ms-continuation-token': Type.Optional(Type.String({ maxLength: 4000 })),
    }),
    response: { 200: Type.Array(DotNetStatus), ...problems(400, 403, 503) },
  };
  app.get('/Onboarding/GetInstances', { schema }, async ({ headers, signal }, reply) => {
    const cursor = headers['x-ms-continuation-token'] || undefined;
    const { rows, next } = await lists.running(TYPE, { limit: PAGE, cursor, signal });
    reply.header('x-ms-continuation-token', next ?? '');
    return await mapSome(rows, 10, async (row) =>
      toInstance(row, await lists.inputOf(row, signal)),
    );
  });
}

function toInstance(row: Listed, input: unknown): DotNetStatus {
  const { customStatus, createdAt, updatedAt } = summaryOfListed(row);
  return dotNetStatus({
    name: row.workflowType,
    instanceId: row.workflowId,
    runtimeStatus: 'Running',
    customStatus,
    createdTime: createdAt,
    lastUpdatedTime: updatedAt,
    input,
    output: null,
  });
}
