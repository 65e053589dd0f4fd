/**
 * What the npm scripts run: checks that Node is new enough, builds if sources have changed, then runs one of the
 * entry points in this very process, so that signals reach it. Plain JavaScript without imports of ours at the top,
 * because it must also run, and explain itself, on a Node that is too old.
 */
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`dossier: needs Node 20.19 or newer, this is ${process.versions.node}`);
  process.exit(1);
}

const ENTRIES = {
  main: 'main.js',
  worker: 'worker.js',
  api: 'api/server.js',
  demo: 'demo.js',
  'check-types': 'check-types.js',
};
const [name = 'main', ...rest] = process.argv.slice(2);
if (!Object.hasOwn(ENTRIES, name)) {
  console.error(`dossier: there is no "${name}"; there are ${Object.keys(ENTRIES).join(', ')}`);
  process.exit(1);
}
process.argv.splice(2, Infinity, ...rest);
try {
  const { build } = await import('./build.mjs');
  await build({ log: (line) => console.log(`dossier: ${line}`) });
} catch (error) {
  const missing = error?.code === 'ERR_MODULE_NOT_FOUND' || error?.code === 'MODULE_NOT_FOUND';
  console.error(
    `dossier: ${missing ? 'a package is missing; run "npm install" first' : error.message}`,
  );
  process.exit(1);
}
await import(`../dist/${ENTRIES[name]}`);
