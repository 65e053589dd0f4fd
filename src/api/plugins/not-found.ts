/** Unknown routes, and known ones with another method. */
import type { FastifyInstance } from 'fastify';
import { Problem, problem } from '../errors.ts';

/** 404 for a path that no route has, 405 with `Allow` for one that has other methods. Register before the routes. */
export function refuseUnknownRoutes(app: FastifyInstance): void {
  const routes: { readonly path: RegExp; readonly methods: readonly string[] }[] = [];
  app.addHook('onRoute', ({ url, method }) => {
    const pattern = url
      .split('/')
      .map((part) =>
        part.startsWith(':') ? '[^/]+' : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'),
      );
    routes.push({ path: new RegExp(`^${pattern.join('/')}/?$`, 'i'), methods: [method].flat() });
  });
  app.setNotFoundHandler(async (request) => {
    const [path = ''] = request.url.split('?');
    const allow = [
      ...new Set(routes.filter((route) => route.path.test(path)).flatMap((route) => route.methods)),
    ];
    if (allow.length === 0)
      throw problem('not-found', `There is no route ${request.method} ${path.slice(0, 200)}.`);
    const detail = `${request.method} is not possible here; ${allow.join(', ')} is.`;
    throw new Problem({ code: 'method-not-allowed', detail }, { allow: allow.join(', ') });
  });
}
