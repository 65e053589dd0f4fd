import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  SHELL_PROCESS_START_TIME,
  identify,
  isAlive,
  parseIdentity,
  processStartTime,
  signalGroup,
} from '../../src/temporal/server/process-identity.ts';

const started: ChildProcess[] = [];

function start(command: string, args: string[], options: { argv0?: string } = {}) {
  const child = spawn(command, args, {
    ...options,
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  started.push(child);
  return { child, pid: child.pid as number };
}

async function end(child: ChildProcess) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  signalGroup(child.pid, 'SIGKILL');
  await once(child, 'exit');
}

afterEach(() => Promise.all(started.splice(0).map(end)));

describe('the identity of a process', () => {
  it('is the same each time it is asked for, and alive as long as the process', async () => {
    const { child, pid } = start('sleep', ['60']);
    const identity = identify(pid);
    expect(identity).toEqual({ pid, startedAt: expect.stringMatching(/./) });
    expect(identify(pid)).toEqual(identity);
    expect(isAlive(identity!)).toBe(true);
    await end(child);
    expect(isAlive(identity!)).toBe(false);
    expect(identify(pid)).toBeUndefined();
  });

  it('is not that of another process that has the pid now', () => {
    const ours = identify(process.pid)!;
    expect(isAlive({ pid: ours.pid, startedAt: `${ours.startedAt}0` })).toBe(false);
    expect(isAlive({ pid: start('sleep', ['60']).pid, startedAt: ours.startedAt })).toBe(false);
  });

  it('stays when the process becomes another program', async () => {
    const { child, pid } = start('sh', ['-c', 'read -r word; exec cat']);
    const before = identify(pid);
    child.stdin.write('go\nnow it is cat\n');
    expect(String(await once(child.stdout, 'data'))).toBe('now it is cat\n');
    expect(identify(pid)).toEqual(before);
  });

  it('is read past a program name made of spaces and parentheses', () => {
    const dir = mkdtempSync(join(tmpdir(), 'dossier-'));
    try {
      const odd = join(dir, 'a) Z 1 (b) S');
      symlinkSync(execFileSync('which', ['sleep'], { encoding: 'utf8' }).trim(), odd);
      const plain = start('sleep', ['60']);
      const { pid } = start(odd, ['60'], { argv0: 'sleep' });
      expect(processStartTime(pid)).toMatch(/./);
      expect(startTimeInShell(pid)).toBe(processStartTime(pid));
      // Both started within a moment, so the right field of both is nearly the same.
      if (process.platform === 'linux') {
        expect(Math.abs(ticks(pid) - ticks(plain.pid))).toBeLessThan(200);
      }
    } finally {
      rmSync(dir, { recursive: true });
    }
  });

  it('counts a zombie as dead', async () => {
    // Ends while its parent is a program that never asks for it.
    const script = `exec 3<&0; cat <&3 & exec sh -c "echo $!; exec sleep 60"`;
    const { child, pid } = start('sh', ['-c', script]);
    const zombie = Number(String(await once(child.stdout, 'data')));
    expect(identify(zombie)).toBeDefined();
    // As long as it is still a shell, it may ask.
    const command = (): string =>
      execFileSync('ps', ['-o', 'comm=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    await vi.waitFor(() => expect(command()).toMatch(/sleep$/), 5000);
    child.stdin.end();
    await vi.waitFor(() => expect(processStartTime(zombie)).toBeUndefined(), 5000);
    expect(() => process.kill(zombie, 0)).not.toThrow(); // though the pid is still taken
    expect(startTimeInShell(zombie)).toBe('');
  });

  it('is undefined for what is no pid', () => {
    for (const pid of [0, -1, 1.5, Number.NaN, 2 ** 31]) expect(identify(pid)).toBeUndefined();
  });

  it('comes from ps where there is no /proc', async () => {
    const { child, pid } = start('sleep', ['60']);
    expect(processStartTime(pid, 'darwin')).toMatch(/^\w{3} \w{3} +\d+ \d\d:\d\d:\d\d \d{4}$/);
    await end(child);
    expect(processStartTime(pid, 'darwin')).toBeUndefined();
  });

  it('is the same in the shell, for the watchdog', async () => {
    expect(startTimeInShell(process.pid)).toBe(processStartTime(process.pid));
    const { child, pid } = start('sleep', ['60']);
    expect(startTimeInShell(pid)).toBe(processStartTime(pid));
    await end(child);
    expect(startTimeInShell(pid)).toBe('');
  });
});

describe('parseIdentity', () => {
  it('takes an identity, with whatever else stands beside it', () => {
    const parsed = parseIdentity({ pid: 7, startedAt: 'x', port: 1 });
    expect(parsed).toEqual({ pid: 7, startedAt: 'x' });
  });

  it('takes nothing else', () => {
    for (const other of [null, 7, 'x', [], {}, { pid: '7', startedAt: 'x' }, { pid: 7 }]) {
      expect(parseIdentity(other)).toBeUndefined();
    }
  });
});

describe('signalGroup', () => {
  it('reaches a process whose parent, the leader, is gone', async () => {
    const { child, pid } = start('sh', ['-c', 'sleep 60 & echo $!']);
    await once(child, 'exit');
    expect(identify(pid)).toBeUndefined();
    expect(signalGroup(pid, 0)).toBe(true);
    signalGroup(pid, 'SIGKILL');
    await vi.waitFor(() => expect(signalGroup(pid, 0)).toBe(false), 5000);
    expect(signalGroup(undefined, 'SIGKILL')).toBe(false);
  });
});

function startTimeInShell(pid: number): string {
  const script = `${SHELL_PROCESS_START_TIME}\nprocess_start_time "$1"`;
  return execFileSync('sh', ['-c', script, 'sh', String(pid)], { encoding: 'utf8' }).trim();
}

function ticks(pid: number): number {
  return Number(processStartTime(pid)?.split(':')[1]);
}
