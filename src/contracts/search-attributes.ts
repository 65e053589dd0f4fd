/**
 * The closed list of search attributes. They are stored as plain text and never encrypted: opaque ids only, nothing
 * personal. SQL visibility has 10 columns for Keyword and 3 for each other type, so the list must stay short.
 */
import { defineSearchAttributeKey } from '@temporalio/common';

/** Which of our kinds a workflow is. Lists filter by it, not by workflow type: several types make documents. */
export const DossierKind = defineSearchAttributeKey('DossierKind', 'KEYWORD');
/** The document type's name. */
export const DossierType = defineSearchAttributeKey('DossierType', 'KEYWORD');
/** The state, in the words of the HTTP API. Upserted when it changes, never per edit. */
export const DossierState = defineSearchAttributeKey('DossierState', 'KEYWORD');
/** The owner's user id. */
export const DossierOwner = defineSearchAttributeKey('DossierOwner', 'KEYWORD');
/** The id of the parent document. */
export const DossierParent = defineSearchAttributeKey('DossierParent', 'KEYWORD');
/** Who has to act next: `user:x`, `role:y`, `anyone`. */
export const DossierWaitingFor = defineSearchAttributeKey('DossierWaitingFor', 'KEYWORD_LIST');
/** Searchable fields as `name=value`; equality only. */
export const DossierFields = defineSearchAttributeKey('DossierFields', 'KEYWORD_LIST');
/**
 * As many of the texts, from the first one on, as a list of keywords can hold: Temporal ends a workflow (it does not
 * refuse the command) whose attribute is larger than 2,048 bytes. The rest is not found by this attribute.
 */
export function keywords(texts: readonly string[]): string[] {
  const kept: string[] = [];
  let bytes = 2;
  for (const text of texts.map(searchText)) {
    bytes += new TextEncoder().encode(JSON.stringify(text)).length + 1;
    if (bytes > KEYWORD_LIST_BYTES) break;
    kept.push(text);
  }
  return kept;
}

/** Stands last among those who are waited for when they are more than the attribute holds. */
export const MORE = '…';

/** Those who are waited for; the inbox of those for whom there is no room asks the memo. */
export function waitingKeywords(texts: readonly string[]): string[] {
  const kept = keywords(texts);
  return kept.length < texts.length ? [...kept, MORE] : kept;
}

/** Of the 2,048 that the server allows. */
const KEYWORD_LIST_BYTES = 2_000;

/** Words of the title, only for types that ask for it. */
export const DossierTitle = defineSearchAttributeKey('DossierTitle', 'TEXT');
/** When the thing was created. */
export const DossierCreatedAt = defineSearchAttributeKey('DossierCreatedAt', 'DATETIME');
/** When somebody has to have acted. */
export const DossierDueAt = defineSearchAttributeKey('DossierDueAt', 'DATETIME');
/** Something went wrong that only a person can put right. */
export const DossierNeedsAttention = defineSearchAttributeKey('DossierNeedsAttention', 'BOOL');

/**
 * A text as a search attribute has it. SQLite, as a development server has it, does not find quotes and backslashes, and
 * in lists it takes them, or its own separator, for a part of the query.
 */
export function searchText(text: string): string {
  return text.replaceAll(/["'\\%\0♡]/gu, encodeURIComponent).replaceAll("'", '%27');
}

/** All of them: what is registered with the server before the first workflow starts. */
export const SEARCH_ATTRIBUTES: readonly ReturnType<typeof defineSearchAttributeKey>[] = [
  DossierKind,
  DossierType,
  DossierState,
  DossierOwner,
  DossierParent,
  DossierWaitingFor,
  DossierFields,
  DossierTitle,
  DossierCreatedAt,
  DossierDueAt,
  DossierNeedsAttention,
];
