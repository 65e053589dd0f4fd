/** What the Functions host gives a function app as the binding of its client. */

/** `own`: with the address that only the host's own apps use. */
export function durableBinding(
  origin: string,
  { taskHub, own }: { readonly taskHub: string; readonly own: boolean },
): object {
  const base = `${origin}/runtime/webhooks/durabletask`;
  const keys = `taskHub=${taskHub}&connection=Storage&code=none`;
  const instance = `${base}/instances/INSTANCEID`;
  return {
    taskHubName: taskHub,
    creationUrls: {
      createNewInstancePostUri: `${base}/orchestrators/{functionName}[/{instanceId}]?code=none`,
    },
    managementUrls: {
      id: 'INSTANCEID',
      statusQueryGetUri: `${instance}?${keys}`,
      sendEventPostUri: `${instance}/raiseEvent/{eventName}?${keys}`,
      terminatePostUri: `${instance}/terminate?reason={text}&${keys}`,
      rewindPostUri: `${instance}/rewind?reason={text}&${keys}`,
      purgeHistoryDeleteUri: `${instance}?${keys}`,
      restartPostUri: `${instance}/restart?${keys}`,
      suspendPostUri: `${instance}/suspend?reason={text}&${keys}`,
      resumePostUri: `${instance}/resume?reason={text}&${keys}`,
    },
    baseUrl: base,
    requiredQueryStringParameters: 'code=none',
    ...(own ? { rpcBaseUrl: `${origin}/durabletask/` } : {}),
  };
}
