/** The first function that anybody starts. */
import { callActivity } from '../durable/index.ts';
import { isJsonObject } from '../shared/json.ts';

/** Greets whom the input names, as a text or as `{"name": text}`; else the world. */
export async function Hello(input: unknown): Promise<string> {
  const named = isJsonObject(input) ? input['name'] : input;
  const name = typeof named === 'string' && named !== '' ? named : 'World';
  return callActivity('SayHello', name);
}
