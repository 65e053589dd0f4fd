/** Gateways beside the harness's own, of which one part is not as it should be. */
import type { FastifyInstance } from 'fastify';
import pino from 'pino';
import { afterAll } from 'vitest';
import { buildApp, type AppDeps } from '../../src/api/app.ts';
import type { JsonObject } from '../../src/contracts/json.ts';
import { NO_DIRECTORY } from '../../src/contracts/people.ts';
import { durableSettings } from '../../src/durable-settings.ts';
import { orderSettings } from '../../src/order-settings.ts';
import { NO_LINKS } from '../../src/shared/decision-links.ts';
import type { Harness } from './harness.ts';

/** What a gateway of a test is told beside its parts. */
export const SETTINGS = {
  apiPrefix: '/api',
  version: 'test',
  links: NO_LINKS,
  directory: NO_DIRECTORY,
  temporalUiUrl: undefined,
  orderTerms: orderSettings({}).terms,
  triggers: { triggers: [], folder: undefined, retentionMs: 86_400_000 },
} as const satisfies Partial<AppDeps>;

/** A logger, and what was logged by it: one object a line. */
export function keepingLog(level = 'info'): { log: pino.Logger; logged: JsonObject[] } {
  const logged: JsonObject[] = [];
  const write = (line: string) => void logged.push(JSON.parse(line) as JsonObject);
  return { log: pino({ level, base: null }, { write }), logged };
}

/** Makes gateways on the harness's parts, except those that are given. They are closed after the tests of the file. */
export function gatewaysOf(harness: Harness) {
  const opened: FastifyInstance[] = [];
  afterAll(async () => {
    for (const one of opened) await one.close();
  });
  return async (parts: Partial<AppDeps>) => {
    const { log, logged } = keepingLog();
    const { temporal, database, changes, documentTypes } = harness;
    const durable = durableSettings({}, temporal.taskQueue);
    const own = { temporal, database, changes, documentTypes, durable, log };
    const app = await buildApp({ ...own, ...SETTINGS, ...parts });
    opened.push(app);
    return { app, logged };
  };
}
