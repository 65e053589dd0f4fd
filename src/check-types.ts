/**
 * `npm run check-types [-- directory] [-- --write-schema]`: checks document types without starting anything. Exits with
 * 1 when one is wrong, and with 0 when there are only warnings. `--write-schema` first writes the JSON Schema by which
 * editors complete the files.
 */
import { relative } from 'node:path';
import { loadConfig } from './config.ts';
import { reportOn, writeSchema } from './document-types/report.ts';
import { loadDirectory } from './people/index.ts';
import { StartupError } from './startup-error.ts';

try {
  await run(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof StartupError)) throw error;
  console.error(`dossier: ${error.message}`);
  process.exitCode = 1;
}

async function run(args: readonly string[]): Promise<void> {
  const [given, ...more] = args.filter((one) => !one.startsWith('-'));
  const wrong = args.find((one) => one.startsWith('-') && one !== '--write-schema') ?? more[0];
  if (wrong !== undefined) {
    throw new StartupError(
      `check-types does not know "${wrong}"; it takes one directory and --write-schema`,
    );
  }
  // Relative, so that the lines are short and editors open them.
  const { documentTypesDir, directoryFile } = loadConfig();
  const directory = given ?? (relative(process.cwd(), documentTypesDir) || '.');
  const people = loadDirectory(directoryFile, () => undefined);
  if (args.includes('--write-schema')) console.log(`wrote  ${await writeSchema(directory)}`);
  const { lines, failed } = await reportOn(directory, people);
  for (const line of lines) console.log(line);
  if (failed) process.exitCode = 1;
}
