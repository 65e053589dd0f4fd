import { spawn } from 'node:child_process';
import { type ProcessIdentity, SHELL_PROCESS_START_TIME } from './process-identity.ts';

/** Ends a server when this process dies without having done so itself. From {@link startWatchdog}. */
export interface Watchdog {
  /** Undefined when it could not be started: then nothing ends the server after a SIGKILL of ours. */
  readonly pid: number | undefined;
  /** Sends it home without touching the server. May be called again. */
  dismiss(): void;
}

/**
 * A POSIX shell, not a Node script: it stays resident as long as the server, and was measured at 1.6 MB and
 * 1 ms to start where Node takes 43 MB (`--jitless` and small heaps save 1 MB of that) and 90 ms. As a
 * string it is also the same in dist/ and under vitest, where no compiled file stands beside this one.
 *
 * `read` ends without "bye" when our end of the pipe is closed, which the kernel does however we die.
 * The group is signalled, because a `temporal` on PATH may be a wrapper that has the server as its child.
 */
const SCRIPT = `${SHELL_PROCESS_START_TIME}
pid=$1 started_at=$2
runs() { [ "$(process_start_time "$pid")" = "$started_at" ]; }
read -r word
[ "$word" != bye ] && runs || exit 0
kill -s TERM -- "-$pid"
for second in 1 2 3 4 5; do
  sleep 1
  kill -s 0 -- "-$pid" || exit 0
done
kill -s KILL -- "-$pid"`;

/**
 * Watches over `server`, the leader of a process group: as soon as this process is gone, even by SIGKILL,
 * the group gets SIGTERM and, 5 s later, SIGKILL. A process that has only come to the server's pid since is left alone.
 *
 * The watchdog is in a session of its own, so that Ctrl-C in our terminal does not reach it, and does not
 * keep this process alive. Not promised: anything when the watchdog itself is killed.
 */
export function startWatchdog(server: ProcessIdentity): Watchdog {
  const child = spawn(
    '/bin/sh',
    ['-c', SCRIPT, 'dossier-watchdog', String(server.pid), server.startedAt],
    { detached: true, stdio: ['pipe', 'ignore', 'ignore'] },
  );
  child.on('error', () => {}); // no shell: seen as the missing pid
  child.stdin.on('error', () => {}); // it was killed: there is nobody to dismiss
  child.unref();
  (child.stdin as unknown as { unref?(): void }).unref?.();
  return {
    pid: child.pid,
    dismiss: () => {
      if (!child.stdin.writableEnded) child.stdin.end('bye\n');
    },
  };
}
