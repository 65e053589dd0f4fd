/** The status of an instance as .NET code serialises it that returns the client's own object: with numbers, and a history. */
import { Type, type Static } from 'typebox';
import { NUMBERS, seconds, type InstanceStatus } from './management/status.ts';

export const DotNetStatus = Type.Object({
  name: Type.String(),
  instanceId: Type.String(),
  createdTime: Type.String(),
  lastUpdatedTime: Type.String(),
  input: Type.Unknown(),
  output: Type.Unknown(),
  runtimeStatus: Type.Integer({
    description:
      '0 Running, 1 Completed, 2 ContinuedAsNew, 3 Failed, 4 Canceled, 5 Terminated, 6 Pending, 7 Suspended',
  }),
  customStatus: Type.Unknown(),
  history: Type.Null(),
});
export type DotNetStatus = Static<typeof DotNetStatus>;

/** Times may be finer than to the second. */
export function dotNetStatus(status: InstanceStatus): DotNetStatus {
  const { name, instanceId, runtimeStatus, customStatus, input, output } = status;
  return {
    name,
    instanceId,
    runtimeStatus: NUMBERS[runtimeStatus],
    customStatus,
    createdTime: seconds(status.createdTime),
    lastUpdatedTime: seconds(status.lastUpdatedTime),
    input,
    output,
    history: null,
  };
}
