/** What a namespace needs before the first workflow can start. */
import type { ConnectionLike } from '@temporalio/client';
import type { SearchAttributeType } from '@temporalio/common';
import { SEARCH_ATTRIBUTES } from '../contracts/search-attributes.ts';
import proto from '@temporalio/proto'; // CommonJS, of which Node finds no named exports
import { StartupError } from '../startup-error.ts';

const { IndexedValueType } = proto.temporal.api.enums.v1;
const TYPES: Readonly<Record<SearchAttributeType, proto.temporal.api.enums.v1.IndexedValueType>> = {
  TEXT: IndexedValueType.INDEXED_VALUE_TYPE_TEXT,
  KEYWORD: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
  INT: IndexedValueType.INDEXED_VALUE_TYPE_INT,
  DOUBLE: IndexedValueType.INDEXED_VALUE_TYPE_DOUBLE,
  BOOL: IndexedValueType.INDEXED_VALUE_TYPE_BOOL,
  DATETIME: IndexedValueType.INDEXED_VALUE_TYPE_DATETIME,
  KEYWORD_LIST: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD_LIST,
};

/**
 * Registers the search attributes that the namespace does not have yet. Without them a start fails.
 * @throws StartupError when one is there with another type, or when the server will not take them.
 */
export async function registerSearchAttributes(
  connection: ConnectionLike,
  namespace: string,
): Promise<void> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  const missing = SEARCH_ATTRIBUTES.filter(({ name, type }) => {
    const there = customAttributes?.[name];
    if (there !== undefined && there !== null && there !== TYPES[type]) {
      throw new StartupError(
        `the namespace ${namespace} has a search attribute ${name} of another type than ${type}; it must be removed first`,
      );
    }
    return there === undefined || there === null;
  });
  if (missing.length === 0) return;
  await connection.operatorService.addSearchAttributes({
    namespace,
    searchAttributes: Object.fromEntries(missing.map(({ name, type }) => [name, TYPES[type]])),
  });
}
