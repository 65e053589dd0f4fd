/** Onboarding, order and approval of the first, third and fifth article, by clients that know no more than the articles do. */
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { awaitUntil } from '../support/await-until.ts';
import type { Loose } from '../support/harness.ts';
import { send, startService, temporaryDir } from '../support/service.ts';

type Answer = Awaited<ReturnType<typeof send>>;

let origin = '';
beforeAll(async () => {
  origin = (await startService('start', { DATA_DIR: join(await temporaryDir(), 'data') })).url;
});

/** The addresses of a 202. Nothing here makes one up; placeholders are filled in as the articles do it, by replacing text. */
type Uris = Readonly<Record<string, string>>;

async function start(path: string, input?: unknown): Promise<Uris> {
  const { status, text, headers, body } = await send('POST', `${origin}${path}`, input);
  expect(status, text).toBe(202);
  expect(headers.get('location')).toBe(body.statusQueryGetUri);
  expect(headers.get('retry-after')).toBe('10');
  return body;
}

function address(uris: Uris, name: string, fill: Readonly<Record<string, string>> = {}): string {
  return Object.entries(fill).reduce(
    (uri, [placeholder, text]) => uri.replace(`{${placeholder}}`, text),
    uris[name] ?? '',
  );
}

const raise = async (uris: Uris, eventName: string, data: unknown): Promise<Answer> =>
  send('POST', address(uris, 'sendEventPostUri', { eventName }), data);
const terminate = async (uris: Uris, text: string): Promise<Answer> =>
  send('POST', address(uris, 'terminatePostUri', { text }));
const purge = async (uris: Uris): Promise<Answer> =>
  send('DELETE', address(uris, 'purgeHistoryDeleteUri'));

/**
 * Polls as any client of the asynchronous pattern: each 202 says where to ask next and after how long, until another
 * answer comes. Only that it does not wait as long as it is told to. `is`: stops earlier.
 */
async function poll(uris: Uris, is: (status: Loose) => unknown = () => false): Promise<Answer> {
  let at = address(uris, 'statusQueryGetUri');
  let last: Answer | undefined;
  return awaitUntil('it stands there', async () => {
    last = await send('GET', at);
    if (last.status !== 202 || is(last.body)) return last;
    expect(last.headers.get('retry-after')).toBe('5');
    at = last.headers.get('location') ?? '';
    return undefined;
  }).catch((error: unknown) => {
    throw new Error(`${String(error)}: ${last?.status} ${last?.text}`);
  });
}

const showing = async (uris: Uris, customStatus: string): Promise<Loose> =>
  (await poll(uris, (status) => status.customStatus === customStatus)).body;

