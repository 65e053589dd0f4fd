import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { lockDataDir } from '../../src/data-dir.ts';
import { builtFile } from '../../src/paths.ts';
import { StartupError } from '../../src/startup-error.ts';
import { identify } from '../../src/temporal/server/process-identity.ts';

let temporary: string;
let dir: string;
const contenders: Contender[] = [];

beforeAll(() => {
  temporary = mkdtempSync(join(tmpdir(), 'dossier-'));
});
afterAll(() => rmSync(temporary, { recursive: true }));

beforeEach(() => {
  dir = join(mkdtempSync(join(temporary, 'test-')), 'data');
});
afterEach(() => Promise.all(contenders.splice(0).map((contender) => contender.kill())));

describe('the lock of a data directory', () => {
  it('comes with the directory, which is made for us alone', async () => {
    const lock = await lockDataDir(join(dir, 'deep'));
    expect(lock.dir).toBe(join(dir, 'deep'));
    expect(statSync(lock.dir).mode & 0o777).toBe(0o700);
    await lock.release();
  });

  it('is refused while its holder lives, naming the directory, the process and what to do', async () => {
    const holder = new Contender();
    expect(await holder.lock(dir)).toBe('locked');
    const refusal = await refused(dir);
    expect(refusal).toContain(dir);
    expect(refusal).toContain(`process ${holder.pid}`);
    expect(refusal).toMatch(/stop that process, or set DATA_DIR to another directory/);
    expect(refusal).not.toContain('\n');
    expect(readdirSync(dir)).toEqual(['lock.1']); // no trace of the attempt
  });

  it('is refused to its own holder too', async () => {
    const lock = await lockDataDir(dir);
    expect(await refused(dir)).toContain(`process ${process.pid}`);
    await lock.release();
  });

  it('is free after a release, and an old release does not free a new lock', async () => {
    const first = await lockDataDir(dir);
    await first.release();
    const second = await lockDataDir(dir);
    await first.release();
    await refused(dir);
    await second.release();
    await second.release();
    await (await lockDataDir(dir)).release();
  });

  it('can be released when the directory is gone', async () => {
    const lock = await lockDataDir(dir);
    rmSync(dir, { recursive: true });
    await lock.release();
    expect(existsSync(dir)).toBe(false);
  });

  it('is taken over at once from a holder that was killed', async () => {
    const holder = new Contender();
    await holder.lock(dir);
    await holder.kill();
    const lines: string[] = [];
    const began = performance.now();
    const lock = await lockDataDir(dir, (line) => lines.push(line));
    expect(performance.now() - began).toBeLessThan(500);
    expect(lines).toEqual([expect.stringContaining(`process ${holder.pid}, which is gone`)]);
    await lock.release();
  });

  it('is taken over when its pid is another process by now, and when it is unreadable', async () => {
    mkdirSync(dir);
    writeFileSync(join(dir, 'lock.41'), JSON.stringify({ pid: process.pid, startedAt: 'earlier' }));
    await (await lockDataDir(dir)).release();
    writeFileSync(join(dir, 'lock.99'), '\0\0\0');
    await (await lockDataDir(dir)).release();
    expect(readdirSync(dir)).toEqual(['lock.100']);
  });

  it('is swept of what died while it tried, and of nothing else', async () => {
    mkdirSync(dir);
    const dead = { pid: process.pid, startedAt: 'earlier' };
    writeFileSync(join(dir, 'lock.dead.draft'), JSON.stringify(dead));
    writeFileSync(join(dir, 'lock.live.draft'), JSON.stringify(identify(process.pid)));
    writeFileSync(join(dir, 'lock.3.bak'), JSON.stringify(dead));
    const lock = await lockDataDir(dir);
    expect(readdirSync(dir).toSorted()).toEqual(['lock.1', 'lock.3.bak', 'lock.live.draft']);
    await lock.release();
  });

  it('goes to exactly one of many that start at once on a dead one', async () => {
    const running = Array.from({ length: 16 }, () => new Contender());
    let dead = 'none';
    while (running.length > 1) {
      const answers = await Promise.all(running.map((contender) => contender.lock(dir)));
      const winners = running.filter((_, at) => answers[at] === 'locked');
      expect(winners, `after the death of ${dead}: ${answers.join('\n')}`).toHaveLength(1);
      const [winner] = winners as [Contender];
      expect(answers.filter((answer) => answer.includes(`process ${winner.pid}:`))).toHaveLength(
        running.length - 1,
      );
      await winner.kill();
      running.splice(running.indexOf(winner), 1);
      dead = String(winner.pid);
    }
  }, 30_000);
});

describe('a data directory that cannot be used is refused in one line', () => {
  it('when it is a file, or lies below one', async () => {
    writeFileSync(dir, '');
    expect(await refused(dir)).toMatch(/^DATA_DIR .*data cannot be used: it, .* not a directory\./);
    expect(await refused(join(dir, 'below'))).toMatch(/^DATA_DIR .*: it, .* not a directory\./);
  });

  it('when it cannot be written', async () => {
    mkdirSync(dir);
    chmodSync(dir, 0o500);
    const root = process.getuid?.() === 0; // whom permissions do not stop, but /proc does
    expect(await refused(root ? '/proc/sys' : dir)).toMatch(
      /^DATA_DIR \S+ cannot be used: (permission denied|nothing can be created there|the file system is read-only)\./,
    );
  });

  it.runIf(process.platform === 'linux')('when it cannot be created', async () => {
    expect(await refused('/proc/dossier/deep')).toMatch(/^DATA_DIR \/proc\/dossier\/deep cannot /);
    expect(await refused('/proc/dossier')).toMatch(/^DATA_DIR \/proc\/dossier cannot be used: /);
  });
});

async function refused(path: string): Promise<string> {
  const error: unknown = await lockDataDir(path).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(StartupError);
  expect((error as Error).message).not.toContain('\n');
  return (error as Error).message;
}

/** A process that tries for the lock when told to and keeps it until it is killed. */
class Contender {
  readonly #process: ChildProcess;
  readonly #answers: AsyncIterator<string>;

  constructor() {
    const script = `
      import { createInterface } from 'node:readline';
      import { lockDataDir } from ${JSON.stringify(builtFile('data-dir.js'))};
      for await (const dir of createInterface({ input: process.stdin })) {
        console.log(await lockDataDir(dir).then(() => 'locked', (error) => error.message));
      }`;
    this.#process = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#answers = createInterface({ input: this.#process.stdout! })[Symbol.asyncIterator]();
    contenders.push(this);
  }

  get pid(): number {
    return this.#process.pid!;
  }

  /** What came of it: `locked` or the refusal. */
  async lock(path: string): Promise<string> {
    this.#process.stdin!.write(`${path}\n`);
    return String((await this.#answers.next()).value);
  }

  async kill(): Promise<void> {
    if (this.#process.signalCode !== null) return;
    this.#process.kill('SIGKILL');
    await once(this.#process, 'exit');
  }
}
