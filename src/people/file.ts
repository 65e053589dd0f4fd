/** The directory as a file: DIRECTORY_FILE, YAML or JSON. */
import { readFileSync, statSync } from 'node:fs';
import { NO_DIRECTORY, type Directory, type Person } from '../contracts/people.ts';
import { inOrder, placed, remarkLines, type Remark } from '../data-files/remarks.ts';
import { readSource } from '../data-files/source.ts';
import { StartupError } from '../startup-error.ts';
import { directoryOf } from './directory.ts';
import { parseDirectory } from './parse.ts';

/** Milliseconds for which the file is not looked at again. */
const REST = 1_000;

/** Where warnings go: what a logger's `warn` is. */
export type Warn = (fields: object, message: string) => void;

/**
 * The people of the file, which is `{users: [...]}` of {@link Person}; without a file, a directory that knows nobody.
 *
 * A file that changes counts from its next use on, at the latest a second after the change; answers that are given before
 * and after can differ, so whoever needs them consistent asks without waiting in between. One that becomes wrong or goes
 * away is told once to `warn`, and what was right last stays. It is read at once, so its size holds everything else up:
 * a thousand people take a tenth of a second.
 * @throws StartupError with each wrong place as `file:line: pointer reason`, when the file cannot be read now or is wrong.
 */
export function loadDirectory(file: string | undefined, warn: Warn, now = Date.now): Directory {
  if (file === undefined) return NO_DIRECTORY;
  const mark = markOf(file);
  const { people, errors, warnings } = read(file);
  if (!people) throw new StartupError(errors.join('\n'));
  for (const line of warnings) warn({ file }, line);
  return reloading(file, { warn, now, mark, directory: directoryOf(people) });
}

function reloading(
  file: string,
  begin: {
    readonly warn: Warn;
    readonly now: () => number;
    readonly mark: string;
    readonly directory: Directory;
  },
): Directory {
  const { warn, now } = begin;
  let { directory, mark } = begin;
  let looked = now();
  const current = (): Directory => {
    // Either way: a clock can be set back.
    if (Math.abs(now() - looked) < REST) return directory;
    looked = now();
    const found = markOf(file);
    if (found === mark) return directory;
    mark = found;
    const { people, errors, warnings } = read(file);
    for (const line of warnings) warn({ file }, line);
    if (people) directory = directoryOf(people);
    else warn({ file, errors }, 'DIRECTORY_FILE is wrong now; what it said before stays');
    return directory;
  };
  return {
    person: (id) => current().person(id),
    membersOf: (role) => current().membersOf(role),
  };
}

/** What changes whenever the file does, also when another one is put into its place. */
function markOf(file: string): string {
  try {
    const { mtimeNs, size, ino } = statSync(file, { bigint: true });
    return `${mtimeNs} ${size} ${ino}`;
  } catch (error) {
    return (error as Error).message;
  }
}

/** `people` is missing when there are errors. Lines as people see them. */
function read(file: string): {
  readonly people?: readonly Person[];
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
} {
  const lines = (remarks: readonly Remark[]): string[] => remarkLines(file, inOrder(remarks));
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const why = `DIRECTORY_FILE ${file} cannot be read: ${(error as Error).message}`;
    return { errors: [why], warnings: [] };
  }
  const source = readSource(text);
  if ('errors' in source) return { errors: lines(source.errors), warnings: [] };
  const result = parseDirectory(source.value);
  if (result.ok) {
    const { people, warnings } = result.value;
    return { people, errors: [], warnings: lines(placed(source, warnings)) };
  }
  const { detail, errors = [{ pointer: '', detail }] } = result.refusal;
  return { errors: lines(placed(source, errors)), warnings: [] };
}
