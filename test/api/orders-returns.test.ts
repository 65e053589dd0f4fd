/** Orders that come back after they have arrived. */
import { describe, expect, test } from 'vitest';
import { as, problemOf } from '../support/api.ts';
import { awaitUntil } from '../support/await-until.ts';
import { startHarness } from '../support/harness.ts';
import { ADA, orderOf, ORDERS, ordersOf, STAFF } from '../support/orders.ts';

const harness = await startHarness();
const { send, get, product, place, post, reaches, stock, taken } = await ordersOf(harness);
const { client } = harness;
const why = { reason: 'It hums.' };

async function delivered(more: object = {}): Promise<{ id: string; sku: string }> {
  const sku = await product(1);
  const id = await place(orderOf(sku, more));
  await reaches(id, 'completed');
  return { id, sku };
}

/** The return, once it is asked for and somebody has been asked to decide. */
function asked(id: string) {
  return awaitUntil('the return is asked for', async () => {
    const { return: it } = (await get(id)).body;
    return it?.state === 'asked' && it.approval && it;
  });
}

function decide(approval: string, kind: string, by = STAFF, body: object = {}) {
  return send('POST', `/api/approvals/${approval}/${kind}`, body, by);
}

describe('a return', () => {
  test('that is granted: the money goes back, the goods can be sold again, the customer is told', async () => {
    const { id, sku } = await delivered();
    const before = await get(id);
    expect(Object.keys(before.body._templates)).toEqual(['return']);
    expect(before.body.returnableUntil).toBe(
      new Date(Date.parse(before.body.closedAt) + 30 * 86_400_000).toISOString(),
    );
    const sent = await post(id, 'return', why);
    expect([sent.status, sent.headers['location']]).toEqual([202, `${ORDERS}/${id}`]);
    const it = await asked(id);
    expect(it).toMatchObject({
      ...why,
      askedBy: 'ada',
      approval: expect.stringContaining(`return-${id}-`),
    });
    const shown = (await get(id)).body;
    expect(shown).toMatchObject({ state: 'completed', customStatus: 'Return asked for: It hums.' });
    expect(shown._links.approval.href).toBe(`/api/approvals/${it.approval}`);
    expect(Object.keys(shown._templates)).toEqual([]);
    // Asked for again, it is the same one.
    expect((await post(id, 'return', why)).status).toBe(202);
    const decided = await post(id, 'approve', {}, STAFF);
    expect(decided.status, decided.text).toBe(200);
    const back = await reaches(id, 'returned');
    expect(back).toMatchObject({ closedReason: 'It hums.', return: { state: 'granted' } });
    expect(back['steps'].map((step: { state: string }) => step.state)).toEqual([
      'undone',
      'undone',
      'done',
      'done',
    ]);
    expect([await stock(sku), await taken(id)]).toEqual([1, 0]);
    expect(await client.workflow.getHandle(`return:${id}`).result()).toBe('granted');
    const mails = await send('GET', '/api/customer-mails?limit=1', undefined, STAFF);
    expect(mails.body._embedded.mails[0]).toMatchObject({
      order: id,
      subject: `Your order ${id} was returned`,
      text: expect.stringContaining('You get back what you paid: EUR 10.00'),
    });
    const { body } = await send('GET', `${ORDERS}/${id}/history`, undefined, ADA);
    const lines = body._embedded.entries.map(({ command }: { command: string }) => command);
    expect(lines.slice(-6)).toEqual([
      'return',
      'ask for approval',
      'approve',
      'undo ProcessPayment',
      'undo CheckAndReserveInventory',
      'returned',
    ]);
    const list = await send('GET', `${ORDERS}?state=returned`, undefined, ADA);
    expect(list.body._embedded.orders).toMatchObject([{ orderId: id }]);
    expect(problemOf(await post(id, 'return', why))).toEqual([409, 'wrong-state']);
  });

  test('that is refused can be asked for again', async () => {
    const { id, sku } = await delivered();
    await post(id, 'return', why);
    const it = await asked(id);
    await decide(it.approval, 'reject', STAFF, { reason: 'It should hum.' });
    const refused = await awaitUntil('it is refused', async () => {
      const { body } = await get(id);
      return body.return.state === 'refused' && body;
    });
    expect(refused).toMatchObject({
      state: 'completed',
      customStatus: expect.stringMatching(/^Completed/),
      return: { refusal: 'The approval is rejected. It should hum.' },
    });
    expect([await stock(sku), await taken(id)]).toEqual([0, 1_000]);
    await client.workflow.getHandle(`return:${id}`).result();
    expect((await post(id, 'return', { reason: 'Really.' })).status).toBe(202);
    const again = await asked(id);
    expect(again.reason).toBe('Really.');
    await decide(again.approval, 'approve');
    await reaches(id, 'returned');
  });

  test('that its customer thinks better of', async () => {
    const { id } = await delivered();
    await post(id, 'return', why);
    const it = await asked(id);
    const withdrawn = await decide(it.approval, 'withdraw', ADA);
    expect(withdrawn.status, withdrawn.text).toBe(200);
    await awaitUntil('it is refused', async () => (await get(id)).body.return.state === 'refused');
  });

  test('is for the customer and for staff, of what has arrived', async () => {
    const sku = await product(0);
    const waiting = await place(orderOf(sku));
    await reaches(waiting, 'back-ordered');
    const early = await post(waiting, 'return', why);
    expect(problemOf(early)).toEqual([409, 'wrong-state']);
    expect(early.body.detail).toBe('The order is not with the customer yet.');
    const { id } = await delivered();
    expect(problemOf(await post(id, 'return', why, as('eve', 'customer')))).toEqual([
      404,
      'not-found',
    ]);
    expect(problemOf(await post(id, 'return'))).toEqual([400, 'invalid-request']);
    expect(problemOf(await post('none', 'return', why))).toEqual([404, 'not-found']);
    expect(problemOf(await post(id, 'settle', why, STAFF))).toEqual([409, 'wrong-state']);
    expect((await post(id, 'return', why, STAFF)).status).toBe(202);
    expect(await asked(id)).toMatchObject({ askedBy: 'sam' });
  });

  test('from the CLI: by its workflow type and id', async () => {
    const { id } = await delivered();
    const taskQueue = harness.taskQueue;
    const handle = await client.workflow.start('returnOrder', {
      workflowId: `return:${id}`,
      taskQueue,
      args: [{ ...why, actor: 'ada' }],
    });
    const it = await asked(id);
    expect(it.askedBy).toBe('ada');
    await client.workflow
      .getHandle(`approval:${it.approval}`)
      .signal('command', { kind: 'approve' });
    expect(await handle.result()).toBe('granted');
    const refused = (workflowId: string, input: unknown) =>
      client.workflow.execute('returnOrder', { workflowId, taskQueue, args: [input] }).then(
        () => 'accepted',
        (error: Error) => (error.cause as Error).message,
      );
    expect(await refused('return:none', why)).toBe('There is no finished order for it.');
    expect(await refused(`return:${id}`, why)).toMatch(/is returned/);
    expect(await refused(`return:${(await delivered()).id}`, 7)).toMatch(
      /The input of a return is/,
    );
  });

  test('that was terminated half way goes on when it is asked for again', async () => {
    const { id } = await delivered();
    await post(id, 'return', why);
    const first = await asked(id);
    await client.workflow.getHandle(`return:${id}`).terminate('gone');
    expect((await post(id, 'return', why)).status).toBe(202);
    const second = await awaitUntil('somebody else is asked', async () => {
      const { return: it } = (await get(id)).body;
      return it.approval && it.approval !== first.approval && it;
    });
    expect(await client.workflow.getHandle(`approval:${first.approval}`).result()).toMatchObject({
      state: 'withdrawn',
    });
    await decide(second.approval, 'approve');
    await reaches(id, 'returned');
    expect(await taken(id)).toBe(0);
  });
});

