import { expect, test } from 'vitest';
import { call, feedback, SECTIONS, startHarness } from '../support/harness.ts';

const harness = await startHarness();

test('an onboarding from creation to approval', async () => {
  const created = await call(harness, 'POST', '/api/documents', { type: 'employee-onboarding' });
  expect(created.status).toBe(201);
  const at = created.headers.location as string;
  for (const section of SECTIONS) expect((await call(harness, 'PUT', `${at}/sections/${section}`, feedback))).toMatchObject({status:200});
  const approved = await call(harness, 'POST', `${at}/approve`);
  expect(approved.body).toMatchObject({ state: 'approved', customStatus: 'Submitted document' });
});
