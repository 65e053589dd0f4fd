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
    links: { secrets: [], publicUrl: undefined, apiPrefix: '/api', ttlMs: 14 * 86_400_000 },
    mail: undefined,
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
  ['LINK_SECRET', '0123456789abcdef,too-short'],
  ['LINK_TTL', '0s'],
  ['SMTP_URL', 'mail.example.org:25'],
  ['SMTP_URL', 'http://mail.example.org'],
  ['SMTP_URL', 'smtp://'],
  ['MAIL_FROM', 'Dossier'],
  ['MAIL_FROM', 'a@b, c@d'],
  ['MAIL_FROM', 'A <a@b> <c@d>'],
  ['PUBLIC_URL', 'dossier.example.org'],
  ['PUBLIC_URL', 'javascript:alert(1)'],
  ['PUBLIC_URL', 'https://me:secret@dossier.example.org'],
  ['PUBLIC_URL', 'https://dossier.example.org/?x'],
  ['RETENTION', '30'],
  ['RETENTION', 'PT0S'],
  ['RETENTION', 'P1M'],
  ['LOG_LEVEL', 'verbose'],
  ['SECTION_LIMIT', '256k'],
  ['SECTION_LIMIT', '0'],
  ['DOCUMENT_LIMIT', '1200001'],
  ['WEBHOOK_ALLOW', 'https://hooks.example.org'],
  ['WEBHOOK_ALLOW', 'hooks.example.org/path'],
  ['WEBHOOK_ALLOW', 'me@hooks.example.org'],
  ['WEBHOOK_ALLOW', '*.example.org'],
  ['WEBHOOK_ALLOW', 'hooks.example.org:0'],
  ['WEBHOOK_ALLOW', 'hooks.example.org:65536'],
  ['WEBHOOK_ALLOW', 'hooks.example.org=public'],
  ['WEBHOOK_ALLOW', '[::1'],
  // What a URL writes otherwise would never be found.
  ['WEBHOOK_ALLOW', '2130706433:9000'],
  ['WEBHOOK_ALLOW', '0x7f.1:9000'],
  ['WEBHOOK_ALLOW', '[0:0::1]:9000'],
  ['WEBHOOK_ALLOW', '[::ffff:127.0.0.1]:9000'],
  ['WEBHOOK_ALLOW', '1.2.3.256'],
  // Nothing that receives.
  ['WEBHOOK_ALLOW', '169.254.169.254'],
  ['WEBHOOK_ALLOW', '[fd00:ec2::254]'],
  ['WEBHOOK_ALLOW', '[::ffff:7f00:1]:9000'],
  ['WEBHOOK_ALLOW', '0.0.0.0:9000'],
  // Ourselves.
  ['WEBHOOK_ALLOW', 'hooks.example.org:7233'],
  ['WEBHOOK_ALLOW', '127.0.0.1:7233'],
  ['WEBHOOK_ALLOW', 'localhost:8233'],
  ['WEBHOOK_ALLOW', '[::1]:8080'],
  ['WEBHOOK_ALLOW', '127.0.0.2:8080'],
  ['WEBHOOK_ALLOW', 'localhost:9000=private'],
  ['WEBHOOK_ALLOW', '10.0.0.1=private'],
  ['WEBHOOK_SECRET', 'too-short'],
  ['WEBHOOK_SECRET', 'this-one-is-long-enough,too-short'],
])('%s may not be %j, and the one line says so', (name, value) => {
  const message = messageOf(() => loadConfig({ [name]: value }));
  expect(message).toContain(name);
  expect(message).not.toContain('\n');
});

const WEBHOOK_SECRET = 'only receiver and sender know';

test('webhooks go to hosts that are named, signed by each secret', () => {
  const WEBHOOK_ALLOW =
    ' Hooks.Example.org, a.example:8080,,localhost:9000,[::1]:9000,10.0.0.1,b.example:9=private ';
  expect(
    loadConfig({ WEBHOOK_ALLOW, WEBHOOK_SECRET: `${WEBHOOK_SECRET}, the next one of them ,` })
      .webhooks,
  ).toEqual({
    allow: [
      'hooks.example.org',
      'a.example:8080',
      'localhost:9000',
      '[::1]:9000',
      '10.0.0.1',
      'b.example:9=private',
    ],
    secrets: [WEBHOOK_SECRET, 'the next one of them'],
  });
  expect(loadConfig({}).webhooks).toEqual({ allow: [], secrets: [] });
  expect(messageOf(() => loadConfig({ WEBHOOK_ALLOW, WEBHOOK_SECRET: ' , ' }))).toContain(
    'WEBHOOK_SECRET',
  );
});

