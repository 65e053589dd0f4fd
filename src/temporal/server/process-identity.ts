import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * One incarnation of a process. The kernel gives a pid away again as soon as its process is gone, so a pid
 * read from a file proves nothing; a pid together with the time its process started does.
 */
export interface ProcessIdentity {
  readonly pid: number;
  /** From {@link processStartTime}: only to be compared, never to be read. */
  readonly startedAt: string;
}

/**
 * What tells this incarnation of `pid` from every earlier and later one: an opaque string, the same for
 * every caller on this machine and for as long as the process lives (an `exec` does not change it).
 *
 * Undefined when no process of that pid runs. A zombie counts as dead: it holds no file, port or lock any more.
 *
 * On Linux the start is exact to a clock tick (10 ms) and tied to the boot. Elsewhere it is exact to a
 * second, so a pid that comes round within the second it was freed in would be mistaken; and undefined is
 * also the answer where there is no `ps` (Windows). Not promised: anything between machines or between
 * containers that do not share their pids.
 */
export function processStartTime(
  pid: number,
  platform: NodeJS.Platform = process.platform,
): string | undefined {
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
  return platform === 'linux' ? startTimeFromProc(pid) : startTimeFromPs(pid);
}

/** The identity of the process that has `pid` now; undefined when there is none. */
export function identify(pid: number): ProcessIdentity | undefined {
  const startedAt = processStartTime(pid);
  return startedAt === undefined ? undefined : { pid, startedAt };
}

/** Whether exactly this process still runs; false when it is gone, a zombie, or its pid is somebody else's now. */
export function isAlive(identity: ProcessIdentity): boolean {
  return processStartTime(identity.pid) === identity.startedAt;
}

/**
 * `value`, for example parsed from a file, as an identity; undefined when it is anything else.
 */
export function parseIdentity(value: unknown): ProcessIdentity | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { pid, startedAt } = value as Record<string, unknown>;
  return typeof pid === 'number' && typeof startedAt === 'string' ? { pid, startedAt } : undefined;
}

/**
 * Signals the whole process group that `leader` leads; signal 0 only asks. False when the group has no process
 * any more, or `leader` is undefined. A group keeps its id until its last process is reaped, also without its leader.
 */
export function signalGroup(leader: number | undefined, signal: NodeJS.Signals | 0): boolean {
  try {
    return leader !== undefined && process.kill(-leader, signal);
  } catch {
    return false;
  }
}

/**
 * {@link processStartTime} of `$1` as a POSIX shell function, for the watchdog, which is a shell. It stands
 * here because the two must give the same string; a test compares them.
 */
export const SHELL_PROCESS_START_TIME = `
process_start_time() {
  if [ "$(uname)" = Linux ]; then
    stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
    set -- \${stat##*) }
    case $1 in Z | X | x) return 0 ;; esac
    echo "$(cat /proc/sys/kernel/random/boot_id 2>/dev/null):\${20}"
  else
    set -- $(LC_ALL=C TZ=UTC ps -o state= -o lstart= -p "$1" 2>/dev/null)
    case $1 in Z*) return 0 ;; esac
    [ $# -lt 2 ] || { shift; echo "$*"; }
  fi
}`;

function startTimeFromProc(pid: number): string | undefined {
  const stat = readOrUndefined(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // "pid (comm) state ppid ...": comm is any text, with spaces, parentheses and newlines, so count from its end.
  const fields = stat.slice(stat.lastIndexOf(') ') + 2).split(' ');
  const state = fields[0];
  const startTicks = fields[19]; // field 22 of the whole line
  if (state === 'Z' || state === 'X' || state === 'x' || startTicks === undefined) return undefined;
  // The ticks count from the boot: without its id, a lock from before a power cut could look alive after it.
  return `${readOrUndefined('/proc/sys/kernel/random/boot_id')?.trim() ?? ''}:${startTicks}`;
}

function startTimeFromPs(pid: number): string | undefined {
  try {
    // lstart is written in the locale and time zone of whoever asks, so both are fixed.
    const output = execFileSync('ps', ['-o', 'state=', '-o', 'lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      env: { PATH: '/bin:/usr/bin', LC_ALL: 'C', TZ: 'UTC' },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [state, ...started] = output.trim().split(/\s+/);
    return state === undefined || state.startsWith('Z') || started.length === 0
      ? undefined
      : started.join(' ');
  } catch {
    return undefined; // ps ends with 1 when there is no such process
  }
}

function readOrUndefined(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
