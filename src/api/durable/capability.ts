/** The `code` of an instance: whoever has it may watch and steer this one, and no other. It is in the addresses of a start. */
import { isSigned, keysFor, signatureOf } from '../../shared/keys.ts';

/** Computed when it is needed and kept nowhere. Empty without any secret. */
export function codeOf(secrets: readonly string[], instanceId: string): string {
  const [key] = keysFor(secrets, 'instances');
  return key ? signatureOf(key, instanceId) : '';
}

/** Whether the code is this instance's, by any of the secrets. */
export function isCodeOf(secrets: readonly string[], instanceId: string, code: string): boolean {
  return isSigned(keysFor(secrets, 'instances'), instanceId, code);
}
