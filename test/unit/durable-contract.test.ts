/** Every row of the contract of Durable Functions, and the tests that show it; each must be there under this title. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const MAIN = 'test/api/durable.test.ts';
const ABUSE = 'test/api/durable-abuse.test.ts';
const HOSTILE = 'test/api/durable-hostile.test.ts';
const SETTINGS = 'test/api/durable-settings.test.ts';
const NPM = 'test/api/durable-client.test.ts';
const QUERIES = 'test/unit/durable-management.test.ts';
const HISTORY = 'test/unit/durable-history.test.ts';
const FOREIGN = 'test/api/durable-foreign.test.ts';
const WORKERLESS = 'test/api/durable-without-worker.test.ts';

test.each<[row: string, file: string, title: string]>([
  ['base path, both', MAIN, 'POST %s/orchestrators/{functionName}'],
  ['path matching: case, slashes', MAIN, 'under awkward ids works, in whatever case the route'],
  ['wrong verb, unknown route: 404, empty', MAIN, 'unknown routes and other verbs are 404 without'],
  ['query names and values', QUERIES, 'has names in any case, and joins what is repeated'],
  ['booleans, ints and dates that cannot be read', QUERIES, 'is never an error'],
  ['taskHub and connection; code', SETTINGS, 'is in the addresses of a start, and lets anybody'],
  ['success body type; nothing where nothing is', MAIN, '202 with where to watch and steer it'],
  ['error bodies: four names', MAIN, 'of what is not JSON, of an unknown function, under an id'],
  ['error bodies: the bare text of purging', MAIN, '404 for none, 400 without a beginning'],
  ['error bodies: 404 and 410 have none', MAIN, 'of nobody is 404 without a body'],
  ['start: any JSON, content type not looked at', MAIN, 'takes any JSON whatever its type says'],
  ['start: malformed content types', HOSTILE, '43: content types'],
  ['start: invalid JSON', HOSTILE, '36: bodies that are no acceptable JSON'],
  ['start: unknown function', HOSTILE, 'is none: 400, and Temporal is not asked'],
  ['start: an id is made up', MAIN, 'an id is made up'],
  ['start: rules of ids', HOSTILE, '38: ids'],
  ['start: duplicate id', MAIN, 'of one that runs is 500 and changes nothing'],
  ['start: AnyState, 409', SETTINGS, 'duplicate: 500, 409, or the running one is replaced'],
  ['start: version', SETTINGS, 'can name a version, which the status shows'],
  ['start: timeout and pollingInterval', MAIN, 'that waits: the bare output in time'],
  ['start: 202 headers and body', MAIN, '202 with where to watch and steer it'],
  ['start: recipe of the addresses', QUERIES, 'addresses: of the request’s origin'],
  ['status: 202 with its own address, 200', MAIN, '202 with its own address while it runs, 200'],
  ['status: 500 on failure when asked', MAIN, 'failed: its message, and 500 only when asked'],
  ['status: showInput, showHistory, output', MAIN, 'with its history when it is asked for'],
  ['status: Pending', WORKERLESS, 'a start is taken, and is Pending'],
  ['status: Suspended', FOREIGN, 'suspended it does nothing and keeps what comes'],
  ['status: custom status', FOREIGN, 'start, custom status, events, output'],
  ['history: what is folded, left out and named', HISTORY, 'an activity is told once, with its'],
  ['history: times, inputs and results', HISTORY, 'tells neither inputs nor results that are not'],
  ['history: timers and children', HISTORY, 'an escalation: the timer fires'],
  ['history: the alias that the npm client reads', NPM, 'startNew, getStatus, raiseEvent'],
  ['list: filters and pages', MAIN, 'by prefix, status and time, in pages, each instance once'],
  ['list: statuses by name and number', QUERIES, 'a filter of statuses: names exactly, numbers'],
  ['list: top beyond all measure, dates reversed', ABUSE, '41: numbers and times beyond all'],
  ['list: tokens', ABUSE, '40: continuation tokens'],
  ['purge one: 200, then 404', MAIN, 'one: 404 at once and in lists, whatever Temporal still'],
  ['purge one: not of a live one', MAIN, 'one that has not ended is not purged: 412'],
  ['purge by filter', MAIN, 'many: by time and status, only what has ended'],
  ['raiseEvent: order of checks', MAIN, 'in this order: 404 for nobody, 410 after the end'],
  ['raiseEvent: kept for later, in order', WORKERLESS, 'a hundred events of one name are there'],
  ['raiseEvent: without a body', SETTINGS, 'empty-event: an event without a body is null'],
  ['terminate: 404, 202, 410', MAIN, '404 for nobody, 202 and then 410; the reason is the output'],
  ['suspend and resume: 202, 404, 410, 500', FOREIGN, 'suspended it does nothing and keeps what'],
  ['suspend: 501 where it cannot', FOREIGN, 'without our interceptors it cannot be suspended'],
  ['rewind: 404, 410, 500', MAIN, '404 for nobody, 410 for what has ended otherwise'],
  ['rewind: 412', SETTINGS, 'rewind: 412 instead of 410 and 500'],
  ['rewind: only what has failed', FOREIGN, 'rewind runs again what has failed, and what had'],
  ['rewind: the cause, not what failed before', FOREIGN, 'rewind goes back to what it has failed'],
  ['restart: new id, own id, 400 for nobody', MAIN, 'starts the same function with the same input'],
  [
    'restart: of a live one 500; waits',
    MAIN,
    'of nobody is 400, of one that runs under its own id',
  ],
  ['createCheckStatusResponse', NPM, 'createCheckStatusResponse, createHttpManagementPayload'],
  ['the app’s own route, with rewindPostUri', MAIN, 'answers as an app does, with the address'],
  ['the app’s own route by GET', SETTINGS, 'by GET and POST at the app’s own route'],
  ['wait: 500 when asked', ABUSE, 'with its status when it has failed, as 500 when that is'],
  ['entities', NPM, 'entities, which we do not offer, are an error and hang nothing'],
])('%s', (_row, file, title) => {
  expect(readFileSync(file, 'utf8')).toContain(title);
});
