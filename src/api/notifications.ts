/** What people were told: reminders, deadlines that passed, what was assigned to them, what they are to decide, and how it ended. */
import { Type } from 'typebox';
import { ALL_ROLES, type Actor } from '../contracts/caller.ts';
import { Links } from '../contracts/documents/schemas.ts';
import {
  NOTIFICATION_KINDS,
  NOTIFIED_OUTCOMES,
  OCCASIONS,
  type Notification,
} from '../contracts/notifications.ts';
import { decisionTokens, DECISIONS, type LinkSettings } from '../shared/decision-links.ts';
import type { Database } from '../store/database.ts';
import { notificationsFor } from '../store/notifications.ts';
import { meantBy } from '../workflows/shared/people.ts';
import type { TypedApp } from './app.ts';
import type { Places } from './documents/resource.ts';
import { answered } from './errors.ts';
import { NewestFirstQuery } from './paging.ts';
import { problems } from './problems.ts';

const Row = Type.Object({
  id: Type.Integer({ description: 'Higher ones are newer.' }),
  kind: Type.Enum([...NOTIFICATION_KINDS], { description: 'What `document` is the id of.' }),
  occasion: Type.Enum([...OCCASIONS]),
  document: Type.String(),
  type: Type.String(),
  title: Type.String(),
  section: Type.Optional(Type.String()),
  stage: Type.Optional(Type.String({ description: 'Of an approval.' })),
  by: Type.Optional(Type.String({ description: 'Who brought it about.' })),
  reason: Type.Optional(Type.String()),
  outcome: Type.Optional(Type.Enum([...NOTIFIED_OUTCOMES])),
  dueAt: Type.Optional(Type.String({ format: 'date-time' })),
  decide: Type.Optional(
    Type.Object(
      { version: Type.Integer(), round: Type.Integer(), stage: Type.String() },
      { description: 'The recipients are asked for a decision; with links for the caller.' },
    ),
  ),
  recipients: Type.Array(Type.String({ description: 'user:x, role:y or anyone' })),
  at: Type.String({ format: 'date-time' }),
  _links: Links,
});

const List = Type.Object({
  count: Type.Integer({ description: 'Of this page.' }),
  _embedded: Type.Object({ notifications: Type.Array(Row) }),
  _links: Links,
});

export interface NotificationRoutes {
  readonly database: Database;
  readonly places: Places;
  readonly links: LinkSettings;
}

export function notificationRoutes(app: TypedApp, context: NotificationRoutes): void {
  const { database, places } = context;
  const schema = {
    tags: ['documents'],
    operationId: 'listNotifications',
    summary: 'What the caller was told, newest first',
    querystring: NewestFirstQuery,
    response: { 200: List, ...problems(400, 403, 503) },
  };
  app.get('/notifications', { schema }, async ({ actor, query }) => {
    const { limit = 50, before } = query;
    const page = before === undefined ? { limit } : { limit, before };
    const found = await answered(notificationsFor(database, recipientsOf(actor), page));
    const notifications = found.notifications.map((one) => rowOf(one, actor, context));
    const at = (last: string) => ({ href: `${places.base}/notifications?limit=${limit}${last}` });
    return {
      count: notifications.length,
      _embedded: { notifications },
      _links: {
        self: at(before === undefined ? '' : `&before=${before}`),
        ...(found.next === undefined ? {} : { next: at(`&before=${found.next}`) }),
        home: { href: places.base },
      },
    };
  });
}

function rowOf(one: Notification, actor: Actor, { places, links }: NotificationRoutes) {
  const { number: id, documentId: document, key: _key, recipients, ...rest } = one;
  const place =
    one.kind === 'document' ? places.document(document) : `${places.base}/approvals/${document}`;
  // Computed anew each time and kept nowhere. Not for roles: whose decision it would be is not known here.
  const asked = recipients.includes(`user:${actor.id}`);
  const tokens = asked ? decisionTokens(one, actor.id, links) : undefined;
  const at = (token: string) => ({ href: `${DECISIONS}/${token}` });
  const decide = tokens ? { approve: at(tokens.approve), reject: at(tokens.reject) } : {};
  const _links = { [one.kind]: { href: place }, ...decide };
  return { ...rest, id, document, recipients: [...recipients], _links };
}

/** With all roles everything, because it cannot be told which roles those are. */
function recipientsOf(actor: Actor): string[] | 'all' {
  return actor.roles.includes(ALL_ROLES) ? 'all' : meantBy(actor);
}
