/** A client of somebody else: compiles only as long as the OpenAPI document knows the fields of each section. */
import createClient from 'openapi-fetch';
import type { components, paths } from './schema.js';

type Schemas = components['schemas'];

const amounts: Schemas['ExpenseClaim_Amounts'] = {
  currency: 'EUR',
  items: [{ date: '2026-11-01', category: 'travel', amount: 80 }],
  total: 80,
};
// @ts-expect-error a currency that the type does not know
export const unknownCurrency: Schemas['ExpenseClaim_Amounts'] = { ...amounts, currency: 'XAU' };
// @ts-expect-error the total is required
export const withoutTotal: Schemas['ExpenseClaim_Amounts'] = { currency: 'EUR', items: [] };

export const mixed: Schemas['Interview_Create'] = {
  type: 'interview',
  // @ts-expect-error a section of another type
  sections: { Amounts: amounts },
};
// @ts-expect-error an amount is a number
export const text: string = amounts.items[0]?.amount;

/** Creates a claim and reads it back: "travel: 80.00". */
export async function claim(baseUrl: string): Promise<string> {
  const api = createClient<paths>({ baseUrl });
  const created = await api.POST('/api/documents', {
    body: {
      type: 'expense-claim',
      metadata: { costCentre: 'ENG-1200' },
      sections: { Amounts: amounts },
    },
  });
  if (!created.data) throw new Error(created.error.detail);
  const { data } = await api.GET('/api/documents/{id}', {
    params: { path: { id: created.data.id } },
  });
  if (data?.type !== 'expense-claim') return '';
  const item = data.sections?.Amounts?.data?.items[0];
  return `${item?.category}: ${item?.amount.toFixed(2)}`;
}
