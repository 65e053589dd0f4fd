/**
 * Builds dist/: TypeScript to JavaScript, and the workflow bundle, which is made here once and loaded prebuilt, because
 * bundling at start costs a second. Does nothing when no source has changed since the last build.
 *
 * `npm run build` runs it; `npm start` and the other scripts call `build()` first.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
const stamp = join(dist, '.built');

/** Brings dist/ up to date. Without sources (in a container image) there is nothing to do. */
export async function build({ log = () => {} } = {}) {
  if (!existsSync(join(root, 'src'))) return;
  const wanted = fingerprint();
  if (isCurrent(wanted)) return;
  log('building');
  // Beside its place and then there by a rename: other starts may be using, or making, the same files.
  const draft = `${dist}.${process.pid}`;
  try {
    compile(draft);
    await bundle(draft);
    writeFileSync(join(draft, '.built'), wanted);
    if (isCurrent(wanted)) return; // somebody else was faster
    if (existsSync(dist)) renameSync(dist, `${draft}.old`);
    renameSync(draft, dist);
  } catch (error) {
    if (!isCurrent(wanted)) throw error;
  } finally {
    for (const rest of [draft, `${draft}.old`]) rmSync(rest, { recursive: true, force: true });
  }
}

function isCurrent(wanted) {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted;
}

function compile(out) {
  const tsc = join(
    dirname(createRequire(import.meta.url).resolve('typescript/package.json')),
    'bin/tsc',
  );
  const { status } = spawnSync(
    process.execPath,
    [tsc, '-p', join(root, 'tsconfig.build.json'), '--outDir', out],
    {
      stdio: 'inherit',
    },
  );
  if (status !== 0) throw new Error('the sources do not compile');
}

async function bundle(out) {
  const { bundleWorkflowCode, DefaultLogger } = await import('@temporalio/worker');
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(out, 'workflows/index.js'),
    preloadModules: stateless(out),
    workflowInterceptorModules: [join(out, 'workflows/shared/interceptors.js')],
    payloadConverterPath: join(out, 'temporal/payload-converter.js'),
    logger: new DefaultLogger('ERROR'),
    // Every workflow evaluates the bundle anew. Without comments and paths it is a third smaller.
    webpackConfigHook: (config) => ({
      ...config,
      optimization: { ...config.optimization, minimize: true },
    }),
  });
  writeFileSync(join(out, 'workflow-bundle.js'), code);
}

/** What a module keeps between calls belongs to one workflow; no other module may keep anything (architecture.test.ts). */
const STATEFUL = [
  'workflows/durable/events.js',
  'workflows/durable/suspension.js',
  'workflows/shared/task.js',
];

/**
 * The modules of ours in the bundle that workflows can share, because neither they nor what they import keep anything: they
 * are evaluated once instead of for each workflow, and their code stays warm. With an order that is a quarter of the time
 * in the workflow thread. What they export is frozen then.
 */
function stateless(out) {
  const imports = new Map();
  const visit = (file) => {
    if (imports.has(file)) return;
    const code = readFileSync(file, 'utf8');
    const found = [...code.matchAll(/^(?:import|export)\b[^;]*?\bfrom '(\.[^']+)';$/gms)];
    imports.set(
      file,
      found.map(([, to]) => join(dirname(file), to)),
    );
    imports.get(file).forEach(visit);
  };
  for (const entry of ['workflows/index.js', 'workflows/shared/interceptors.js'])
    visit(join(out, entry));
  const stateful = new Set(STATEFUL.map((file) => join(out, file)));
  for (let before = -1; before !== stateful.size;) {
    before = stateful.size;
    for (const [file, all] of imports)
      if (all.some((imported) => stateful.has(imported))) stateful.add(file);
  }
  return [...imports.keys()].filter((file) => !stateful.has(file));
}

/** Changes whenever anything changes that the build reads. */
function fingerprint() {
  const hash = createHash('sha256');
  const files = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  for (const file of [
    ...files,
    ...['package-lock.json', 'tsconfig.json', 'tsconfig.build.json'].map((f) => join(root, f)),
  ]) {
    hash.update(file.slice(root.length)).update('\0').update(readFileSync(file)).update('\0');
  }
  return hash.update(readFileSync(fileURLToPath(import.meta.url))).digest('hex');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await build({ log: (line) => console.log(line) }).catch((error) => {
    console.error(`dossier: ${error.message}`);
    process.exitCode = 1;
  });
}
