/** Approvals of their own as tests ask for them: by a plain client, as the CLI does, without the gateway. */
import { randomUUID } from 'node:crypto';
import { notificationsFor } from '../../src/store/notifications.ts';
import type { ApprovalKept, RecordResult } from '../../src/workflows/approvals/messages.ts';
import type { ApprovalRecord } from '../../src/workflows/approvals/record.ts';
import { awaitUntil } from './await-until.ts';
import type { Harness, Loose } from './harness.ts';

/** A policy of one stage for these approvers; `more` goes to the stage, `rest` to the policy. */
export function policyFor(approvers: readonly string[], more: object = {}, rest: object = {}) {
  return { stages: [{ name: 'decide', approvers, ...more }], ...rest };
}

/** Short words for what tests do to approvals. */
export function approvalHands(harness: Pick<Harness, 'client' | 'taskQueue' | 'database'>) {
  const { client, taskQueue, database } = harness;
  const handle = (id: string) => client.workflow.getHandle(`approval:${id}`);
  const kept = async (id: string): Promise<ApprovalKept> =>
    awaitUntil(`${id} answers`, async () => handle(id).query<ApprovalKept | undefined>('approval'));
  const read = async (id: string): Promise<ApprovalRecord> => (await kept(id)).record;
  return {
    handle,
    kept,
    read,
    /** The id of a new approval that `olga` owns, once it has begun. */
    ask: async (policy: object, more: object = {}): Promise<string> => {
      const id = randomUUID();
      await client.workflow.start('approval', {
        workflowId: `approval:${id}`,
        taskQueue,
        args: [{ title: 'Budget', subject: { amount: 10 }, owner: 'olga', policy, ...more }],
      });
      await awaitUntil(`${id} has begun`, async () => {
        const { memo } = await handle(id).describe();
        return memo?.['approval'];
      });
      return id;
    },
    /** By an update, as this user. */
    command: (id: string, kind: string, actor: string, more: object = {}): Promise<RecordResult> =>
      handle(id).executeUpdate<RecordResult, [Loose]>('command', {
        args: [{ kind, actor, ...more }],
      }),
    /** The code with which an update is refused. */
    refusal: async (
      id: string,
      kind: string,
      actor: string,
      more: object = {},
    ): Promise<string> => {
      try {
        await handle(id).executeUpdate('command', { args: [{ kind, actor, ...more }] });
      } catch (error) {
        return (error as Loose).cause.type as string;
      }
      throw new Error(`${kind} was accepted`);
    },
    until: async (
      what: string,
      id: string,
      is: (record: ApprovalRecord) => unknown,
      ms?: number,
    ): Promise<ApprovalRecord> => {
      let last: ApprovalRecord | undefined;
      return awaitUntil(
        what,
        async () => {
          last = await read(id);
          return is(last) ? last : undefined;
        },
        ms,
      ).catch((error: unknown) => {
        throw new Error(`${String(error)}: ${JSON.stringify(last)?.slice(0, 2000)}`);
      });
    },
    /** The commands that the history tells, oldest first. */
    commandsOf: async (id: string): Promise<string[]> =>
      (await read(id)).history.map(({ command }) => command),
    /** What was told of it, oldest first. */
    toldOf: async (id: string) => {
      const { notifications } = await notificationsFor(database, 'all', { limit: 1000 });
      return notifications
        .filter(({ documentId }) => documentId === id)
        .map(({ occasion, recipients }) => ({ occasion, recipients }))
        .toReversed();
    },
  };
}
