/**
 * The payload converter of worker, workflow sandbox and client: Temporal's default one, except that decoding never
 * throws. What cannot be decoded becomes an `Undecodable`; see there for why. Each boundary must check for it.
 *
 * Loaded by path (`dataConverter.payloadConverterPath`), once by Node and once into the workflow bundle.
 */
import {
  DefaultPayloadConverter,
  type ConverterHint,
  type Payload,
  type SerializationContext,
} from '@temporalio/common';
import { Undecodable } from '../workflows/shared/undecodable.ts';

type Rest<T> = [context?: SerializationContext, hint?: ConverterHint<T>];

class TolerantPayloadConverter extends DefaultPayloadConverter {
  override fromPayload<T>(payload: Payload, ...rest: Rest<T>): T {
    try {
      return super.fromPayload<T>(payload, ...rest);
    } catch (error) {
      const undecodable: unknown = new Undecodable(
        error instanceof Error ? error.message : String(error),
      );
      return undecodable as T;
    }
  }
}

export const payloadConverter = new TolerantPayloadConverter();
