/**
 * The payload converter of worker, workflow sandbox and client: Temporal's default one, except that decoding never
 * throws. What cannot be decoded becomes an `Undecodable`; see there for why. Each boundary must check for it.
 *
 * Loaded by path (`dataConverter.payloadConverterPath`), once by Node and once into the workflow bundle.
 */
import { DefaultPayloadConverter, type Payload, type PayloadConverter } from '@temporalio/common';
import { Undecodable } from '../workflows/shared/undecodable.ts';

class TolerantPayloadConverter extends DefaultPayloadConverter {
  override fromPayload<T>(...args: Parameters<PayloadConverter['fromPayload']>): T {
    try {
      return super.fromPayload<T>(...(args as [Payload]));
    } catch (error) {
      return new Undecodable(error instanceof Error ? error.message : String(error)) as T;
    }
  }
}

export const payloadConverter = new TolerantPayloadConverter();
