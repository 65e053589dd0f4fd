/** What the gateway is told, and the parts that its routes are made of. */
import type { Logger } from 'pino';
import { quoteOrder } from '../store/orders/quoting.ts';
import type { Directory } from '../contracts/people.ts';
import { hubOf, type DurableSettings } from '../contracts/durable.ts';
import type { TriggerSettings } from '../contracts/triggers.ts';
import type { OrderTerms } from '../contracts/orders/types.ts';
import type { DocumentTypes } from '../document-types/index.ts';
import type { LinkSettings } from '../shared/decision-links.ts';
import type { Changes } from '../store/changes.ts';
import type { Database } from '../store/database.ts';
import { ApprovalCommander } from './approvals/commanding.ts';
import { ApprovalCreator } from './approvals/creating.ts';
import { ApprovalLists } from './approvals/lists.ts';
import { ApprovalPresenter } from './approvals/presenter.ts';
import type { ApprovalRoutes } from './approvals/routes.ts';
import { ApprovalReader } from './approvals/service.ts';
import type { Temporal } from '../temporal/client.ts';
import type { Cursors } from './cursors.ts';
import type { Places } from './documents/resource.ts';
import { Instances } from './durable/management/instances.ts';
import { InstanceLists } from './durable/management/listing.ts';
import { Purging } from './durable/management/purging.ts';
import type { ManagementRoutes } from './durable/management/routes.ts';
import { Rewinding } from './durable/management/rewinding.ts';
import { Steering } from './durable/management/steering.ts';
import { Suspending } from './durable/management/suspending.ts';
import { knownIn } from './known-user.ts';
import { OrderCreator } from './orders/creating.ts';
import { OrderLists } from './orders/lists.ts';
import { OrderPresenter } from './orders/presenter.ts';
import type { OrderRoutes } from './orders/routes.ts';
import { OrderReturns } from './orders/returns.ts';
import { OrderReader } from './orders/service.ts';
import { Sender } from './updating.ts';

export interface AppDeps {
  readonly temporal: Temporal;
  readonly database: Database;
  /** Live hints; the app closes nothing of it. */
  readonly changes: Changes;
  readonly documentTypes: DocumentTypes;
  readonly directory: Directory;
  /** What clients of Durable Functions may start. */
  readonly durable: DurableSettings;
  /** Which events start or signal something. */
  readonly triggers: TriggerSettings;
  /** Of orders that are placed now. */
  readonly orderTerms: OrderTerms;
  readonly log: Logger;
  readonly apiPrefix: string;
  /** For page cursors and decision links. */
  readonly links: LinkSettings;
  /** Only for links. */
  readonly temporalUiUrl: string | undefined;
  /** Our own version, as the OpenAPI document tells it. */
  readonly version: string;
}

export function managementParts(deps: AppDeps, cursors: Cursors): ManagementRoutes {
  const { temporal, database, apiPrefix } = deps;
  const { functions, options, getCompat } = deps.durable;
  const instances = new Instances(temporal, database, hubOf(functions));
  const steering = new Steering({ temporal, instances, functions, options });
  const lists = new InstanceLists(temporal, instances, cursors);
  return {
    instances,
    lists,
    steering,
    suspending: new Suspending({ temporal, instances, steering }),
    purging: new Purging({ temporal, database, instances, lists }),
    rewinding: new Rewinding(temporal, instances, options),
    options,
    getCompat,
    secrets: deps.links.secrets,
    taskHub: temporal.taskQueue,
    apiPrefix,
  };
}

export function orderParts(
  { temporal, database, orderTerms }: AppDeps,
  places: Places,
  cursors: Cursors,
  approvals: ApprovalRoutes,
): OrderRoutes {
  const reader = new OrderReader({ temporal, database });
  const creator = new OrderCreator(reader, (wanted) =>
    quoteOrder(database, wanted, orderTerms, new Date().toISOString()),
  );
  return {
    reader,
    creator,
    sender: new Sender(reader),
    returns: new OrderReturns(reader),
    lists: new OrderLists({ temporal, database, cursors }),
    present: new OrderPresenter(places),
    approvals: approvals.commander,
  };
}

export function approvalParts(deps: AppDeps, places: Places, cursors: Cursors): ApprovalRoutes {
  const { temporal, database, directory } = deps;
  const reader = new ApprovalReader({ temporal, database, directory });
  return {
    reader,
    creator: new ApprovalCreator(reader),
    commander: new ApprovalCommander(reader),
    lists: new ApprovalLists({ temporal, database, cursors }),
    present: new ApprovalPresenter(places),
    knownUser: knownIn(directory),
  };
}
