/** The gateway as a value: no port, no environment, no signals. */
import { randomUUID } from 'node:crypto';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import Fastify, {
  LogController,
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyRequest,
  type RawServerDefault,
} from 'fastify';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { APPROVAL_SHAPES, ConditionShape } from '../contracts/approvals/record-schemas.ts';
import { ORDER_SHAPES_BY_ID } from '../contracts/orders/schemas.ts';
import { SHARED_SHAPES } from '../contracts/documents/schemas.ts';
import { LIMITS } from '../contracts/limits.ts';
import { DECISIONS } from '../shared/decision-links.ts';
import { WAIT_SHAPES } from '../contracts/waits/schemas.ts';
import { approvalCommandRoutes } from './approvals/command-routes.ts';
import { acceptApprovalId, approvalRoutes } from './approvals/routes.ts';
import { bulkRoutes } from './bulk.ts';
import { DEADLINES } from '../temporal/client.ts';
import { creditRoutes } from './coupons/credit-routes.ts';
import { CouponPresenter } from './coupons/presenter.ts';
import { couponRoutes } from './coupons/routes.ts';
import { createCursors } from './cursors.ts';
import { approvalDecisions } from './decisions/approvals.ts';
import { documentDecisions } from './decisions/documents.ts';
import { decisionRoutes } from './decisions/routes.ts';
import { documentTypeRoutes } from './document-types.ts';
import { documentCommandRoutes } from './documents/command-routes.ts';
import { DocumentCommander } from './documents/commanding.ts';
import { DocumentCreator } from './documents/creating.ts';
import { documentListRoutes } from './documents/list-routes.ts';
import { DocumentLists } from './documents/lists.ts';
import { DocumentPresenter } from './documents/presenter.ts';
import { DocumentHistories } from './documents/reading-history.ts';
import { Places } from './documents/resource.ts';
import { acceptWorkflowId, documentRoutes, type DocumentRoutes } from './documents/routes.ts';
import { sectionRoutes } from './documents/section-routes.ts';
import { DocumentReader } from './documents/service.ts';
import { refuse } from './durable/management/dialect.ts';
import { isDialect, managementRoutes } from './durable/management/routes.ts';
import { onboardingRoutes } from './durable/onboarding.ts';
import { kickOffRoutes } from './durable/kick-off.ts';
import { originalWaitRoutes } from './durable/waits.ts';
import { sendProblem } from './errors.ts';
import { documentStreamRoutes } from './documents/stream-routes.ts';
import { healthRoutes } from './health.ts';
import { knownIn } from './known-user.ts';
import { homeRoutes } from './home.ts';
import { orderCommandRoutes } from './orders/command-routes.ts';
import { acceptOrderId, orderRoutes } from './orders/routes.ts';
import { orderStreamRoutes } from './orders/stream-routes.ts';
import { notificationRoutes } from './notifications.ts';
import { identifyCaller } from './plugins/caller.ts';
import { acceptStrictJson } from './plugins/json-body.ts';
import { customerMailRoutes } from './products/mails.ts';
import { ProductPresenter } from './products/presenter.ts';
import { productRoutes } from './products/routes.ts';
import { EventStreams } from './sse.ts';
import { refuseUnknownRoutes } from './plugins/not-found.ts';
import { Tasks } from './tasks.ts';
import { describeApi } from './plugins/openapi.ts';
import { wakeBackOrders } from '../temporal/back-orders.ts';
import { allWaitRoutes, waitParts } from './waits/parts.ts';

import { Intake } from './triggers/intake.ts';
import { triggerRoutes } from './triggers/routes.ts';

import type { AppDeps } from './parts.ts';
import { approvalParts, managementParts, orderParts } from './parts.ts';
export type { AppDeps } from './parts.ts';

export type TypedApp = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

/** The whole gateway, ready to `listen` or `inject`. */
export async function buildApp(deps: AppDeps): Promise<FastifyInstance> {
  const app = createServer(deps);
  refuseUnknownRoutes(app);
  acceptStrictJson(app);
  // The pages have helmet; it would cost 4 % of the gateway's CPU, and data needs no more than this.
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('x-content-type-options', 'nosniff');
    reply.header('content-security-policy', "default-src 'none'; frame-ancestors 'none'");
  });
  identifyCaller(app);
  for (const shape of [...SHARED_SHAPES, ...APPROVAL_SHAPES, ...ORDER_SHAPES_BY_ID, ...WAIT_SHAPES])
    app.addSchema(shape);
  await describeApi(app, {
    prefix: deps.apiPrefix,
    version: deps.version,
    types: deps.documentTypes.all,
  });
  routes(app, deps);
  return app;
}

