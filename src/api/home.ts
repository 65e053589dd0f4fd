/** Home: from where a client finds everything, and what it may create. */
import { Type } from 'typebox';
import { OrderRow } from '../contracts/orders/schemas.ts';
import { ApprovalRow } from '../contracts/approvals/record-schemas.ts';
import { DocumentRow, Links } from '../contracts/documents/schemas.ts';
import { FilterQuery, readableBy } from './documents/filters.ts';
import type { DocumentTypes } from '../document-types/index.ts';
import type { TypedApp } from './app.ts';
import type { DocumentPresenter } from './documents/presenter.ts';
import { problems } from './problems.ts';
import type { Tasks } from './tasks.ts';

export interface HomeContext {
  readonly documentTypes: DocumentTypes;
  readonly tasks: Tasks;
  readonly present: DocumentPresenter;
  readonly temporalUiUrl: string | undefined;
}

/** Home, what one may create, what waits for the caller, and what the caller waits for. */
export function homeRoutes(app: TypedApp, context: HomeContext): void {
  home(app, context);
  box(app, context, 'inbox');
  box(app, context, 'outbox');
}

function home(app: TypedApp, { documentTypes, present, temporalUiUrl }: HomeContext): void {
  const { places } = present;
  const schema = {
    tags: ['service'],
    operationId: 'home',
    summary: 'Home',
    response: { 200: Type.Object({ _links: Links }), ...problems(400, 403) },
  };
  app.get('/', { schema }, async () => ({
    _links: {
      self: { href: places.base },
      documents: {
        href: `${places.documents()}{?${[...Object.keys(FilterQuery.properties), 'limit', 'cursor'].join()}}`,
        templated: true,
      },
      counts: { href: places.documents({}, '/counts') },
      document: { href: places.document('{id}'), templated: true },
      approvals: { href: `${places.approvals()}{?state,owner,limit,cursor}`, templated: true },
      approval: { href: places.approval('{id}'), templated: true },
      orders: {
        href: `${places.orders()}{?state,owner,needsAttention,limit,cursor}`,
        templated: true,
      },
      order: { href: places.order('{id}'), templated: true },
      products: { href: `${places.products()}{?limit,cursor}`, templated: true },
      product: { href: places.product('{sku}'), templated: true },
      coupons: { href: `${places.coupons()}{?limit,cursor}`, templated: true },
      coupon: { href: places.coupon('{code}'), templated: true },
      credit: { href: `${places.base}/credit/{email}`, templated: true },
      'customer-mails': { href: `${places.customerMails()}{?limit,before}`, templated: true },
      waits: { href: `${places.waits()}{?name,key,state,owner,limit,cursor}`, templated: true },
      wait: { href: `${places.base}/waits/{name}/{key}`, templated: true },
      inbox: { href: `${places.base}/inbox` },
      outbox: { href: `${places.base}/outbox` },
      notifications: { href: `${places.base}/notifications` },
      stream: { href: `${places.base}/stream{?type,owner,parent}`, templated: true },
      'order-stream': { href: `${places.base}/stream/orders{?owner}`, templated: true },
      'document-types': { href: `${places.base}/document-types` },
      'create-form': documentTypes.all.map(({ name, title }) => ({
        href: places.documentType(name),
        name,
        title,
      })),
      'service-desc': { href: `${places.base}/openapi.json` },
      'service-doc': { href: '/docs' },
      ...(temporalUiUrl === undefined ? {} : { 'temporal-ui': { href: temporalUiUrl } }),
    },
  }));
}

const Task = Type.Union([
  Type.Object({ kind: Type.Literal('document'), ...DocumentRow.properties }),
  Type.Object({ kind: Type.Literal('approval'), ...ApprovalRow.properties }),
  Type.Object({ kind: Type.Literal('order'), id: Type.String(), ...OrderRow.properties }),
]);

const TaskList = Type.Object({
  count: Type.Integer(),
  truncated: Type.Optional(
    Type.Literal(true, { description: 'There may be more than the thousand that were looked at.' }),
  ),
  _embedded: Type.Object({ tasks: Type.Array(Task) }),
  _links: Links,
});

const BOXES = {
  inbox: 'What waits for the caller, what is due first coming first',
  outbox: 'What the caller owns and is not closed, what is due first coming first',
} as const;

function box(app: TypedApp, context: HomeContext, name: keyof typeof BOXES): void {
  const { documentTypes, tasks: all, present } = context;
  const schema = {
    tags: ['service'],
    operationId: name,
    summary: BOXES[name],
    querystring: Type.Object({}, { additionalProperties: false }),
    response: { 200: TaskList, ...problems(400, 403, 503) },
  };
  app.get(`/${name}`, { schema }, async ({ actor, signal }) => {
    const { tasks, truncated } = await all[name](readableBy(documentTypes, actor), signal);
    const { base } = present.places;
    return {
      count: tasks.length,
      ...(truncated ? { truncated } : {}),
      _embedded: { tasks },
      _links: { self: { href: `${base}/${name}` }, home: { href: base } },
    };
  });
}
