import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { StartupError } from '../../src/startup-error.ts';
import {
  type FindTemporalCliOptions,
  defaultCacheDir,
  findTemporalCli,
} from '../../src/temporal/server/find.ts';
import { type Installer, goInstall, sdkDownload } from '../../src/temporal/server/install.ts';
import { processStartTime } from '../../src/temporal/server/process-identity.ts';

const CLI = 'echo "temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)"';
const OLD_CLI = 'echo "temporal version 1.0.0 (Server 1.24.2, UI 2.28.0)"';

let dir: string;
let path: string;
let cacheDir: string;
let cached: string;
let lines: string[];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'dossier-'));
  path = join(dir, 'bin');
  cacheDir = join(dir, 'cache');
  cached = join(cacheDir, 'temporal-cli-v1.5.1', 'temporal');
  lines = [];
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(dir, { recursive: true });
});

describe('the search for a temporal executable', () => {
  it('takes TEMPORAL_CLI_PATH before all others', async () => {
    script(join(path, 'temporal'), CLI);
    const chosen = script(join(dir, 'mine', 'my-temporal'), OLD_CLI); // of whatever age
    expect(await find({ cliPath: chosen })).toBe(chosen);
  });

  it('takes the one on PATH before the cache', async () => {
    const first = script(join(path, 'temporal'), CLI);
    script(cached, CLI);
    expect(await find({ path: `:${join(dir, 'nowhere')}:${path}` })).toBe(first);
    expect(lines).toEqual([]);
  });

  it('passes over what does not work on PATH', async () => {
    script(cached, CLI);
    for (const unusable of ['exit 3', 'echo temporal 7', OLD_CLI, 'kill -9 $$']) {
      script(join(path, 'temporal'), unusable);
      expect(await find()).toBe(cached);
    }
    rmSync(join(path, 'temporal'));
    mkdirSync(join(path, 'temporal')); // a directory is "executable" too
    expect(await find()).toBe(cached);
  });

  it('installs in the order given into the cache, once', async () => {
    const installers = [
      installer({ name: 'first', run: 'echo no luck >&2; exit 1' }),
      installer({ name: 'second', run: makes(CLI) }),
      installer({ name: 'third', run: 'exit 9' }),
    ];
    expect(await find({ installers })).toBe(cached);
    expect(readdirSync(dirname(cached))).toEqual(['temporal']);
    lines = [];
    expect(await find({ installers })).toBe(cached);
    expect(lines).toEqual([]);
  });

  it('replaces what is broken in the cache', async () => {
    script(cached, 'exit 1');
    expect(await find({ installers: [installer({ run: makes(CLI) })] })).toBe(cached);
    expect(readFileSync(cached, 'utf8')).toContain(CLI);
  });

  it('does not cache what does not run', async () => {
    const installers = [installer({ name: 'faulty', run: makes('exit 7') })];
    expect(await refusal({ installers })).toMatch(/faulty: .*--version" failed/);
    expect(readdirSync(dirname(cached))).toEqual([]);
  });

  it('lets two starts install at once', async () => {
    const installers = [installer({ run: makes(CLI) })];
    const both = await Promise.all([find({ installers }), find({ installers })]);
    expect(both).toEqual([cached, cached]);
    expect(readdirSync(dirname(cached))).toEqual(['temporal']);
    expect(await find()).toBe(cached);
  });

  it('clears away what a killed installation left, and only that', async () => {
    mkdirSync(join(dirname(cached), 'install-2147483646-dead'), { recursive: true });
    mkdirSync(join(dirname(cached), `install-${process.pid}-live`));
    await find({ installers: [installer({ run: makes(CLI) })] });
    expect(readdirSync(dirname(cached))).toEqual([`install-${process.pid}-live`, 'temporal']);
  });
});

describe('when nothing is found, the error', () => {
  it('about TEMPORAL_CLI_PATH speaks of nothing else', async () => {
    script(join(path, 'temporal'), CLI);
    const missing = join(dir, 'missing');
    expect(await refusal({ cliPath: missing })).toBe(
      `TEMPORAL_CLI_PATH is ${missing}, but it does not exist: correct it, or unset it to have one found.`,
    );
    const plain = script(join(dir, 'plain'), CLI);
    chmodSync(plain, 0o600);
    expect(await refusal({ cliPath: plain })).toContain('but it is not an executable file:');
    const other = script(join(dir, 'other'), 'echo hello');
    expect(await refusal({ cliPath: other })).toContain('is not that of a Temporal CLI:');
  });

  it('names each way, its reason and what to do', async () => {
    script(join(path, 'temporal'), OLD_CLI);
    script(join(path, 'go'), 'echo "go: downloading a v1" >&2; echo "go: no network" >&2; exit 1');
    const download = installer({ name: 'download', run: 'echo no host >&2; exit 1' });
    const message = await refusal({ installers: [download, goInstall] });
    expect(message).toContain(
      `temporal on PATH: ${path}/temporal has server 1.24, tested is 1.29 or later`,
    );
    expect(message).toContain(`${cached}: it does not exist`);
    expect(message).toContain('download: no host');
    expect(message).toContain('go install: go: no network');
    for (const help of ['Temporal CLI', 'Go', 'TEMPORAL_CLI_PATH', 'TEMPORAL_ADDRESS']) {
      expect(message.split('Install the ')[1]).toContain(help);
    }
    expect(message).not.toContain('\n');
  });

  it('says when a way got stuck', async () => {
    const stuck = installer({ name: 'stuck', run: 'exec sleep 60', patience: 100 });
    expect(await refusal({ installers: [stuck], progressEvery: 20 })).toContain(
      'stuck: no progress for 0.1 s (half done)',
    );
  });

  it('says when there is no Go, and when the cache cannot be written', async () => {
    expect(await refusal({ installers: [goInstall] })).toContain(
      'go install: there is no go on PATH',
    );
    rmSync(cacheDir, { recursive: true });
    writeFileSync(cacheDir, '');
    expect(await refusal({ installers: [goInstall] })).toMatch(/go install: (ENOTDIR|EEXIST)/);
  });

  it('gives the reason of the SDK when its download finds no way out', async () => {
    vi.stubEnv('HTTPS_PROXY', 'http://127.0.0.1:1'); // refuses, so that nothing leaves this machine
    expect(await refusal({ installers: [sdkDownload] })).toMatch(
      /download by the Temporal SDK: https:\/\/temporal\.download\/cli\/v1\.5\.1: .*refused/,
    );
    expect(readdirSync(dirname(cached))).toEqual([]);
  }, 20_000);
});

describe('a build with Go', () => {
  it('tells how it goes while it runs, and what was asked of Go', async () => {
    const proceed = join(dir, 'proceed');
    script(
      join(path, 'go'),
      `echo "$GOFLAGS $*" > ${dir}/asked
      echo "go: downloading a.com/b v1.0.0" >&2
      echo "go: downloading a.com/c v1.0.0" >&2
      echo "a.com/b/x" >&2
      while [ ! -e ${proceed} ]; do sleep 0.02; done
      ${makes(CLI, '$GOBIN')}`,
    );
    const log = (line: string) => {
      lines.push(line);
      if (line.includes('2 modules downloaded, 1 of about 1300 packages')) {
        writeFileSync(proceed, '');
      }
    };
    expect(await find({ installers: [goInstall], progressEvery: 20, log })).toBe(cached);
    expect(lines[0]).toBe('building the Temporal server with Go (CLI v1.5.1), once per machine …');
    expect(lines).toContainEqual(
      expect.stringMatching(/^building .*, once per machine … \d+ s \(2 modules .* compiled\)$/),
    );
    expect(lines.at(-1)).toMatch(/^building the Temporal server with Go: done in \d+ s$/);
    expect(readFileSync(join(dir, 'asked'), 'utf8').trim()).toBe(
      '-buildvcs=false install -v -ldflags=-s -w github.com/temporalio/cli/cmd/temporal@v1.5.1',
    );
  });

  it('that is aborted ends at once, with all it started and all it wrote', async () => {
    const pids = join(dir, 'pids');
    const compiler = script(join(dir, 'compiler'), `echo "$1 $$" > ${pids}; sleep 60`);
    script(join(path, 'go'), `trap '' INT TERM\necho half > $GOTMPDIR/work\n${compiler} $$`);
    const controller = new AbortController();
    const reason = new Error('Ctrl-C');
    let aborted = 0;
    const log = () => {
      if (!existsSync(pids) || !readFileSync(pids, 'utf8').endsWith('\n')) return;
      aborted ||= performance.now();
      controller.abort(reason);
    };
    const search = find({
      installers: [goInstall, installer({ name: 'next', run: makes(CLI) })],
      progressEvery: 20,
      log,
      signal: controller.signal,
    });
    await expect(search).rejects.toBe(reason);
    expect(performance.now() - aborted).toBeLessThan(1500);
    for (const pid of readFileSync(pids, 'utf8').split(' ')) {
      await vi.waitFor(() => expect(processStartTime(Number(pid))).toBeUndefined());
    }
    expect(readdirSync(dirname(cached))).toEqual([]);
  });

  it('is not begun when it is aborted before', async () => {
    const signal = AbortSignal.abort(new Error('before'));
    await expect(find({ installers: [goInstall], signal })).rejects.toThrow('before');
    expect(lines).toEqual([]);
  });
});

describe('defaultCacheDir', () => {
  it('follows the conventions of the system', () => {
    expect(defaultCacheDir({}, 'linux', '/home/u')).toBe('/home/u/.cache/dossier');
    expect(defaultCacheDir({}, 'darwin', '/Users/u')).toBe('/Users/u/Library/Caches/dossier');
    for (const platform of ['linux', 'darwin'] as const) {
      expect(defaultCacheDir({ XDG_CACHE_HOME: '/x' }, platform, '/home/u')).toBe('/x/dossier');
    }
    for (const ignored of ['', 'relative']) {
      const found = defaultCacheDir({ XDG_CACHE_HOME: ignored }, 'linux', '/home/u');
      expect(found).toBe('/home/u/.cache/dossier');
    }
  });
});

function find(options: Partial<FindTemporalCliOptions> = {}): Promise<string> {
  const log = (line: string) => void lines.push(line);
  return findTemporalCli({ path, cacheDir, log, installers: [], ...options });
}

async function refusal(options: Partial<FindTemporalCliOptions>): Promise<string> {
  const error: unknown = await find(options).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(StartupError);
  return (error as Error).message;
}

function script(file: string, body: string): string {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  return file;
}

/** Shell commands that write an executable `temporal` with that body. */
function makes(body: string, where = '.'): string {
  return `printf '#!/bin/sh\\n%s\\n' '${body}' > "${where}/temporal"; chmod +x "${where}/temporal"`;
}

function installer({ name = 'fake', run = 'exit 0', patience = 10_000 }): Installer {
  return {
    name,
    activity: `trying ${name}`,
    patience,
    prepare: (into) => ({
      command: ['/bin/sh', '-c', run],
      executable: join(into, 'temporal'),
    }),
    progress: () => 'half done',
  };
}