test.each([
  [{ WEBHOOK_ALLOW: 'localhost', PORT: '80' }, 'PORT'],
  [{ WEBHOOK_ALLOW: '127.0.0.1:9000', TEMPORAL_PORT: '9000' }, 'TEMPORAL_PORT'],
  [{ WEBHOOK_ALLOW: 'localhost:9000', TEMPORAL_UI_PORT: '9000' }, 'TEMPORAL_UI_PORT'],
  [{ WEBHOOK_ALLOW: 't.example:443', TEMPORAL_ADDRESS: 'T.example:443' }, 'Temporal server'],
  [{ WEBHOOK_ALLOW: '0x7f.1:9000' }, 'write 127.0.0.1'],
])('webhooks do not go to ourselves, and the line says what to do: %j', (env, told) => {
  const message = messageOf(() => loadConfig({ ...env, WEBHOOK_SECRET }));
  expect(message).toContain('WEBHOOK_ALLOW');
  expect(message).toContain(told);
});

test('a secret is not repeated in the message', () => {
  expect(messageOf(() => loadConfig({ LINK_SECRET: 'hush-hush' }))).not.toContain('hush-hush');
  const several = { WEBHOOK_SECRET: `${WEBHOOK_SECRET},hush-hush` };
  expect(messageOf(() => loadConfig(several))).not.toContain('hush-hush');
  const url = 'mysql://me:hush-hush@db';
  expect(messageOf(() => loadConfig({ DATABASE_URL: url }))).not.toContain('hush-hush');
  const smtp = 'http://me:hush-hush@mail';
  expect(messageOf(() => loadConfig({ SMTP_URL: smtp }))).not.toContain('hush-hush');
});

test.each([
  ['PORT', '0', { port: 0 }],
  ['HOST', '::1', { host: '::1' }],
  ['API_PREFIX', '/v1/dossier', { apiPrefix: '/v1/dossier' }],
  ['RETENTION', '20s', { retentionMs: 20_000 }],
  ['DATABASE_URL', 'postgresql://db/x', { databaseUrl: 'postgresql://db/x' }],
  ['LINK_SECRET', '0123456789abcdef', { links: { secrets: ['0123456789abcdef'] } }],
  [
    'LINK_SECRET',
    `${'a'.repeat(16)}, ${'b'.repeat(16)},`,
    { links: { secrets: ['a'.repeat(16), 'b'.repeat(16)] } },
  ],
  ['LINK_TTL', 'P3D', { links: { ttlMs: 3 * 86_400_000 } }],
  ['PUBLIC_URL', 'https://d.example.org/x/', { links: { publicUrl: 'https://d.example.org/x' } }],
  ['PUBLIC_URL', 'http://localhost:80', { links: { publicUrl: 'http://localhost' } }],
  ['npm_lifecycle_event', 'start', { endWithParent: true }],
])('%s may be %j', (name, value, expected) => {
  expect(loadConfig({ [name]: value })).toMatchObject(expected);
});

test('a mail server, and from whom mails come', () => {
  const SMTP_URL = 'smtps://me:secret@mail.example.org';
  const from = { name: 'Dossier', address: 'dossier@localhost' };
  expect(loadConfig({ SMTP_URL }).mail).toEqual({ smtpUrl: SMTP_URL, from });
  expect(loadConfig({ SMTP_URL, MAIL_FROM: 'hr@example.org' }).mail?.from).toEqual({
    name: '',
    address: 'hr@example.org',
  });
  expect(loadConfig({ MAIL_FROM: 'hr@example.org' }).mail).toBeUndefined();
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

test('a folder of events needs to know what they lead to', () => {
  expect(loadConfig({}).triggers).toEqual({
    triggers: [],
    folder: undefined,
    retentionMs: 30 * 86_400_000,
  });
  const folder = { TRIGGER_FOLDER: 'in' };
  expect(messageOf(() => loadConfig(folder))).toContain('TRIGGER_FOLDER needs TRIGGERS');
  const { triggers } = loadConfig({
    ...folder,
    TRIGGERS: 'examples/triggers.yaml',
    RETENTION: '1d',
  });
  expect(triggers).toMatchObject({ folder: resolve('in'), retentionMs: 86_400_000 });
  expect(messageOf(() => loadConfig({ TRIGGERS: '[{"type": 1}]' }))).toContain(
    'TRIGGERS:1: /0/type',
  );
});
