/** All activities of the worker. */
import type { Database } from '../store/database.ts';
import type { DocumentTypes } from '../document-types.ts';
import { archiveActivities } from './archive.ts';
import { documentActivities, type ActivityLog } from './documents.ts';

/** The outside systems that activities talk to. */
export interface ActivityDeps {
  readonly database: Database;
  readonly documentTypes: DocumentTypes;
  readonly log: ActivityLog;
}

/** One plain object of functions, as `Worker.create` takes it. */
export function createActivities(deps: ActivityDeps) {
  return { ...documentActivities(deps), ...archiveActivities(deps) };
}

/** What workflows know of the activities: their types. */
export type Activities = ReturnType<typeof createActivities>;
