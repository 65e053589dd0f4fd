/** A thousand keys, each started twice at the same instant: one wait each, whoever came first, and everybody is told the truth. */
import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { awaitUntil } from '../support/await-until.ts';
import { call, startHarness, type Loose } from '../support/harness.ts';

const KEYS = 1_000;
/** At a time: more would only wait for each other. */
const AT_ONCE = 25;
/** Of those that are not only started. */
const FEWER = 250;
const harness = await startHarness();
const name = `race-${randomUUID().slice(0, 8)}`;

async function inTurns<T>(of: (i: number) => Promise<T>, keys = FEWER): Promise<T[]> {
  const all: T[] = [];
  for (let i = 0; i < keys; i += AT_ONCE)
    all.push(...(await Promise.all(Array.from({ length: AT_ONCE }, (_, j) => of(i + j)))));
  return all;
}

const sorted = (codes: readonly number[]) => codes.toSorted((a, b) => a - b);
const at = (i: number) => `/api/waits/${name}/${i}`;

test('each is one: started twice, stopped twice, started again twice', async () => {
  const starts = await inTurns(async (i) => {
    const ifExists = i % 2 === 0 ? 'fail' : 'existing';
    const start = (data: string) => call(harness, 'POST', at(i), { data, ifExists });
    const both = await Promise.all([start('left'), start('right')]);
    return { other: ifExists === 'fail' ? 409 : 200, both };
  }, KEYS);
  for (const { other, both } of starts) {
    const codes = sorted(both.map(({ status }) => status));
    expect(codes).toEqual(sorted([201, other]));
    const ids = both.flatMap(({ status, body }) => (status === 409 ? [] : [body.id as string]));
    expect(new Set(ids).size).toBe(1);
  }
  const winners: Loose[] = starts.map(
    ({ both }) => both.find(({ status }) => status === 201)?.body,
  );
  const open = await awaitUntil(
    'all are listed',
    async () => {
      const ids: string[] = [];
      let url: string | undefined = `/api/waits?name=${name}&state=waiting&limit=200`;
      while (url !== undefined) {
        const page: Loose = (await call(harness, 'GET', url)).body;
        ids.push(...page._embedded.waits.map(({ id }: Loose) => id));
        url = page._links.next?.href;
      }
      return ids.length >= KEYS && ids;
    },
    60_000,
  );
  expect(open.toSorted()).toEqual(winners.map(({ id }) => id as string).toSorted());

  const stops = await inTurns(async (i) => {
    const stop = (data: string) => call(harness, 'POST', `${at(i)}/stop`, { data });
    const both = await Promise.all([stop('left'), stop('right')]);
    const { body } = await call(harness, 'GET', `${at(i)}/result?wait=30s`);
    return { both, body };
  });
  for (const [i, { both, body }] of stops.entries()) {
    expect(sorted(both.map(({ status }) => status))).toEqual([200, 409]);
    const first = both.findIndex(({ status }) => status === 200) === 0 ? 'left' : 'right';
    expect(body).toMatchObject({ id: winners[i].id, state: 'stopped', stop: { data: first } });
  }

  const again = await inTurns(async (i) => {
    const both = await Promise.all([call(harness, 'POST', at(i)), call(harness, 'POST', at(i))]);
    await call(harness, 'POST', `${at(i)}/stop`);
    return sorted(both.map(({ status }) => status));
  });
  expect(again.filter((codes) => codes.join() !== '201,409')).toEqual([]);
}, 600_000);

test('the same by the routes of the article', async () => {
  const workflow = (i: number) => harness.client.workflow.getHandle(`wait:Workflow:${name}-${i}`);
  const runs = await inTurns(async (i) => {
    const start = async () => {
      const { status, text } = await call(harness, 'POST', `/api/start/${name}-${i}`);
      expect([status, text]).toEqual([200, '']);
      return (await workflow(i).describe()).runId;
    };
    const both = await Promise.all([start(), start()]);
    expect((await call(harness, 'POST', `/api/stop/${name}-${i}`)).status).toBe(200);
    return both;
  });
  expect(runs.filter(([one, other]) => one !== other)).toEqual([]);
}, 600_000);
