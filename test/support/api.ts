/** The API as tests talk to it: every answer must be one that the OpenAPI document promises. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { expect } from 'vitest';
import { orThrow } from '../../src/api/documents/service.ts';
import type { DocumentType } from '../../src/contracts/documents/definition.ts';
import { parseDocumentType } from '../../src/document-types/index.ts';
import { awaitUntil } from './await-until.ts';
import { call as rawCall, SECTIONS, feedback, type Harness, type Loose } from './harness.ts';

export type Answer = Awaited<ReturnType<typeof rawCall>>;
export type Method = Parameters<typeof rawCall>[1];
type Headers = Record<string, string>;

/** Who asks: a user, and roles; without roles none. */
export const as = (user: string, roles = ''): Headers => ({ 'x-user': user, 'x-roles': roles });
export const problemOf = (answer: Answer): [status: number, code: string] => [
  answer.status,
  answer.body?.code,
];
export const pointersOf = ({ body }: Answer): string[] =>
  (body.errors ?? []).map(({ pointer }: Loose) => pointer).toSorted();
export const idsOf = ({ body }: Answer): string[] =>
  (body._embedded.documents ?? body._embedded.tasks).map(({ id }: Loose) => id);

/** A document type of version 1, with a title, whose sections take any object unless they say otherwise. */
export function typeOf(name: string, rest: Record<string, Loose>): DocumentType {
  const sections = Object.entries(rest['sections'] ?? {}).map(([section, one]) => [
    section,
    { title: section, schema: { type: 'object' }, ...(one as object) },
  ]);
  const whole = { name, version: 1, title: name, ...rest, sections: Object.fromEntries(sections) };
  return orThrow(parseDocumentType(whole));
}

export const ONBOARDING = {
  type: 'employee-onboarding',
  metadata: { title: 'Ada', creator: 'hr' },
};

export interface Made {
  readonly id: string;
  /** Its place. */
  readonly at: string;
}

export async function openApi(harness: Harness) {
  const openapi: Loose = (await rawCall(harness, 'GET', '/api/openapi.json')).body;
  const ajv = addFormats.default(new Ajv2020({ strict: false, allErrors: true }));
  ajv.addSchema({ $id: 'openapi', ...openapi });

  /** Fails when the OpenAPI document does not promise this answer. */
  function conform(method: string, url: string, { status, headers, body }: Answer): void {
    const [path = ''] = url.split('?');
    const template = templateOf(path);
    const operation = template && openapi.paths[template][method.toLowerCase()];
    if (!operation) return;
    const promised = operation.responses[status];
    expect(promised, `${method} ${template} does not document ${status}`).toBeDefined();
    if (body === undefined) return;
    const [type] = String(headers['content-type'] ?? '').split(';');
    expect(Object.keys(promised.content ?? {}), `${method} ${template} ${status}`).toContain(type);
    const place = [template, method.toLowerCase(), 'responses', status, 'content', type, 'schema'];
    const pointer = ['paths', ...place]
      .map((part) => encodeURIComponent(String(part).replaceAll('~', '~0').replaceAll('/', '~1')))
      .join('/');
    const validate = ajv.compile({ $ref: `openapi#/${pointer}` });
    validate(body);
    expect(validate.errors ?? [], `${method} ${url} ${status}`).toEqual([]);
  }

  function templateOf(path: string): string | undefined {
    const all = Object.keys(openapi.paths).filter((one) =>
      new RegExp(`^${one.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}/?$`).test(path),
    );
    return all.find((one) => !one.includes('{')) ?? all[0];
  }

  const send = async (
    method: Method,
    url: string,
    body?: unknown,
    headers: Headers = {},
  ): Promise<Answer> => {
    const answer = await rawCall(harness, method, url, body, headers);
    conform(method, url, answer);
    return answer;
  };

  async function create(body: object = ONBOARDING, headers: Headers = {}): Promise<Made> {
    const { status, body: made, text } = await send('POST', '/api/documents', body, headers);
    expect(status, text).toBe(201);
    return { id: made.id, at: `/api/documents/${made.id}` };
  }

  const closed = async (made: Made): Promise<Made> => {
    await harness.client.workflow
      .getHandle(`document:${made.id}`)
      .result()
      .catch(() => undefined);
    return made;
  };

  return {
    openapi,
    conform,
    send,
    create,
    /** When its workflow has ended, so that it is in the archive. */
    closed,
    /** An onboarding from its creation to its end. */
    approved: async (): Promise<Made> => {
      const made = await create();
      const sections = Object.fromEntries(SECTIONS.map((name) => [name, feedback]));
      expect((await send('PUT', `${made.at}/sections`, sections)).status).toBe(200);
      expect((await send('POST', `${made.at}/approve`)).status).toBe(200);
      return closed(made);
    },
    /** The list, once it has the document; lists are a moment behind. */
    listed: (query: string, id: string, headers: Headers = {}): Promise<Answer> =>
      awaitUntil(`${id} in ${query}`, async () => {
        const list = await send('GET', `/api/documents?${query}`, undefined, headers);
        expect(list.status, list.text).toBe(200);
        return idsOf(list).includes(id) && list;
      }),
    /** All pages of the list. */
    walk: async (query: string, headers: Headers = {}): Promise<Answer[]> => {
      const pages: Answer[] = [];
      for (let url: string | undefined = `/api/documents?${query}`; url;) {
        const page: Answer = await send('GET', url, undefined, headers);
        expect(page.status, page.text).toBe(200);
        pages.push(page);
        url = page.body._links.next?.href;
      }
      return pages;
    },
  };
}
