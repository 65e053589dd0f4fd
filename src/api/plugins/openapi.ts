/** The OpenAPI 3.1 document, made from the route schemas, and a page to try it. */
import helmet from '@fastify/helmet';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';

/** Must be registered before the routes it is to describe. */
export async function describeApi(
  app: FastifyInstance,
  options: { readonly prefix: string; readonly version: string },
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
        { name: 'originals', description: 'Routes of the original Durable Functions systems' },
        { name: 'service', description: 'The service itself' },
      ],
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
