/** Bodies of every type, as their bytes, for routes that read them by rules of their own. */
import type { FastifyInstance } from 'fastify';

const MEDIA_TYPE = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+\s*(;[^,]*)?$/;

/** What stands in the place of a Content-Type that is none. */
export const UNREADABLE = 'application/x-unreadable';

/** Within this scope `request.body` is a Buffer; undefined without a body. */
export function takeAnyBody(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser(
    '*',
    { parseAs: 'buffer' },
    async (_request: unknown, body: Buffer) => body,
  );
  scope.addHook('onRequest', async ({ headers }) => {
    const type = headers['content-type'];
    // Fastify would refuse what is no media type, before anybody has looked whether it matters.
    if (type !== undefined && !MEDIA_TYPE.test(type)) headers['content-type'] = UNREADABLE;
  });
}
