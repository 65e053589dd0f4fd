/** `If-Match`: what a command is based on (RFC 9110, section 13.1.1). */
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';

/** The header, for the schemas of routes that take it. */
export const ifMatchHeader = {
  'if-match': Type.Optional(
    Type.String({
      pattern: '^(\\*|"[1-9]\\d{0,14}")$',
      description: 'The version (ETag) that the change is based on.',
      'x-expected': 'must be the ETag in double quotes, such as "3", or *',
    }),
  ),
};

/** The version as commands carry it; nothing without the header. */
export function basisOf({ headers }: FastifyRequest): { ifVersion?: number | '*' } {
  const match = headers['if-match'];
  if (match === undefined) return {};
  return { ifVersion: match === '*' ? '*' : Number(match.slice(1, -1)) };
}
