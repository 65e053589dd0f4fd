/** All activities of the worker. */
import { approvalActivities } from './approvals.ts';
import type { Directory } from '../contracts/people.ts';
import { archiveActivities } from './archive.ts';
import { compensationActivities } from './compensations.ts';
import { documentActivities, type DocumentActivityDeps } from './documents.ts';
import { inboxActivities, type InboxDeps } from './inbox.ts';
import { linkActivities } from './links.ts';
import { createOrderActivities, type OrderActivityDeps } from './orders.ts';
import { notificationActivities, type NotificationDeps } from './notifications.ts';
import { proposalActivities } from './proposals.ts';
import { reconcileActivities } from './reconcile.ts';
import { sampleActivities } from './samples.ts';
import { waitActivities } from './waits.ts';
import { webhookActivities, type WebhookSettings } from './webhooks.ts';

/** The outside systems that activities talk to. */
export interface ActivityDeps
  extends DocumentActivityDeps, NotificationDeps, OrderActivityDeps, InboxDeps {
  readonly webhooks: WebhookSettings;
  readonly directory: Directory;
}

/** One plain object of functions, as `Worker.create` takes it. */
export function createActivities(deps: ActivityDeps) {
  return {
    ...documentActivities(deps),
    ...approvalActivities(deps),
    ...compensationActivities(deps),
    ...archiveActivities(deps),
    ...inboxActivities(deps),
    ...linkActivities(deps),
    ...notificationActivities(deps),
    ...createOrderActivities(deps),
    ...proposalActivities(deps),
    ...reconcileActivities(deps),
    ...sampleActivities(),
    ...waitActivities(deps),
    ...webhookActivities(deps),
  };
}

/** What workflows know of the activities: their types. */
export type Activities = ReturnType<typeof createActivities>;
