/** Who calls. With `AUTH_MODE=none`: whoever the caller says, as long as the call comes from this machine. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ALL_ROLES, type Actor, type CallContext, type Via } from '../../contracts/caller.ts';
import { problem } from '../errors.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set before any route runs; the health routes have it too. */
    actor: Actor;
  }
  interface FastifyContextConfig {
    /** The token in the path says who it is, and the route itself from where it may be asked for. */
    byToken?: boolean;
    /** A GET that changes something. */
    changes?: boolean;
  }
}

const NAME = /^[\x21-\x7e]{1,128}$/;

/**
 * Takes the caller from `X-User` (default `dev`) and `X-Roles` (comma-separated, default all roles). Serves only
 * loopback host names and no requests by other sites' pages: a page on the internet must not reach a service on the
 * laptop of whoever reads it, neither by its address nor by DNS rebinding.
 */
export function identifyCaller(app: FastifyInstance): void {
  app.decorateRequest('actor', null as unknown as Actor);
  app.addHook('onRequest', async (request) => {
    if (request.routeOptions.config?.byToken) return;
    if (!isLoopback(request.hostname))
      throw problem(
        'forbidden',
        `This service is for this machine only, not for ${request.hostname}.`,
      );
    if (isForeignPage(request)) {
      throw problem('forbidden', 'Pages of other sites may not call this service.');
    }
    const user = header(request, 'x-user') ?? 'dev';
    const roles = rolesOf(request);
    for (const [name, value] of [['X-User', user], ...roles.map((role) => ['X-Roles', role])] as [
      string,
      string,
    ][]) {
      if (!NAME.test(value))
        throw problem(
          'invalid-request',
          `${name} must be 1 to 128 visible ASCII characters without spaces.`,
        );
    }
    request.actor = { id: user, roles, operator: false };
  });
}

/** What a call to Temporal on behalf of this request carries. */
export function callContext({ actor }: FastifyRequest, via: Via = 'http'): CallContext {
  return { user: actor.id, roles: actor.roles, via };
}

function header(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Without the header all of them; with an empty one none. */
function rolesOf({ headers }: FastifyRequest): string[] {
  const given = headers['x-roles'];
  if (given === undefined) return [ALL_ROLES];
  const names = [given].flat().join(',').split(',');
  return names.map((name) => name.trim()).filter((name) => name !== '');
}

/** A script or form of another site; following a link from there to a page of ours is fine. */
function isForeignPage({ method, headers, routeOptions }: FastifyRequest): boolean {
  if (headers['sec-fetch-site'] !== 'cross-site') return false;
  const reads = method === 'GET' && !routeOptions.config?.changes;
  return !(reads && headers['sec-fetch-mode'] === 'navigate');
}

/** Whether the name means this machine. */
export function isLoopback(hostname: string): boolean {
  return (
    ['localhost', '127.0.0.1', '[::1]', '::1'].includes(hostname) || hostname.endsWith('.localhost')
  );
}
