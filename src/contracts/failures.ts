/**
 * The closed catalogue of failures: every refusal and every error that leaves this service, over HTTP, from an update
 * or in a history entry, carries one of these codes. `docs/errors.md` and the OpenAPI document are compared with it.
 */
export interface FailureKind {
  /** HTTP status. */
  readonly status: number;
  /** One line, the same for every occurrence (RFC 9457 `title`). */
  readonly title: string;
  /** True when the identical request may succeed later without anybody changing anything. */
  readonly retryable: boolean;
  /** What the caller may conclude and do. */
  readonly meaning: string;
}

export const FAILURES = {
  'malformed-json': {
    status: 400,
    title: 'The body is not acceptable JSON',
    retryable: false,
    meaning:
      'The body is empty, not JSON, or JSON that two parsers would read differently (names that occur twice with different values, numbers out of range, lone surrogates, nesting deeper than 64). Nothing was done.',
  },
  'invalid-request': {
    status: 400,
    title: 'The request has the wrong shape',
    retryable: false,
    meaning:
      'A parameter, a header or the outer shape of the body is wrong; `errors` names each place.',
  },
  forbidden: {
    status: 403,
    title: 'You may not do this',
    retryable: false,
    meaning: 'The caller is known and may read the document, but not do this to it.',
  },
  'not-found': {
    status: 404,
    title: 'There is no such thing',
    retryable: false,
    meaning: 'No such route or document, or none that the caller may read.',
  },
  'unknown-section': {
    status: 404,
    title: 'The document has no such section',
    retryable: false,
    meaning: 'The document type names its sections; `detail` lists them.',
  },
  'method-not-allowed': {
    status: 405,
    title: 'This resource does not know this method',
    retryable: false,
    meaning: 'The header `Allow` lists the methods that it knows.',
  },
  'already-exists': {
    status: 409,
    title: 'The id is in use',
    retryable: false,
    meaning:
      'A document with this id exists or existed; ids are never used twice. Of waits: one with this key goes on. Nothing was done.',
  },
  'wrong-state': {
    status: 409,
    title: 'Not possible in this state',
    retryable: false,
    meaning: 'The document is in `state`; `allowed` lists what the caller can do with it now.',
  },
  suspended: {
    status: 409,
    title: 'It is suspended',
    retryable: false,
    meaning:
      'Somebody has suspended its workflow by the Durable Functions API. Nothing was done; resume it there first. Signals are kept until then.',
  },
  'not-linkable': {
    status: 409,
    title: 'The documents cannot be linked',
    retryable: false,
    meaning:
      'The types do not allow it, there are too many already, the document has another parent, or it would be below itself.',
  },
  'version-mismatch': {
    status: 412,
    title: 'It has changed meanwhile',
    retryable: false,
    meaning:
      'Somebody changed this part after the version that the caller named (If-Match or `version`). Read again and decide again.',
  },
  'too-large': {
    status: 413,
    title: 'Too large',
    retryable: false,
    meaning: 'A body, a section or the whole document would exceed its limit. Nothing was stored.',
  },
  'unsupported-media-type': {
    status: 415,
    title: 'The body must be JSON',
    retryable: false,
    meaning: 'Send `Content-Type: application/json`, in UTF-8, not compressed.',
  },
  'idempotency-key-reused': {
    status: 422,
    title: 'The Idempotency-Key was used for something else',
    retryable: false,
    meaning: 'The same key came with another request before. Use a new key for a new request.',
  },
  'unknown-type': {
    status: 422,
    title: 'There is no such document type',
    retryable: false,
    meaning: '`detail` lists the document types.',
  },
  'no-trigger': {
    status: 422,
    title: 'Nothing is triggered by this event',
    retryable: false,
    meaning:
      'The setting TRIGGERS has nothing for it, or there is none. Nothing was done or kept; under other settings the same event may be sent again.',
  },
  'event-id-reused': {
    status: 422,
    title: 'The id of the event was used for another one',
    retryable: false,
    meaning:
      'An event of the same source and id, but with another content, came before. Nothing was done; a new event needs a new id.',
  },
  'unknown-event': {
    status: 422,
    title: 'The document does not know this event',
    retryable: false,
    meaning:
      'Recorded for a signal whose name is no section, no approval event and no command of the document.',
  },
  'invalid-data': {
    status: 422,
    title: 'The data does not fit its schema',
    retryable: false,
    meaning: '`errors` names every wrong field by its JSON Pointer. Nothing was stored.',
  },
  'precondition-required': {
    status: 428,
    title: 'The change must say what it is based on',
    retryable: false,
    meaning:
      'Documents of this type are changed with `If-Match: "version"` only (by the CLI: `ifVersion`). Read, then send the ETag along.',
  },
  internal: {
    status: 500,
    title: 'Something went wrong here',
    retryable: false,
    meaning:
      'A defect of this service; the log has it under the request id in `instance`. It may or may not have taken effect.',
  },
  starting: {
    status: 503,
    title: 'The document is still starting',
    retryable: true,
    meaning:
      'A document started by the CLI is loading its type. Nothing was done; try again in a second.',
  },
  'temporal-unavailable': {
    status: 503,
    title: 'The Temporal server does not answer',
    retryable: true,
    meaning:
      'Unreachable, frozen or overloaded. A command may or may not have taken effect: read before repeating it.',
  },
  'no-worker': {
    status: 503,
    title: 'No worker answers',
    retryable: true,
    meaning:
      'Temporal is there, but no worker took the task in time. A command may still take effect when one comes back: read before repeating it.',
  },
  stuck: {
    status: 503,
    title: 'The document is stuck',
    retryable: false,
    meaning:
      'A defect makes its workflow task fail again and again. Nothing is lost: it goes on when a corrected worker runs. The Temporal Web UI shows the failure.',
  },
  busy: {
    status: 503,
    title: 'Too much of this is going on',
    retryable: true,
    meaning: 'As many streams or bulk actions as there may be are under way. Nothing was done.',
  },
  'database-unavailable': {
    status: 503,
    title: 'The database does not answer',
    retryable: true,
    meaning: 'Closed documents and histories cannot be read now; open documents go on.',
  },
} as const satisfies Record<string, FailureKind>;

export type FailureCode = keyof typeof FAILURES;

/** One wrong place in what the caller sent. */
export interface FieldError {
  /** JSON Pointer (RFC 6901) into the body; the empty string is the whole body. */
  readonly pointer: string;
  /** What is wrong there. */
  readonly detail: string;
}

/** A command that was not carried out, and why. Plain data: it crosses the wire and stays in histories. */
export interface Refusal {
  readonly code: FailureCode;
  /** For people: what, where, and what to do. */
  readonly detail: string;
  readonly errors?: readonly FieldError[];
  /** With `wrong-state`: the state, and what the caller can do now. */
  readonly state?: string;
  readonly allowed?: readonly string[];
  /** With `version-mismatch`: the current version. */
  readonly version?: number;
}

/** Either a value or the reason why there is none. */
export type Result<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly refusal: Refusal };

export function ok<T>(value: T): Result<T> {
  return { ok: true, value };
}

export function refuse(
  code: FailureCode,
  detail: string,
  more: Omit<Refusal, 'code' | 'detail'> = {},
): { ok: false; refusal: Refusal } {
  return { ok: false, refusal: { code, detail, ...more } };
}

/** True for a code of the catalogue; what comes back from a workflow is only text. */
export function isFailureCode(code: unknown): code is FailureCode {
  return typeof code === 'string' && Object.hasOwn(FAILURES, code);
}