function createServer({ log }: AppDeps): FastifyInstance {
  const app = Fastify({
    loggerInstance: log.child({ part: 'gateway' }) as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: LIMITS.body,
    // Longer than any call to Temporal may take, so that those say what was wrong.
    handlerTimeout: DEADLINES.update + 5_000,
    requestTimeout: 30_000,
    genReqId: () => randomUUID(),
    return503OnClosing: true,
    forceCloseConnections: 'idle',
    // As Azure has it, and as people type.
    routerOptions: { maxParamLength: 3_000, ignoreTrailingSlash: true, caseSensitive: false },
    // Of paths that cannot be read; those of the dialect have no problem documents.
    frameworkErrors: (error, request, reply) =>
      isDialect(request.url)
        ? refuse(error, request, reply)
        : void sendProblem(error, request, reply),
  }) as unknown as FastifyInstance;
  // Coercion only where everything is text: in a body, "1" is no number and null no text.
  const text = addFormats.default(
    new Ajv({
      allErrors: true,
      strict: false,
      verbose: true,
      coerceTypes: true,
      useDefaults: true,
    }),
  );
  const json = addFormats.default(new Ajv({ allErrors: true, strict: false, verbose: true }));
  json.addSchema(ConditionShape);
  app.setValidatorCompiler(({ schema, httpPart }) =>
    (httpPart === 'body' ? json : text).compile(schema as object),
  );
  app.setErrorHandler(sendProblem);
  // One line a request, not two.
  app.addHook('onResponse', async (request, reply) => {
    const { method, actor } = request;
    const [url, ms] = [loggable(request), Math.round(reply.elapsedTime)];
    request.log.info({ method, url, user: actor?.id, status: reply.statusCode, ms }, 'request');
  });
  return app;
}

/** Neither a decision link's token, by which whoever reads it can decide, nor whose credit it is; wherever they stand. */
function loggable({ url, routeOptions }: FastifyRequest): string {
  if (routeOptions.config?.byToken) return `${DECISIONS}/[token]`;
  return url
    .replaceAll(/[\w%-]{16,}\.[\w%-]{40,}/g, '[token]')
    .replace(/(\/credit\/)[^/?]+/i, '$1[email]');
}

function routes(app: FastifyInstance, deps: AppDeps): void {
  const { temporal, database, documentTypes, directory, links, apiPrefix, log } = deps;
  const places = new Places(apiPrefix);
  const warn = log.warn.bind(log);
  const reader = new DocumentReader({ temporal, database, documentTypes, warn });
  const cursors = createCursors(links.secrets);
  const context: DocumentRoutes = {
    reader,
    creator: new DocumentCreator(reader),
    commander: new DocumentCommander(reader),
    histories: new DocumentHistories(reader),
    lists: new DocumentLists({ temporal, database, cursors }),
    present: new DocumentPresenter(places, documentTypes),
    knownUser: knownIn(directory),
  };
  const { lists, present, creator, commander } = context;
  const approvals = approvalParts(deps, places, cursors);
  const orders = orderParts(deps, places, cursors, approvals);
  const tasks = new Tasks({
    temporal,
    documents: present,
    approvals: approvals.present,
    orders: orders.present,
  });
  const live = { changes: deps.changes, streams: new EventStreams(app) };

  const register = (prefix: string, add: (app: TypedApp) => void): void => {
    void app.register(async (scope) => add(scope as unknown as TypedApp), { prefix });
  };
  register('', (scope) => {
    healthRoutes(scope, deps);
    // Where people land who type the address; until there is a page of our own.
    scope.get('/', { schema: { hide: true } }, (_request, reply) => reply.redirect('/docs'));
  });
  register(apiPrefix, (scope) => {
    homeRoutes(scope, { documentTypes, tasks, present, temporalUiUrl: deps.temporalUiUrl });
    scope.addHook('preHandler', acceptWorkflowId);
    documentTypeRoutes(scope, documentTypes, places);
    documentListRoutes(scope, context);
    documentRoutes(scope, context);
    sectionRoutes(scope, context);
    documentCommandRoutes(scope, context);
    documentStreamRoutes(scope, { ...context, live });
    bulkRoutes(scope, { temporal, database, documentTypes, places });
    notificationRoutes(scope, { database, places, links });
    const products = new ProductPresenter(places, deps.orderTerms.currency);
    const onRestock = () => wakeBackOrders(deps);
    productRoutes(scope, { database, cursors, present: products, onRestock });
    customerMailRoutes(scope, { database, places });
  });
  register(apiPrefix, (scope) => {
    const present = new CouponPresenter(places, deps.orderTerms.currency);
    const context = { database, cursors, present };
    couponRoutes(scope, context);
    creditRoutes(scope, context);
  });
  register('', (scope) => {
    const subjects = {
      document: documentDecisions(reader, commander),
      approval: approvalDecisions(approvals.reader, approvals.commander),
    };
    decisionRoutes(scope, { subjects, directory, links });
  });
  register(apiPrefix, (scope) => {
    scope.addHook('preHandler', acceptApprovalId);
    approvalRoutes(scope, approvals);
    approvalCommandRoutes(scope, approvals);
  });
  register(apiPrefix, (scope) => {
    scope.addHook('preHandler', acceptOrderId);
    orderRoutes(scope, orders);
    orderCommandRoutes(scope, orders);
    orderStreamRoutes(scope, { ...orders, live });
  });
  const waits = waitParts({ temporal, database, places, cursors });
  register(apiPrefix, (scope) => allWaitRoutes(scope, waits));
  const management = managementParts(deps, cursors);
  register(apiPrefix, (scope) => originalWaitRoutes(scope, { ...waits, ...management }));
  const { secrets } = links;
  register(apiPrefix, (scope) =>
    kickOffRoutes(scope, { creator: orders.creator, taskHub: temporal.taskQueue, secrets }),
  );
  register('', (scope) =>
    onboardingRoutes(scope, { creator, lists, taskHub: temporal.taskQueue, secrets }),
  );
  register(apiPrefix, (scope) =>
    triggerRoutes(scope, { intake: new Intake(deps), taskHub: temporal.taskQueue, secrets }),
  );
  managementRoutes(app, management);
}
