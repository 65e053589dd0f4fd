/** Strict JSON bodies: only what every JSON parser in the world reads alike gets past here. */
import { isUtf8 } from 'node:buffer';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { parse as parseLossless } from 'lossless-json';
import { parse as parseSecure } from 'secure-json-parse';
import { unfitPlaces } from '../../workflows/shared/json.ts';
import { Problem, problem } from '../errors.ts';

/** RFC 7396 and RFC 6902. */
export const MERGE_PATCH = 'application/merge-patch+json';
export const JSON_PATCH = 'application/json-patch+json';

/**
 * Makes `application/json` in UTF-8 the only kind of body, and with PATCH the two kinds of patches. An empty one is no body. Refused as `malformed-json`: a
 * byte order mark, invalid UTF-8, syntax errors, names that occur twice with different values (parsers take the first or the last),
 * numbers that do not survive a round trip (`1e400`, `-0`), lone surrogates, NUL, `__proto__`, too much nesting.
 */
export function acceptStrictJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    ['application/json', MERGE_PATCH, JSON_PATCH],
    { parseAs: 'buffer' },
    async (request: FastifyRequest, body: Buffer) => {
      const type = String(request.headers['content-type']);
      // A patch taken for the whole would delete what it does not name.
      if (request.method !== 'PATCH' && !/^application\/json\s*(;|$)/i.test(type))
        throw problem('unsupported-media-type', 'Patches go with the method PATCH only.');
      const charset = /charset\s*=\s*"?([^\s;"]+)/i.exec(type)?.[1]?.toLowerCase();
      if (charset !== undefined && charset !== 'utf-8')
        throw problem('unsupported-media-type', `Send UTF-8, not ${charset}.`);
      const encoding = request.headers['content-encoding'];
      if (encoding !== undefined && encoding !== 'identity')
        throw problem('unsupported-media-type', 'Send the body uncompressed.');
      return body.length === 0 ? undefined : parseStrict(body);
    },
  );
}

/** @throws Problem `malformed-json` */
export function parseStrict(body: Buffer): unknown {
  if (!isUtf8(body)) throw problem('malformed-json', 'The body is not valid UTF-8.');
  const text = body.toString('utf8');
  if (text.startsWith('\uFEFF'))
    throw problem('malformed-json', 'The body begins with a byte order mark; leave it out.');
  let value: unknown;
  try {
    value = parseSecure(text, null, { protoAction: 'error', constructorAction: 'error' });
    // The value is thrown away: this pass only finds what JSON.parse passes over in silence.
    parseLossless(text, null, { parseNumber: checkNumber, onDuplicateKey: refuseDuplicate });
  } catch (error) {
    if (error instanceof Problem) throw error;
    const reason =
      error instanceof RangeError ? 'it is nested too deeply' : (error as Error).message;
    throw problem('malformed-json', `The body is not acceptable JSON: ${reason}`);
  }
  const errors = unfitPlaces(value);
  if (errors.length > 0)
    throw problem('malformed-json', 'The body holds values that cannot be kept.', {
      errors: errors.slice(0, 20),
    });
  return value;
}

function checkNumber(text: string): number {
  const value = Number(text);
  const exact = Number.isSafeInteger(value) || !/^-?\d+$/.test(text);
  if (Number.isFinite(value) && !Object.is(value, -0) && exact) return value;
  throw problem('malformed-json', `The number ${text.slice(0, 40)} cannot be kept as it is.`);
}

function refuseDuplicate({ key }: { key: string }): never {
  throw problem(
    'malformed-json',
    `The name ${JSON.stringify(key.slice(0, 100))} occurs twice in one object.`,
  );
}
