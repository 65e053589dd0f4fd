/** What `npm run check-types` says about a directory. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Directory } from '../contracts/people.ts';
import type { Remark } from '../data-files/remarks.ts';
import { readTypeFiles, type TypeFile } from './files.ts';
import { SHAPE } from './shape.ts';

/**
 * One line for each type that is right (`ok  name v1  file`), each warning (`warning file:line pointer reason`) and each
 * error (`error ...`), file by file. `failed` when there is an error.
 * @throws StartupError when the directory cannot be read.
 */
export async function reportOn(
  directory: string,
  people?: Directory,
): Promise<{ readonly lines: readonly string[]; readonly failed: boolean }> {
  const files = await readTypeFiles(directory, undefined, people);
  return {
    lines: files.length > 0 ? files.flatMap(linesOf) : [`warning ${directory} has no types`],
    failed: files.some(({ errors }) => errors.length > 0),
  };
}

/**
 * Writes the JSON Schema for editors to `schema/document-type.schema.json` below the directory, from where the first
 * line of a YAML file names it. Returns the path.
 */
export async function writeSchema(directory: string): Promise<string> {
  const path = join(directory, 'schema', 'document-type.schema.json');
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `${JSON.stringify(SHAPE, null, 2)}\n`);
  return path;
}

function linesOf({ path, type, errors, warnings }: TypeFile): string[] {
  const said =
    (kind: string) =>
    ({ line, pointer, detail }: Remark): string =>
      [kind, line === undefined ? path : `${path}:${line}`, pointer, detail]
        .filter((part) => part !== undefined)
        .join(' ');
  return [
    ...(type && errors.length === 0 ? [`ok  ${type.name} v${type.version}  ${path}`] : []),
    ...errors.map(said('error')),
    ...warnings.map(said('warning')),
  ];
}
