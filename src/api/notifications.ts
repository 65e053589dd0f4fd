/** What people were told: reminders, deadlines that passed, sections that were assigned to them. */
import { Type } from 'typebox';
import { ALL_ROLES, type Actor } from '../contracts/caller.ts';
import { Links } from '../contracts/documents/schemas.ts';
import type { Database } from '../store/database.ts';
import { notificationsFor } from '../store/notifications.ts';
import { meantBy } from '../workflows/shared/people.ts';
import type { TypedApp } from './app.ts';
import type { Places } from './documents/resource.ts';
import { answered } from './errors.ts';
import { problems } from './problems.ts';

const Row = Type.Object({
  id: Type.Integer({ description: 'Higher ones are newer.' }),
  occasion: Type.String(),
  document: Type.String(),
  type: Type.String(),
  title: Type.String(),
  section: Type.Optional(Type.String()),
  recipients: Type.Array(Type.String({ description: 'user:x, role:y or anyone' })),
  at: Type.String({ format: 'date-time' }),
  _links: Links,
});

const List = Type.Object({
  count: Type.Integer({ description: 'Of this page.' }),
  _embedded: Type.Object({ notifications: Type.Array(Row) }),
  _links: Links,
});

export function notificationRoutes(app: TypedApp, database: Database, places: Places): void {
  const schema = {
    tags: ['documents'],
    operationId: 'listNotifications',
    summary: 'What the caller was told, newest first',
    querystring: Type.Object(
      {
        limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50 })),
        before: Type.Optional(
          Type.Integer({
            minimum: 1,
            maximum: Number.MAX_SAFE_INTEGER,
            description: 'From `_links.next`.',
          }),
        ),
      },
      { additionalProperties: false },
    ),
    response: { 200: List, ...problems(400, 403, 503) },
  };
  app.get('/notifications', { schema }, async ({ actor, query }) => {
    const { limit = 50, before } = query;
    const page = before === undefined ? { limit } : { limit, before };
    const found = await answered(notificationsFor(database, recipientsOf(actor), page));
    const notifications = found.notifications.map(
      ({ number, documentId, sequence: _n, ...rest }) => ({
        ...rest,
        id: number,
        document: documentId,
        recipients: [...rest.recipients],
        _links: { document: { href: places.document(documentId) } },
      }),
    );
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

/** With all roles everything, because it cannot be told which roles those are. */
function recipientsOf(actor: Actor): string[] | 'all' {
  return actor.roles.includes(ALL_ROLES) ? 'all' : meantBy(actor);
}