test('a refund that does not work is seen, found, and settled', { timeout: 60_000 }, async () => {
  const sku = await product(1);
  const id = await place(orderOf(sku, { payment: { token: 'tok_refund_never' } }));
  await reaches(id, 'completed');
  await post(id, 'return', why);
  const it = await asked(id);
  await decide(it.approval, 'approve');
  const stuck = await awaitUntil(
    'it needs attention',
    async () => {
      const { body } = await get(id, STAFF);
      return body.needsAttention && body;
    },
    40_000,
  );
  expect(stuck.customStatus).toMatch(/^Needs attention: RefundPayment/);
  expect(Object.keys(stuck._templates)).toEqual(['proceed', 'settle']);
  const found = await send('GET', `${ORDERS}?needsAttention=true`, undefined, STAFF);
  expect(found.body._embedded.orders).toContainEqual(expect.objectContaining({ orderId: id }));
  expect(problemOf(await post(id, 'settle', why))).toEqual([403, 'forbidden']);
  const settled = await post(id, 'settle', { reason: 'Paid back in cash.' }, STAFF);
  expect(settled.status, settled.text).toBe(202);
  await reaches(id, 'returned');
  expect(await stock(sku)).toBe(1);
});

test('too late', async () => {
  const soon = await ordersOf(await startHarness({ orders: { ORDER_RETURN: '1ms' } }));
  const id = await soon.place(orderOf(await soon.product(1)));
  await soon.reaches(id, 'completed');
  const late = await soon.post(id, 'return', why);
  expect(problemOf(late)).toEqual([409, 'wrong-state']);
  expect(late.body.detail).toMatch(/^The order could be returned until 20/);
});
