/** Each shipped type, from its creation to its end, by the people who would do it; and one that somebody drops in. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { awaitUntil } from '../support/await-until.ts';
import type { Loose } from '../support/harness.ts';
import { startService, temporaryDir, type Service } from '../support/service.ts';

let service: Service;
beforeAll(async () => {
  const dir = await temporaryDir();
  const types = join(dir, 'types');
  cpSync('document-types', types, { recursive: true });
  // What a user does: a file, and no code.
  const [, leave = ''] = /<!-- test: own-type -->\s*```yaml\n([^]*?)```/.exec(
    readFileSync('README.md', 'utf8'),
  )!;
  writeFileSync(join(types, 'leave.yaml'), leave);
  service = await startService('start', {
    DATA_DIR: join(dir, 'data'),
    DOCUMENT_TYPES_DIR: types,
  });
});

/** Somebody, with a way to ask the service. */
function person(user: string, ...roles: string[]) {
  const ask = async (
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; body: Loose; etag: string | null }> => {
    const response = await fetch(`${service.url}/api${path}`, {
      method,
      headers: {
        'x-user': user,
        'x-roles': roles.join(','),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const etag = response.headers.get('etag');
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text), etag };
  };
  return {
    ask,
    async create(type: string, more: object = {}): Promise<string> {
      const { status, body } = await ask('POST', '/documents', { type, ...more });
      expect(status, JSON.stringify(body)).toBe(201);
      return body.id;
    },
    /** Fills the section on top of what is there now. */
    async fill(id: string, section: string, data: object): Promise<Loose> {
      const { etag } = await ask('GET', `/documents/${id}`);
      const path = `/documents/${id}/sections/${section}`;
      const { status, body } = await ask('PUT', path, data, { 'if-match': etag ?? '' });
      expect(status, JSON.stringify(body)).toBe(200);
      return body;
    },
    async does(id: string, command: string, body: object = {}): Promise<Loose> {
      const answer = await ask('POST', `/documents/${id}/${command}`, body);
      expect(answer.status, JSON.stringify(answer.body)).toBe(200);
      return answer.body;
    },
    async read(id: string): Promise<Loose> {
      return (await ask('GET', `/documents/${id}`)).body;
    },
  };
}

describe('an employee-onboarding with two interviews below it', { timeout: 30_000 }, () => {
  const [owner, interviewer] = [person('hanna', 'hr'), person('ivan', 'interviewer')];
  const feedback = { feedback: 'Convincing', isPassed: true };

  it('ends approved; the interview that is done stays done, the other is cancelled with it', async () => {
    const id = await owner.create('employee-onboarding', { metadata: { title: 'Ada' } });
    const interview = { metadata: { candidate: 'Ada' }, parent: id };
    const [done, open] = [
      await owner.create('interview', interview),
      await owner.create('interview', interview),
    ];
    await owner.fill(done, 'Schedule', {
      startsAt: '2027-01-04T09:00:00Z',
      place: 'office',
      interviewers: ['ivan'],
    });
    const assessed = await interviewer.fill(done, 'Assessment', {
      recommendation: 'yes',
      strengths: 'Asks good questions',
    });
    expect(assessed).toMatchObject({ state: 'approved', customStatus: 'Interview done' });
    await awaitUntil('the parent shows both', async () => {
      const { children = {} } = await owner.read(id);
      return children[done]?.state === 'approved' && children[open]?.state === 'open';
    });
    await owner.fill(id, 'InterviewFeedback', feedback);
    await owner.does(id, 'cancel', { reason: 'She took another offer' });
    await awaitUntil('the open interview is cancelled too', async () => {
      return (await owner.read(open)).state === 'cancelled';
    });
    expect((await owner.read(done)).state).toBe('approved');
  });
});

it('a design-proposal: the privacy review is required once personal data is touched', async () => {
  const author = person('ada', 'engineer');
  const [privacy, manager] = [person('pia', 'privacy-officer'), person('max', 'manager')];
  const id = await author.create('design-proposal', { metadata: { team: 'core' } });
  const summary = {
    problem: 'Nobody knows who waits for whom.',
    goals: ['One page for each document'],
    touchesPersonalData: false,
    effortInWeeks: 4,
  };
  await author.fill(id, 'Summary', summary);
  await author.fill(id, 'Design', {
    text: 'A workflow for each document. '.repeat(5),
    alternatives: [{ name: 'A table', whyNot: 'No history' }],
  });
  expect((await author.fill(id, 'Risks', { risks: [] })).progress.missing).toEqual([]);
  const changed = await author.fill(id, 'Summary', { ...summary, touchesPersonalData: true });
  expect(changed).toMatchObject({
    progress: { missing: ['PrivacyReview'] },
    waitingFor: ['role:privacy-officer'],
  });
  const early = await author.ask('POST', `/documents/${id}/submit`, {});
  expect([early.status, early.body.code]).toEqual([409, 'wrong-state']);
  await privacy.fill(id, 'PrivacyReview', { acceptable: true });
  await author.does(id, 'submit');
  const accepted = await manager.does(id, 'approve', { reason: 'Go' });
  expect(accepted).toMatchObject({ state: 'approved', customStatus: 'Accepted' });
}, 30_000);

it('a design-proposal that the manager does not answer: the head of department is asked, too', async () => {
  const [author, head] = [person('ada', 'engineer'), person('hedi', 'head-of-department')];
  const [board, manager] = [person('bea', 'board'), person('max', 'manager')];
  const id = await author.create('design-proposal', { metadata: { team: 'core' } });
  await author.fill(id, 'Summary', {
    problem: 'The whole of it has to be built again.',
    goals: ['Everything anew'],
    touchesPersonalData: false,
    effortInWeeks: 40,
  });
  await author.fill(id, 'Design', {
    text: 'A workflow for each document. '.repeat(5),
    alternatives: [{ name: 'A table', whyNot: 'No history' }],
  });
  await author.fill(id, 'Risks', { risks: [] });
  await person('pia', 'privacy-officer').fill(id, 'PrivacyReview', { acceptable: true });
  const submitted = await author.does(id, 'submit');
  expect(submitted).toMatchObject({ state: 'in-review', customStatus: 'Awaiting a decision' });
  expect((await head.ask('POST', `/documents/${id}/approve`, {})).status).toBe(403);

  const escalated = await awaitUntil(
    'twenty seconds without an answer',
    async () => {
      const now = await author.read(id);
      return now.approval.escalations.length > 0 && now;
    },
    30_000,
  );
  const { at, ...who } = escalated.approval.escalations[0];
  expect(who).toEqual({
    stage: 'manager',
    from: ['role:manager'],
    to: ['role:head-of-department'],
  });
  const { entries } = (await author.ask('GET', `/documents/${id}/history`)).body._embedded;
  const asked = entries.find(({ command }: Loose) => command === 'ask');
  expect(Math.round((Date.parse(at) - Date.parse(asked.at)) / 1000)).toBe(20);

  // Half a year of work: after the head in the manager's place, two of the board.
  const first = await head.does(id, 'approve', { reason: 'In the manager’s place' });
  expect(first).toMatchObject({ state: 'in-review' });
  await awaitUntil('the board is asked', async () => {
    const { approval } = await author.read(id);
    return approval.stage === 'board' && approval.needed === 2;
  });
  expect((await manager.ask('POST', `/documents/${id}/approve`, {})).status).toBe(403);
  expect(await board.does(id, 'approve')).toMatchObject({ state: 'in-review' });
  const end = await person('bob', 'board').does(id, 'approve');
  expect(end).toMatchObject({ state: 'approved', customStatus: 'Accepted' });
  const told = (await author.ask('GET', '/notifications')).body._embedded.notifications;
  expect(told.map(({ occasion }: Loose) => occasion)).toContain('finished');
}, 60_000);

it('an expense-claim: above 50 with receipts, found by its cost centre, decided by a manager', async () => {
  const [claimer, manager] = [person('carl'), person('max', 'manager')];
  const id = await claimer.create('expense-claim', {
    title: 'Trip to Bern',
    metadata: { costCentre: 'ENG-1200' },
  });
  const amounts = {
    currency: 'CHF',
    items: [{ date: '2026-11-02', category: 'travel', amount: 80.5 }],
    total: 80.5,
  };
  expect((await claimer.fill(id, 'Amounts', amounts)).progress.missing).toEqual(['Receipts']);
  await claimer.fill(id, 'Receipts', { files: [{ name: 'a.pdf', url: 'https://x.example/a' }] });
  await claimer.does(id, 'submit');
  await awaitUntil('the manager finds it', async () => {
    const found = await manager.ask('GET', '/documents?costCentre=ENG-1200&total=80.5&title=bern');
    return found.body._embedded.documents.some((one: Loose) => one.id === id);
  });
  expect((await person('eve').ask('GET', `/documents/${id}`)).status).toBe(404);
  const paid = await manager.does(id, 'approve');
  expect(paid.customStatus).toBe('To be paid');
  await awaitUntil('found among the closed ones', async () => {
    const found = await claimer.ask('GET', '/documents?state=approved&costCentre=ENG-1200');
    return found.body._embedded.documents.some((one: Loose) => one.id === id);
  });
}, 30_000);

it('an expense-claim above 1,000: two stages, two people; sent back, it begins anew', async () => {
  const [claimer, manager] = [person('carl'), person('max', 'manager', 'finance')];
  const finance = person('fay', 'finance');
  const id = await claimer.create('expense-claim', {
    title: 'Trip to Oslo',
    metadata: { costCentre: 'ENG-1300' },
  });
  const amounts = (total: number) => ({
    currency: 'EUR',
    items: [{ date: '2026-11-02', category: 'travel', amount: total }],
    total,
  });
  await claimer.fill(id, 'Amounts', amounts(1500));
  await claimer.fill(id, 'Receipts', { files: [{ name: 'a.pdf', url: 'https://x.example/a' }] });
  await claimer.does(id, 'submit');
  const own = await claimer.ask('POST', `/documents/${id}/approve`, {});
  expect([own.status, own.body.code]).toEqual([403, 'forbidden']);
  expect(await manager.does(id, 'approve')).toMatchObject({ state: 'in-review' });
  await awaitUntil('finance is asked', async () => {
    const { body } = await finance.ask('GET', '/inbox');
    return body._embedded.tasks.some((one: Loose) => one.id === id);
  });
  // He has both roles, and one voice.
  expect((await manager.ask('POST', `/documents/${id}/reject`, {})).status).toBe(403);
  const back = await finance.does(id, 'request-changes', {
    reason: 'One receipt is missing',
    sections: { Receipts: 'Where is the hotel?' },
  });
  expect(back).toMatchObject({ state: 'changes-requested', waitingFor: ['user:carl'] });
  await claimer.fill(id, 'Amounts', amounts(1400));
  await claimer.does(id, 'submit');
  const { approval, comments } = await claimer.read(id);
  expect(approval).toMatchObject({ round: 2, stage: 'manager' });
  expect(comments).toMatchObject([{ by: 'fay', section: 'Receipts' }]);
  await manager.does(id, 'approve');
  await awaitUntil('finance is asked again', async () => {
    return (await claimer.read(id)).approval.stage === 'finance';
  });
  expect(await finance.does(id, 'approve')).toMatchObject({ customStatus: 'To be paid' });
}, 30_000);

it('a credit-application: sensitive fields for few, a version for each change, a decision by another', async () => {
  const [customer, officer] = [person('cleo', 'customer'), person('olga', 'credit-officer')];
  const risk = person('rudi', 'risk-manager');
  const id = await customer.create('credit-application', {
    metadata: { branch: '001', channel: 'web' },
  });
  const request = {
    applicant: 'Cleo',
    email: 'cleo@example.org',
    birthDate: '1990-01-01',
    amount: 20_000,
    currency: 'CHF',
    purpose: 'car',
    months: 36,
  };
  const blind = await customer.ask('PUT', `/documents/${id}/sections/Request`, request);
  expect([blind.status, blind.body.code]).toEqual([428, 'precondition-required']);
  await customer.fill(id, 'Request', request);
  await customer.fill(id, 'Income', {
    employment: 'employed',
    monthlySalary: 7_777,
    monthlyObligations: 500,
  });
  await officer.fill(id, 'Assessment', { riskClass: 'A', affordable: true, score: 900 });
  await officer.does(id, 'submit');
  const seen = await risk.read(id);
  expect(seen.sections.Income.data.monthlySalary).toBe(7_777);
  const history = await risk.ask('GET', `/documents/${id}/history`);
  expect(JSON.stringify(history.body)).not.toContain('7777');
  expect((await customer.ask('POST', `/documents/${id}/approve`, {})).status).toBe(403);
  expect(await risk.does(id, 'approve')).toMatchObject({ customStatus: 'Granted' });
}, 30_000);

it('the type of the README, dropped in as a file, works like any other', async () => {
  const [employee, head] = [person('emil'), person('hugo', 'head')];
  const { body: types } = await employee.ask('GET', '/document-types');
  const names = types._embedded.documentTypes.map(({ name }: Loose) => name);
  expect(names).toContain('leave');
  const id = await employee.create('leave');
  const wrong = await employee.ask('PUT', `/documents/${id}/sections/Dates`, { from: 'soon' });
  expect(wrong.body.errors.map(({ pointer }: Loose) => pointer)).toEqual(['/to', '/from']);
  await employee.fill(id, 'Dates', { from: '2027-07-01', to: '2027-07-14' });
  await employee.does(id, 'submit');
  expect((await head.does(id, 'approve')).state).toBe('approved');
}, 30_000);
