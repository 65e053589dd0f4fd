/** Where an instance is watched and steered: the addresses that a start answers. Pure. */

/** The addresses, and the id. `{eventName}` and `{text}` stay for the client to fill in. */
export interface ManagementUris {
  readonly id: string;
  readonly statusQueryGetUri: string;
  readonly sendEventPostUri: string;
  readonly terminatePostUri: string;
  readonly purgeHistoryDeleteUri: string;
  readonly restartPostUri: string;
  readonly suspendPostUri: string;
  readonly resumePostUri: string;
  /** An app answers it, the management API itself does not. */
  readonly rewindPostUri: string;
}

/** In front of the addresses that everybody may use, whichever of the two was asked. */
export const PUBLIC_BASE = '/runtime/webhooks/durabletask';

/** `origin`: of the request that is answered, such as http://localhost:8080. `code`: of this instance. */
export function managementUris(
  id: string,
  {
    origin,
    taskHub,
    code,
  }: {
    readonly origin: string;
    readonly taskHub: string;
    readonly code: string;
  },
): ManagementUris {
  // Azure writes `+` for a blank, which in a path is a plus to everybody else.
  const instance = `${origin}${PUBLIC_BASE}/instances/${encodeURIComponent(id)}`;
  const keys = `taskHub=${encodeURIComponent(taskHub)}&connection=Storage&code=${code}`;
  const withReason = (operation: string) => `${instance}/${operation}?reason={text}&${keys}`;
  const status = `${instance}?${keys}`;
  return {
    id,
    statusQueryGetUri: status,
    sendEventPostUri: `${instance}/raiseEvent/{eventName}?${keys}`,
    terminatePostUri: withReason('terminate'),
    rewindPostUri: withReason('rewind'),
    purgeHistoryDeleteUri: status,
    restartPostUri: `${instance}/restart?${keys}`,
    suspendPostUri: withReason('suspend'),
    resumePostUri: withReason('resume'),
  };
}
