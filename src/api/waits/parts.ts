/** All of the waits' part of the gateway. */
import type { Database } from '../../store/database.ts';
import type { Temporal } from '../../temporal/client.ts';
import type { TypedApp } from '../app.ts';
import type { Cursors } from '../cursors.ts';
import type { Places } from '../documents/resource.ts';
import { waitCommandRoutes } from './command-routes.ts';
import { WaitCommander } from './commanding.ts';
import { Endings } from './endings.ts';
import { WaitLists } from './lists.ts';
import { WaitPresenter } from './presenter.ts';
import { waitRoutes, type WaitRoutes } from './routes.ts';
import { WaitReader } from './service.ts';
import { WaitStarter } from './starting.ts';

export function waitParts({
  temporal,
  database,
  places,
  cursors,
}: {
  readonly temporal: Temporal;
  readonly database: Database;
  readonly places: Places;
  readonly cursors: Cursors;
}): WaitRoutes {
  const reader = new WaitReader({ temporal, database });
  const endings = new Endings(temporal);
  return {
    reader,
    starter: new WaitStarter(reader, endings),
    commander: new WaitCommander(reader),
    lists: new WaitLists({ temporal, database, cursors }),
    present: new WaitPresenter(places),
    endings,
  };
}

export function allWaitRoutes(app: TypedApp, context: WaitRoutes): void {
  // Closing would wait for them otherwise.
  app.addHook('preClose', async () => context.endings.end());
  waitRoutes(app, context);
  waitCommandRoutes(app, context);
}
