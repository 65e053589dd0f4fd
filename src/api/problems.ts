/** The problem responses of a route, for its schema and so for the OpenAPI document. */
import { Type } from 'typebox';
import { Problem } from '../contracts/documents/schemas.ts';
import { FAILURES, type FailureCode } from '../contracts/failures.ts';

type Status = (typeof FAILURES)[FailureCode]['status'];

/** A response schema for each status, naming the codes of the catalogue; 500 can happen everywhere. */
export function problems(...statuses: Status[]) {
  return Object.fromEntries(
    [...statuses, 500].map((status) => [
      status,
      {
        description: codesOf(status).join(', '),
        headers: status === 503 ? { 'Retry-After': Type.String({ description: 'Seconds.' }) } : {},
        content: { 'application/problem+json': { schema: Problem } },
      },
    ]),
  );
}

function codesOf(status: number): string[] {
  return Object.entries(FAILURES).flatMap(([code, kind]) => (kind.status === status ? [code] : []));
}
