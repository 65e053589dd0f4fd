/** Document types: read from the files of one directory at start, checked, and found by name. */
import type { DocumentType } from '../contracts/documents/definition.ts';
import type { Directory } from '../contracts/people.ts';
import { ok, refuse, type Result } from '../contracts/failures.ts';
import { remarkLines } from '../data-files/remarks.ts';
import { StartupError } from '../startup-error.ts';
import { readTypeFiles } from './files.ts';
import type { Limits } from './parse.ts';

export { warningsOf } from './check.ts';
export { parseDocumentType, type Limits } from './parse.ts';

export interface DocumentTypes {
  /** All of them, sorted by name. */
  readonly all: readonly DocumentType[];
  /** The one with this name, else `unknown-type` with the names there are. */
  find(name: string): Result<DocumentType>;
}

/**
 * Reads every `.yaml`, `.yml` and `.json` file directly in the directory, one type each. `limits` are the default limits
 * of types that name none, in bytes; without it those of contracts/limits.ts. `people` are those whom approvals can ask;
 * without it nobody is known.
 * @throws StartupError with each wrong place of the first wrong file, as `file:line: pointer reason`, a line each and ten
 * at most: when it is not readable or not valid, has the name of another, or refers to a type that is not there.
 */
export async function loadDocumentTypes(
  directory: string,
  limits?: Limits,
  people?: Directory,
): Promise<DocumentTypes> {
  const files = await readTypeFiles(directory, limits, people);
  const wrong = files.find(({ errors }) => errors.length > 0);
  if (wrong) throw new StartupError(remarkLines(wrong.path, wrong.errors).join('\n'));
  return documentTypes(files.flatMap(({ type }) => type ?? []));
}

/** Document types that are there already, for tests and for callers who make them otherwise. */
export function documentTypes(types: readonly DocumentType[]): DocumentTypes {
  const all = types.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const byName = new Map(all.map((type) => [type.name, type]));
  return {
    all,
    find(name) {
      const type = byName.get(name);
      if (type) return ok(type);
      const known = all.map((one) => one.name).join(', ') || 'none';
      const detail = `There is no document type ${JSON.stringify(name)}; there are: ${known}.`;
      return refuse('unknown-type', detail, {
        errors: [{ pointer: '/type', detail: 'is not a document type' }],
      });
    },
  };
}
