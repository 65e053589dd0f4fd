import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { delimiter, resolve } from 'node:path';
import { promisify } from 'node:util';

const VERIFY_DEADLINE_MS = 10_000;

/** Resolves with `file` when it is a Temporal CLI that runs; rejects with why not. */
export async function verified(
  file: string,
  signal: AbortSignal | undefined,
  oldestServer = 0,
): Promise<string> {
  if (!existsSync(file)) fail('it does not exist');
  if (!isExecutable(file)) fail('it is not an executable file');
  const { stdout } = await promisify(execFile)(file, ['--version'], {
    timeout: VERIFY_DEADLINE_MS,
    killSignal: 'SIGKILL',
    signal,
  }).catch((error: { killed?: boolean; message: string }) =>
    error.killed === true
      ? fail(`"${file} --version" did not answer in ${VERIFY_DEADLINE_MS / 1000} s`)
      : fail(`"${file} --version" failed: ${error.message.trim().split('\n').at(-1)}`),
  );
  const server = /^temporal version .*\bserver 1\.(\d+)/i.exec(stdout)?.[1];
  if (server === undefined) fail(`"${file} --version" is not that of a Temporal CLI`);
  if (Number(server) < oldestServer) {
    fail(`${file} has server 1.${server}, tested is 1.${oldestServer} or later`);
  }
  return file;
}

/** The first executable file of this name on PATH. */
export function onPath(name: string, path: string | undefined): string {
  return (
    (path ?? '')
      .split(delimiter)
      .filter((dir) => dir !== '')
      .map((dir) => resolve(dir, name))
      .find(isExecutable) ?? fail(`there is no ${name} on PATH`)
  );
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** An expression that throws. */
export function fail(reason: string): never {
  throw new Error(reason);
}
