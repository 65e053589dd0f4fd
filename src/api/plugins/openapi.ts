/** The OpenAPI 3.1 document, made from the route schemas, and a page to try it. */
import helmet from '@fastify/helmet';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import type { DocumentType } from '../../contracts/documents/definition.ts';
import { JSON_PATCH, MERGE_PATCH } from './json-body.ts';
import { describeDocumentTypes } from './typed-documents.ts';

/** Must be registered before the routes it is to describe. */
export async function describeApi(
  app: FastifyInstance,
  options: {
    readonly prefix: string;
    readonly version: string;
    readonly types: readonly DocumentType[];
  },
): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Dossier',
        version: options.version,
        description:
          'Documents that are filled in piece by piece, submitted and approved, on Temporal.',
        license: { name: 'MIT', identifier: 'MIT' },
      },
      tags: [
        { name: 'documents', description: 'Work-in-progress documents' },
        { name: 'approvals', description: 'Decisions on what is no document' },
        { name: 'products', description: 'What is sold, and how much of it is there' },
        {
          name: 'coupons',
          description: 'What takes something off the price: coupons and store credit',
        },
        { name: 'orders', description: 'Orders of customers' },
        { name: 'waits', description: 'What goes on when the world answers' },
        { name: 'originals', description: 'Routes of the original Durable Functions systems' },
        { name: 'service', description: 'The service itself' },
      ],
      components: {
        securitySchemes: {
          user: { type: 'apiKey', in: 'header', name: 'X-User', description: 'Default: dev.' },
          roles: {
            type: 'apiKey',
            in: 'header',
            name: 'X-Roles',
            description: 'With commas between. Default: all roles; empty: none.',
          },
        },
      },
      security: [{ user: [], roles: [] }],
    },
    transformObject: (document) => {
      const api = 'openapiObject' in document ? document.openapiObject : document.swaggerObject;
      describeDocumentTypes(api as never, options.types, options.prefix);
      describePatches(api as never);
      return api;
    },
    refResolver: {
      buildLocalReference: (json, _uri, _fragment, i) =>
        typeof json['$id'] === 'string' ? json['$id'] : `def-${i}`,
    },
  });
  app.get(`${options.prefix}/openapi.json`, { schema: { hide: true } }, async (_request, reply) =>
    reply.send(app.swagger()),
  );
  await app.register(async (pages) => {
    await pages.register(helmet, {
      contentSecurityPolicy: { directives: { 'upgrade-insecure-requests': null } },
      hsts: false,
    });
    await pages.register(swaggerUi, {
      routePrefix: '/docs',
      staticCSP: true,
      uiConfig: { tryItOutEnabled: true },
    });
  });
}

interface Patchable {
  paths?: Record<string, { patch?: { requestBody?: { content: Record<string, unknown> } } }>;
}

/** Fastify describes every body as application/json; patches have media types of their own. */
function describePatches({ paths = {} }: Patchable): void {
  for (const [path, { patch }] of Object.entries(paths)) {
    const content = patch?.requestBody?.content;
    const json = content?.['application/json'];
    if (!content || !json) continue;
    content[MERGE_PATCH] = json;
    if (path.endsWith('/sections/{section}')) content[JSON_PATCH] = json;
  }
}