describe('the onboarding', () => {
  const METADATA = {
    title: 'Onboarding of Ada Lovelace',
    createdDate: '2026-01-31T09:00:00+01:00',
    creator: 'Holly',
    applicationId: 'A-1815',
  };
  const begin = () => start('/Onboarding/Start', METADATA);
  const collected = (what: string) => `${what} feedback collected`;
  const give = async (uris: Uris, event: string, isPassed = true): Promise<void> => {
    const answer = await raise(uris, event, { feedback: `About the ${event}`, isPassed });
    expect([answer.status, answer.text]).toEqual([202, '']);
  };

  it.each([
    [true, 'Submitted: True'],
    [false, 'Submitted: False'],
  ])('is collected, and its submission answered with %s', async (answer, output) => {
    const uris = await begin();
    // The gateway has set its status before a worker takes it up.
    await showing(uris, 'Waiting for feedback');
    const waiting = (await poll(uris, ({ runtimeStatus }) => runtimeStatus === 'Running')).body;
    expect(waiting).toEqual({
      name: 'StartWorkflow',
      instanceId: uris['id'],
      runtimeStatus: 'Running',
      input: METADATA,
      customStatus: 'Waiting for feedback',
      output: null,
      createdTime: expect.any(String),
      lastUpdatedTime: expect.any(String),
    });
    await give(uris, 'InterviewFeedback');
    await showing(uris, collected('Interview'));
    await give(uris, 'BackgroundCheckFeedback');
    await showing(uris, collected('Background check'));
    await give(uris, 'ContractFeedback');
    await showing(uris, 'Awaiting submission');
    expect((await raise(uris, 'SubmissionApproval', answer)).status).toBe(202);

    const { status, headers, body } = await poll(uris);
    expect([status, headers.has('location'), headers.has('retry-after')]).toEqual([
      200,
      false,
      false,
    ]);
    const end = { runtimeStatus: 'Completed', customStatus: 'Submitted document', output };
    expect(body).toMatchObject({ ...end, input: METADATA, createdTime: waiting.createdTime });
    expect((await raise(uris, 'InterviewFeedback', {})).status).toBe(410);
    expect((await terminate(uris, 'Too late')).status).toBe(410);
  });

  it('takes the sections in any order and corrections, and no approval before all are there', async () => {
    const uris = await begin();
    expect((await raise(uris, 'SubmissionApproval', true)).status).toBe(202);
    await give(uris, 'ContractFeedback');
    await showing(uris, collected('Contract'));
    await give(uris, 'BackgroundCheckFeedback', false);
    await showing(uris, collected('Background check'));
    expect((await raise(uris, 'Gossip', 'She knows her numbers')).status).toBe(202);
    await give(uris, 'BackgroundCheckFeedback');
    await give(uris, 'InterviewFeedback');
    const { runtimeStatus } = await showing(uris, 'Awaiting submission');
    expect(runtimeStatus, 'the early approval was for nothing').toBe('Running');
    expect((await raise(uris, 'SubmissionApproval', true)).status).toBe(202);
    expect((await poll(uris)).body.output).toBe('Submitted: True');
  });

  it('is terminated with a reason, and then purged', async () => {
    const uris = await begin();
    await showing(uris, 'Waiting for feedback');
    expect((await purge(uris)).status, 'not while it runs').toBe(412);
    const done = await terminate(uris, 'She took another offer');
    expect([done.status, done.text]).toEqual([202, '']);
    const { status, body } = await poll(uris);
    expect([status, body.runtimeStatus, body.output]).toEqual([
      200,
      'Terminated',
      'She took another offer',
    ]);
    expect((await raise(uris, 'InterviewFeedback', {})).status).toBe(410);
    const purged = await purge(uris);
    expect([purged.status, purged.body]).toEqual([200, { instancesDeleted: 1 }]);
    const gone = [
      await poll(uris),
      await raise(uris, 'InterviewFeedback', {}),
      await terminate(uris, 'Again'),
      await purge(uris),
    ];
    expect(gone.map(({ status, text }) => [status, text])).toEqual(gone.map(() => [404, '']));
  });

  it('is started once more by its address, beside the first', async () => {
    const uris = await begin();
    await showing(uris, 'Waiting for feedback');
    const { status, body: other } = await send('POST', address(uris, 'restartPostUri'));
    expect(status).toBe(202);
    expect(other.id).not.toBe(uris['id']);
    expect((await showing(other, 'Waiting for feedback')).input).toEqual(METADATA);
    for (const one of [uris, other]) {
      expect((await terminate(one, 'Enough')).status).toBe(202);
      expect((await poll(one)).body.output).toBe('Enough');
      const rewound = await send('POST', address(uris, 'rewindPostUri', { text: 'Why' }));
      expect(rewound.status, 'it has not failed').toBe(410);
    }
  });
});

