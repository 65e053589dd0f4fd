import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { StartupError } from '../../src/startup-error.ts';

test('without any variable everything has its documented default', () => {
  const config = loadConfig({});
  expect(config).toMatchObject({
    host: '127.0.0.1',
    port: 8080,
    apiPrefix: '/api',
    logLevel: 'info',
    retentionMs: 30 * 86_400_000,
    databaseUrl: undefined,
    linkSecret: undefined,
    limits: { section: 262_144, document: 1_048_576 },
    temporal: { namespace: 'default', taskQueue: 'dossier', port: 7233, uiPort: 8233 },
  });
  expect(config.temporal.connection).toBeUndefined();
  expect(isAbsolute(config.dataDir) && isAbsolute(config.documentTypesDir)).toBe(true);
});

test('the file of the people is absolute, and need not be', () => {
  expect(loadConfig({}).directoryFile).toBeUndefined();
  const { directoryFile } = loadConfig({ DIRECTORY_FILE: 'examples/directory.yaml' });
  expect(directoryFile).toBe(resolve('examples/directory.yaml'));
});

test('a blank variable is none', () => {
  expect(loadConfig({ PORT: ' ', HOST: '', DATABASE_URL: '', TEMPORAL_ADDRESS: ' ' })).toEqual(
    loadConfig({}),
  );
});

test('a small document makes its sections small, a larger section is a mistake', () => {
  expect(loadConfig({ DOCUMENT_LIMIT: '1000' }).limits).toEqual({ section: 1000, document: 1000 });
  const both = { DOCUMENT_LIMIT: '1000', SECTION_LIMIT: '1001' };
  expect(messageOf(() => loadConfig(both))).toContain('SECTION_LIMIT');
});

test('nobody can change it', () => {
  const config = loadConfig({});
  expect(Object.isFrozen(config) && Object.isFrozen(config.temporal)).toBe(true);
});

test.each([
  ['PORT', '80a'],
  ['PORT', '-1'],
  ['PORT', '65536'],
  ['PORT', '1e3'],
  ['TEMPORAL_PORT', '7233/tcp'],
  ['TEMPORAL_UI_PORT', '99999'],
  ['API_PREFIX', 'api'],
  ['API_PREFIX', '/api/'],
  ['API_PREFIX', '/'],
  ['API_PREFIX', '/a b'],
  ['API_PREFIX', '/:id'],
  ['HOST', '0.0.0.0'],
  ['HOST', 'example.org'],
  ['AUTH_MODE', 'keys'],
  ['AUTH_MODE', 'NONE'],
  ['DATABASE_URL', 'mysql://db'],
  ['DATABASE_URL', 'localhost:5432'],
  ['LINK_SECRET', 'too-short'],
  ['RETENTION', '30'],
  ['RETENTION', 'PT0S'],
  ['RETENTION', 'P1M'],
  ['LOG_LEVEL', 'verbose'],
  ['SECTION_LIMIT', '256k'],
  ['SECTION_LIMIT', '0'],
  ['DOCUMENT_LIMIT', '1200001'],
])('%s may not be %j, and the one line says so', (name, value) => {
  const message = messageOf(() => loadConfig({ [name]: value }));
  expect(message).toContain(name);
  expect(message).not.toContain('\n');
});

test('a secret is not repeated in the message', () => {
  expect(messageOf(() => loadConfig({ LINK_SECRET: 'hush-hush' }))).not.toContain('hush-hush');
  const url = 'mysql://me:hush-hush@db';
  expect(messageOf(() => loadConfig({ DATABASE_URL: url }))).not.toContain('hush-hush');
});

test.each([
  ['PORT', '0', { port: 0 }],
  ['HOST', '::1', { host: '::1' }],
  ['API_PREFIX', '/v1/dossier', { apiPrefix: '/v1/dossier' }],
  ['RETENTION', '20s', { retentionMs: 20_000 }],
  ['DATABASE_URL', 'postgresql://db/x', { databaseUrl: 'postgresql://db/x' }],
  ['LINK_SECRET', '0123456789abcdef', { linkSecret: '0123456789abcdef' }],
  ['npm_lifecycle_event', 'start', { endWithParent: true }],
])('%s may be %j', (name, value, expected) => {
  expect(loadConfig({ [name]: value })).toMatchObject(expected);
});

test('TEMPORAL_ADDRESS means a server of yours', () => {
  const { connection, namespace } = loadConfig({
    TEMPORAL_ADDRESS: 'temporal.example:7233',
    TEMPORAL_NAMESPACE: 'staging',
  }).temporal;
  expect(connection).toMatchObject({ address: 'temporal.example:7233' });
  expect(namespace).toBe('staging');
});

test('a profile gives address and namespace; a variable goes first', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'dossier-config-'));
  try {
    const TEMPORAL_CONFIG_FILE = join(directory, 'temporal.toml');
    const profile = '[profile.default]\naddress = "temporal.example:7233"\nnamespace = "staging"\n';
    await writeFile(TEMPORAL_CONFIG_FILE, profile);
    const { temporal } = loadConfig({ TEMPORAL_CONFIG_FILE });
    expect(temporal.connection).toMatchObject({ address: 'temporal.example:7233' });
    expect(temporal.namespace).toBe('staging');
    const named = loadConfig({ TEMPORAL_CONFIG_FILE, TEMPORAL_NAMESPACE: 'test' }).temporal;
    expect(named.namespace).toBe('test');
  } finally {
    await rm(directory, { recursive: true });
  }
});

test('a profile that is not there is one clear line', () => {
  const message = messageOf(() => loadConfig({ TEMPORAL_PROFILE: 'nowhere' }));
  expect(message).toContain('TEMPORAL_');
  expect(message).toContain('nowhere');
  expect(message).not.toContain('\n');
});

function messageOf(load: () => unknown): string {
  try {
    load();
  } catch (error) {
    expect(error).toBeInstanceOf(StartupError);
    return (error as Error).message;
  }
  throw new Error('it was accepted');
}
