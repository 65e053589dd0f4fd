/** The processes under measurement: each started with its own CPU meter, all ended when the bench ends. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const meter = new URL('report-cpu.mjs', import.meta.url).href;
const root = fileURLToPath(new URL('../..', import.meta.url));
const running = new Set();

/** Settings of whoever runs the bench must not change what is measured. */
export function cleanEnv(extra) {
  const foreign = /^(HOST|PORT|DATA_DIR|DATABASE_URL|LOG_LEVEL|NODE_OPTIONS|TEMPORAL_.*|npm_.*)$/;
  const kept = Object.entries(process.env).filter(([name]) => !foreign.test(name));
  return { ...Object.fromEntries(kept), ...extra };
}

/**
 * A Node process that runs `file` (from the project's directory). `ready` resolves with the first line on stdout that
 * matches; its log goes nowhere, as it would go to a file in production.
 */
export function startChild(file, { env = {}, args = [], ready = /./, nodeArgs = [] } = {}) {
  const child = spawn(process.execPath, [...nodeArgs, '--import', meter, file, ...args], {
    cwd: root,
    // With it our processes end when we do, whatever ends us.
    env: cleanEnv({ npm_lifecycle_event: 'bench', ...env }),
    stdio: ['ignore', 'pipe', process.env.BENCH_STDERR ? 'inherit' : 'ignore', 'ipc'],
  });
  running.add(child);
  const exited = once(child, 'exit').then(() => void running.delete(child));
  let output = '';
  const line = new Promise((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (part) => {
      output += part;
      const found = output.split('\n').find((one) => ready.test(one));
      if (found !== undefined) resolve(found);
    });
    void exited.then(() => reject(new Error(`${file} ended before it was ready:\n${output}`)));
  });
  line.catch(() => {});
  return {
    pid: child.pid,
    ready: line,
    /** CPU time in ms so far. */
    async cpu() {
      const answer = new Promise((resolve) => {
        const take = (message) => {
          if (message.cpu === undefined) return;
          child.off('message', take);
          resolve(message.cpu);
        };
        child.on('message', take);
      });
      child.send('cpu');
      return answer;
    },
    send: (message) => child.send(message),
    onMessage: (take) => child.on('message', take),
    offMessage: (take) => child.off('message', take),
    async stop() {
      child.kill('SIGTERM');
      const hard = setTimeout(() => child.kill('SIGKILL'), 15_000);
      await exited;
      clearTimeout(hard);
    },
  };
}

/** Ends what is still there. */
export async function stopAll() {
  await Promise.all(
    [...running].map((child) => {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      return gone;
    }),
  );
}