describe('the order', () => {
  const sku = (name: string) => `article-${name}`;
  /** Sold from now on; `stock`: so many pieces. */
  const sell = async (name: string, stock: number): Promise<void> => {
    const product = { sku: sku(name), name: 'Robot', priceMinor: 1_000, stock };
    const { status, text } = await send('POST', `${origin}/api/products`, product);
    expect([200, 201], text).toContain(status);
  };
  const orderOf = (name: string) => ({
    customer: { name: 'Ada', email: 'ada@example.org', address: '12 St James Square' },
    lines: [{ sku: sku(name), quantity: 1 }],
    payment: { token: 'tok_visa' },
  });
  const short = (name: string) => `Back-ordered: There is only 0 of 1 ${sku(name)}.`;
  const historyOf = async (uris: Uris): Promise<Loose[]> => {
    const id = String(uris['id']).replace(/^order:/, '');
    return (await send('GET', `${origin}/api/orders/${id}/history`)).body._embedded.entries;
  };

  it.each(['/api/KickOff', '/api/OrderWorkflow', '/api/orchestrators/PlaceOrder'])(
    'is placed by %s, and its output is the tracking number',
    async (path) => {
      await sell('there', 5);
      const uris = await start(path, orderOf('there'));
      const { status, body } = await poll(uris);
      expect([status, body.name, body.runtimeStatus]).toEqual([200, 'PlaceOrder', 'Completed']);
      expect(body.output).toMatch(/^[A-Z0-9]{6,}$/);
      expect(body.customStatus).toBe(`Completed: ${body.output}`);
      expect((await raise(uris, 'Proceed', null)).status).toBe(410);
      expect((await terminate(uris, 'Too late')).status).toBe(410);
    },
  );

  it('waits for stock, and goes on by the event Proceed', async () => {
    await sell('late', 0);
    const uris = await start('/api/KickOff', orderOf('late'));
    const { runtimeStatus } = await showing(uris, short('late'));
    expect(runtimeStatus).toBe('Running');
    // Too early: it tries, and waits again.
    expect((await raise(uris, 'Proceed', null)).status).toBe(202);
    await awaitUntil('it has tried once more', async () => {
      const commands = (await historyOf(uris)).map(({ command }) => command);
      return commands.filter((command) => command === 'back-order').length === 2;
    });
    await showing(uris, short('late'));
    await sell('late', 1);
    expect([202, 410]).toContain((await raise(uris, 'Proceed', {})).status);
    const { body } = await poll(uris);
    expect([body.runtimeStatus, body.output]).toEqual(['Completed', expect.any(String)]);
    expect(body.customStatus).toBe(`Completed: ${body.output}`);
  });

  it('is terminated while it waits, with nothing left of it', async () => {
    await sell('never', 0);
    const uris = await start('/api/orchestrators/PlaceOrder', orderOf('never'));
    await showing(uris, short('never'));
    expect((await terminate(uris, 'He has one already')).status).toBe(202);
    const { status, body } = await poll(uris);
    expect([status, body.runtimeStatus, body.output]).toEqual([
      200,
      'Terminated',
      'He has one already',
    ]);
    expect((await raise(uris, 'Proceed', null)).status).toBe(410);
    await sell('never', 1);
    const { body: product } = await send('GET', `${origin}/api/products/${sku('never')}`);
    expect(product.stock, 'nobody takes it any more').toBe(1);
    expect((await purge(uris)).status).toBe(200);
    expect((await poll(uris)).status).toBe(404);
  });

  it('fails when the card is refused, and says why', async () => {
    await sell('poor', 1);
    const order = { ...orderOf('poor'), payment: { token: 'tok_declined' } };
    const { body } = await poll(await start('/api/KickOff', order));
    expect(body.runtimeStatus).toBe('Failed');
    expect(body.output).toContain('Payment refused: The card was refused.');
    const { body: product } = await send('GET', `${origin}/api/products/${sku('poor')}`);
    expect(product.stock).toBe(1);
  });
});

