/** Document types for tests on the real server: small, and with one trait each. */
import {
  documentTypes,
  parseDocumentType,
  type DocumentTypes,
} from '../../src/document-types/index.ts';
import { orThrow } from '../../src/api/documents/service.ts';
import type { DocumentType } from '../../src/contracts/documents/definition.ts';
import { awaitUntil } from './await-until.ts';
import { call, type Harness, type Loose } from './harness.ts';

const note = { title: 'Note', schema: { type: 'object' } };

/** A type with one section, Note, that takes any object; `more` goes before that. */
export function typeOf(name: string, more: object = {}): DocumentType {
  return orThrow(
    parseDocumentType({ name, version: 1, title: name, sections: { Note: note }, ...more }),
  );
}

export function typesOf(...types: readonly DocumentType[]): DocumentTypes {
  return documentTypes(types);
}

/** Short words for what tests do to documents over HTTP, as the user `ann` unless said otherwise. */
export function hands(harness: Pick<Harness, 'app'>) {
  const as = (user = 'ann') => ({ 'x-user': user });
  return {
    /** The id of a new document. */
    create: async (type: string, more: object = {}, user?: string): Promise<string> => {
      const made = await call(harness, 'POST', '/api/documents', { type, ...more }, as(user));
      if (made.status !== 201) throw new Error(made.text);
      return made.body.id as string;
    },
    command: (id: string, kind: string, body: object = {}, user?: string) =>
      call(harness, 'POST', `/api/documents/${id}/${kind}`, body, as(user)),
    fill: (id: string, section: string, data: object, user?: string) =>
      call(harness, 'PUT', `/api/documents/${id}/sections/${section}`, data, as(user)),
    event: (id: string, name: string, payload: unknown, user?: string) =>
      call(harness, 'POST', `/api/documents/${id}/events/${name}`, payload, as(user)),
    read: async (id: string, user?: string): Promise<Loose> => {
      return (await call(harness, 'GET', `/api/documents/${id}`, undefined, as(user))).body;
    },
    /** Until the document looks like this. */
    until: async (what: string, id: string, is: (document: Loose) => unknown): Promise<Loose> => {
      let last: Loose;
      return awaitUntil(what, async () => {
        last = (await call(harness, 'GET', `/api/documents/${id}`)).body;
        return (await is(last)) ? last : undefined;
      }).catch((error: unknown) => {
        throw new Error(`${String(error)}: ${JSON.stringify(last)?.slice(0, 2000)}`);
      });
    },
  };
}
