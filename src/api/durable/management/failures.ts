/** How the management API says no: bodies in PascalCase, unlike everything else of it. */

/** A refusal on its way to the client; one without a body has none. Routes of the dialect throw nothing else on purpose. */
export class DurableFailure extends Error {
  readonly status: number;
  readonly body: FailureBody | string | undefined;

  constructor(status: number, body?: FailureBody | string) {
    super(typeof body === 'string' ? body : (body?.ExceptionMessage ?? String(status)));
    this.status = status;
    this.body = body;
  }
}

/** All four always: the Python client reads `ExceptionMessage` of every 400 to a start. */
export interface FailureBody {
  readonly Message: string;
  readonly ExceptionMessage: string;
  readonly ExceptionType: string;
  readonly StackTrace: string;
}

function body(message: string, exception: string, type: string): FailureBody {
  return { Message: message, ExceptionMessage: exception, ExceptionType: type, StackTrace: '' };
}

/** 404: no such instance, route or verb. */
export const notFound = (): DurableFailure => new DurableFailure(404);

/** 410: it has ended. */
export const gone = (): DurableFailure => new DurableFailure(410);

/** 400: something that was sent cannot be what it is for. */
export function badArgument(why: string): DurableFailure {
  const message = 'One or more of the arguments submitted is incorrect';
  return new DurableFailure(400, body(message, why, 'System.ArgumentException'));
}

/** 400: the body is not JSON. `why`: where. */
export function invalidJson(why: string): DurableFailure {
  const type = 'Newtonsoft.Json.JsonReaderException';
  return new DurableFailure(400, body('Invalid JSON content', why, type));
}

/** 400 with a message of the contract's own. */
export function badRequest(message: string): DurableFailure {
  return new DurableFailure(400, body(message, message, 'System.ArgumentException'));
}

/** 412: not in the state that it takes. */
export function preconditionFailed(why: string): DurableFailure {
  const message = 'The instance is not in the state that this takes';
  return new DurableFailure(412, body(message, why, 'System.InvalidOperationException'));
}

/** 409: the same where the setting says that it is to be told as what it is. */
export function conflict(why: string): DurableFailure {
  return new DurableFailure(409, body(why, why, 'System.InvalidOperationException'));
}

/** 501: this engine, or this worker, has no such thing. */
export function cannot(why: string): DurableFailure {
  return new DurableFailure(501, body(why, why, 'System.NotSupportedException'));
}

/** 401, without a body, as the Functions host says it. */
export const unauthorized = (): DurableFailure => new DurableFailure(401);

/** 500: it is not the moment for it, such as a second start under the id of an instance that runs. */
export function invalidOperation(why: string): DurableFailure {
  const message = 'Something went wrong while processing your request';
  return new DurableFailure(500, body(message, why, 'System.InvalidOperationException'));
}