describe('the approval', () => {
  const propose = (input?: unknown, name = 'OrchFunction') =>
    start(`/api/orchestrators/${name}`, input);
  const decided = (decision: string) => [`Your project design proposal has been -  ${decision}!`];
  const ESCALATED = [
    'ESCALATION : You have not approved the project design proposal - reassigning to your Manager!  Head of department!',
  ];

  it.each([
    ['approved by anything', 'true', 'Approved'],
    ['approved in words', '"Approved"', 'Approved'],
    ['rejected', 'false', 'Rejected'],
    ['rejected with a reason', '{"approved":false,"reason":"Too dear"}', 'Rejected'],
  ])('is %s: %s', async (_how, data, decision) => {
    const uris = await propose();
    expect(uris['id']).toMatch(/^[0-9a-f]{32}$/);
    const { body } = await poll(uris, ({ runtimeStatus }) => runtimeStatus === 'Running');
    expect(body).toMatchObject({
      name: 'OrchFunction',
      input: null,
      output: null,
      customStatus: null,
    });
    expect((await raise(uris, 'Approval', JSON.parse(data))).status).toBe(202);
    const { status, body: end } = await poll(uris);
    expect([status, end.runtimeStatus, end.output]).toEqual([200, 'Completed', decided(decision)]);
    expect((await raise(uris, 'Approval', true)).status, 'a second decision').toBe(410);
  });

  it('is escalated when nobody has decided in time, and the head of department decides', async () => {
    const uris = await propose({ timeout: 'PT0.5S' });
    const { status, body } = await poll(uris);
    expect([status, body.runtimeStatus, body.output]).toEqual([200, 'Completed', ESCALATED]);
    expect((await raise(uris, 'Approval', true)).status).toBe(410);
    const at = `${origin}/api/approvals/${uris['id']}`;
    const open = await send('GET', at);
    expect(open.body).toMatchObject({
      state: 'pending',
      waitingFor: ['role:head-of-department'],
      subject: { workflowId: uris['id'] },
    });
    const approved = await send('POST', `${at}/approve`, {}, { user: 'hana' });
    expect(approved.body).toMatchObject({ state: 'approved' });
  });

  it('is not escalated when it was terminated before', async () => {
    const [uris, other] = [await propose({ timeout: 'PT1S' }), await propose({ timeout: 'PT1S' })];
    expect((await terminate(uris, 'Withdrawn')).status).toBe(202);
    const { body } = await poll(uris);
    expect([body.runtimeStatus, body.output]).toEqual(['Terminated', 'Withdrawn']);
    expect((await poll(other)).body.output, 'the time is up').toEqual(ESCALATED);
    expect((await send('GET', `${origin}/api/approvals/${uris['id']}`)).status).toBe(404);
    expect((await purge(uris)).status).toBe(200);
    expect((await poll(uris)).status).toBe(404);
  });

  it('is waited for by whoever asks to: the bare output, or the addresses when the time is up', async () => {
    const url = (query: string) => `${origin}/api/orchestrators/OrchFunction?${query}`;
    const soon = { timeout: 'PT0.3S' };
    const inTime = await send('POST', url('timeout=10&pollingInterval=1'), soon);
    expect([inTime.status, inTime.body]).toEqual([200, ESCALATED]);
    const late = await send('POST', url('timeout=0.2&pollingInterval=0.1'));
    expect(late.status).toBe(202);
    expect((await raise(late.body, 'Approval', true)).status).toBe(202);
    expect((await poll(late.body)).body.output).toEqual(decided('Approved'));
  });

  it('begins, in the course, with both texts; a slow quote is not waited for', async () => {
    const run = async (name: string, input?: unknown): Promise<unknown> =>
      (await poll(await propose(input, name))).body.output;
    expect(await run('ApprovalTexts')).toEqual([...decided('Approved'), ...decided('Rejected')]);
    expect(await run('QuoteWithTimeout', { takes: 'PT0.1S', timeout: 'PT8S' })).toBe(true);
    expect(await run('QuoteWithTimeout', { takes: 'PT1M', timeout: 'PT0.1S' })).toBe(false);
  });

  it('is of functions that there are: any other name starts nothing', async () => {
    const { status, body } = await send('POST', `${origin}/api/orchestrators/Nobody`, null);
    expect([status, body.ExceptionMessage]).toEqual([400, expect.stringContaining("'Nobody'")]);
  });
});
