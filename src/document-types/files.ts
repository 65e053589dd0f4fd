/** The files of one directory: read, checked one by one and against each other, with the line of everything that is said. */
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { DocumentType } from '../contracts/documents/definition.ts';
import { NO_DIRECTORY, type Directory } from '../contracts/people.ts';
import { inOrder, placed, type Remark } from '../data-files/remarks.ts';
import { readSource, type Source } from '../data-files/source.ts';
import { StartupError } from '../startup-error.ts';
import { isJsonObject } from '../workflows/shared/json.ts';
import { warningsOf } from './check.ts';
import { parseDocumentType, type Limits } from './parse.ts';

/** One file, and what there is to say about it in the order of its lines. */
export interface TypeFile {
  readonly path: string;
  /** Missing when the file itself is wrong; there although it does not fit the other files. */
  readonly type?: DocumentType;
  readonly errors: readonly Remark[];
  readonly warnings: readonly Remark[];
}

/** On the way to a TypeFile. */
interface Draft {
  readonly path: string;
  readonly type?: DocumentType;
  /** As the file says, right or wrong otherwise. */
  readonly name?: string;
  readonly source?: Source;
  readonly errors: readonly Remark[];
}

/**
 * Reads every `.yaml`, `.yml` and `.json` file directly in the directory, one type each, sorted by name of the file. What
 * is wrong is told in the `errors` of its file.
 * @throws StartupError when the directory cannot be read.
 */
export async function readTypeFiles(
  directory: string,
  limits?: Limits,
  people?: Directory,
): Promise<TypeFile[]> {
  const drafts: Draft[] = [];
  for (const file of await namesIn(directory))
    drafts.push(await read(join(directory, file), limits, people));
  return drafts.map((draft) => finished(draft, drafts, people));
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    const files = await readdir(directory);
    return files.filter((file) => ['.yaml', '.yml', '.json'].includes(extname(file))).toSorted();
  } catch (error) {
    throw new StartupError(
      `DOCUMENT_TYPES_DIR ${directory} cannot be read: ${(error as Error).message}`,
    );
  }
}

async function read(path: string, limits?: Limits, people?: Directory): Promise<Draft> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    return { path, errors: [{ detail: `cannot be read: ${(error as Error).message}` }] };
  }
  const source = readSource(text);
  if ('errors' in source) return { path, errors: source.errors };
  const { value } = source;
  const name = isJsonObject(value) ? value['name'] : undefined;
  const draft = { path, source, ...(typeof name === 'string' ? { name } : {}) };
  const result = parseDocumentType(value, limits, people);
  if (result.ok) return { ...draft, type: result.value, errors: [] };
  const { detail, errors = [{ pointer: '', detail }] } = result.refusal;
  return { ...draft, errors: placed(source, errors) };
}

function finished(draft: Draft, all: readonly Draft[], people: Directory = NO_DIRECTORY): TypeFile {
  const { path, type, source } = draft;
  const warnings = type && source ? placed(source, warningsOf(type, people)) : [];
  return {
    path,
    errors: inOrder([...draft.errors, ...crossErrors(draft, all)]),
    warnings: inOrder(warnings),
    ...(type ? { type } : {}),
  };
}

function crossErrors({ name, type, source }: Draft, all: readonly Draft[]): Remark[] {
  if (!source || !type) return [];
  const first = all.find((one) => one.name === name);
  const taken =
    first && first.source !== source
      ? [{ pointer: '/name', detail: `the name ${name} is taken by ${first.path}; choose another` }]
      : [];
  const names = new Set(all.map((one) => one.name));
  const known = [...names].filter((one) => one !== undefined).join(', ');
  const orphans = Object.keys(type.children)
    .filter((child) => !names.has(child))
    .map((child) => ({
      pointer: `/children/${child}`,
      detail: `is not a document type; there are: ${known}`,
    }));
  return placed(source, [...taken, ...orphans]);
}
