/** Configuration: environment variables become one frozen object. Nothing else reads `process.env`. */
import { resolve } from 'node:path';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { NativeConnectionOptions } from '@temporalio/worker';
import { entryError, loopbackPorts } from './activities/webhooks/destinations.ts';
import type { DurableSettings } from './contracts/durable.ts';
import { durableSettings } from './durable-settings.ts';
import {
  baseUrl,
  checked,
  checkSecret,
  duration,
  list,
  oneOf,
  optional,
  path,
  secrets,
  text,
  type Env,
} from './env.ts';
import { LIMITS } from './contracts/limits.ts';
import type { MailSettings } from './activities/mail/mailer.ts';
import { mailboxOf, smtpUrlOf } from './mail-settings.ts';
import { orderSettings, type OrderSettings } from './order-settings.ts';
import type { TriggerSettings } from './contracts/triggers.ts';
import type { LinkSettings } from './shared/decision-links.ts';
import { StartupError } from './startup-error.ts';
import { loadTriggers } from './trigger-settings.ts';

export interface Config {
  /** Where the gateway listens. Default 127.0.0.1. */
  readonly host: string;
  /** 0 takes a free one and prints it. Default 8080. */
  readonly port: number;
  /** Path in front of our own routes, without a slash at the end. Default /api. */
  readonly apiPrefix: string;
  /** Where everything embedded keeps its data; absolute. Default .data. */
  readonly dataDir: string;
  readonly temporal: {
    /** How to reach a server that is there already; undefined when we start one ourselves. */
    readonly connection: NativeConnectionOptions | undefined;
    readonly namespace: string;
    readonly taskQueue: string;
    /** Ports of the embedded server and of its Web UI; 0 takes a free one. Defaults 7233 and 8233. */
    readonly port: number;
    readonly uiPort: number;
    /** Where the Web UI of a server of yours is; only for links. */
    readonly uiUrl: string | undefined;
    /** An executable `temporal` to use for the embedded server. */
    readonly cliPath: string | undefined;
  };
  /** A PostgreSQL URL; undefined when we open an embedded database ourselves. */
  readonly databaseUrl: string | undefined;
  readonly documentTypesDir: string;
  /** The file of the people; absolute. Undefined when there is none. */
  readonly directoryFile: string | undefined;
  readonly durable: DurableSettings;
  readonly triggers: TriggerSettings;
  /** Bytes of JSON for types that name no limits of their own. Defaults 262144 and 1048576, at most 1200000. */
  readonly limits: { readonly section: number; readonly document: number };
  /**
   * Without LINK_SECRET, `npm start` keeps a secret of its own in DATA_DIR; other processes make no links then, and their
   * page cursors end with them.
   */
  readonly links: LinkSettings;
  /** Undefined when nothing is mailed. */
  readonly mail: MailSettings | undefined;
  readonly orders: OrderSettings;
  readonly webhooks: {
    /** Hosts to which document types may send, such as `hooks.example.org` or `localhost:9000`. Default none. */
    readonly allow: readonly string[];
    /** Each signs what is sent; at least one as soon as a host is allowed. */
    readonly secrets: readonly string[];
  };
  /** How long the embedded Temporal server keeps finished workflows, and the inbox settled messages, in milliseconds. Default 30 days. */
  readonly retentionMs: number;
  readonly logLevel: LogLevel;
  /** Directories outside DATA_DIR, for what is kept once per machine: where to look for and to keep executables. */
  readonly machine: {
    readonly path: string;
    readonly home: string;
    readonly cacheHome: string | undefined;
  };
  /** True when npm started us: then its end is ours, because nobody would be left to stop us. */
  readonly endWithParent: boolean;
}

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Where we listen on this machine, unless the settings say otherwise. */
const PORTS = { PORT: 8080, TEMPORAL_PORT: 7233, TEMPORAL_UI_PORT: 8233 };

/**
 * Reads and checks every setting.
 * @throws StartupError that names the variable, what is wrong with its value, and what would be right.
 */
export function loadConfig(env: Env = process.env): Config {
  const host = text(env, 'HOST', '127.0.0.1');
  checkAuth(env, host);
  const server = externalServer(env);
  const apiPrefix = prefix(env, 'API_PREFIX', '/api');
  const taskQueue = text(env, 'TEMPORAL_TASK_QUEUE', 'dossier');
  const durable = durableSettings(env, taskQueue);
  return Object.freeze({
    host,
    port: port(env, 'PORT'),
    apiPrefix,
    dataDir: resolve(text(env, 'DATA_DIR', '.data')),
    temporal: Object.freeze({
      connection: server?.connectionOptions,
      namespace: text(env, 'TEMPORAL_NAMESPACE', server?.namespace ?? 'default'),
      taskQueue,
      port: port(env, 'TEMPORAL_PORT'),
      uiPort: port(env, 'TEMPORAL_UI_PORT'),
      uiUrl: optional(env, 'TEMPORAL_UI_URL'),
      cliPath: optional(env, 'TEMPORAL_CLI_PATH'),
    }),
    databaseUrl: databaseUrl(env),
    documentTypesDir: resolve(text(env, 'DOCUMENT_TYPES_DIR', 'document-types')),
    directoryFile: path(env, 'DIRECTORY_FILE'),
    durable,
    triggers: triggers(env, durable),
    limits: limits(env),
    links: Object.freeze({
      secrets: secrets(env, 'LINK_SECRET'),
      publicUrl: baseUrl(env, 'PUBLIC_URL', 'https://dossier.example.org'),
      apiPrefix,
      ttlMs: duration(env, 'LINK_TTL', 'P14D'),
    }),
    mail: mail(env),
    orders: orderSettings(env),
    webhooks: webhooks(env, server?.connectionOptions.address),
    retentionMs: duration(env, 'RETENTION', 'P30D'),
    logLevel: oneOf(env, 'LOG_LEVEL', LOG_LEVELS, 'info'),
    machine: Object.freeze({
      path: env['PATH'] ?? '',
      home: env['HOME'] ?? '',
      cacheHome: optional(env, 'XDG_CACHE_HOME'),
    }),
    endWithParent: env['npm_lifecycle_event'] !== undefined,
  });
}

/** `AUTH_MODE=none` trusts whoever can connect, so it must not be reachable from other machines. */
function checkAuth(env: Env, host: string): void {
  oneOf(env, 'AUTH_MODE', ['none'] as const, 'none');
  if (!['127.0.0.1', '::1', 'localhost'].includes(host)) {
    throw new StartupError(
      `HOST ${host} is not a loopback address, and AUTH_MODE=none lets everybody in who can connect; use 127.0.0.1`,
    );
  }
}

/** The server's address comes from TEMPORAL_ADDRESS, or from a profile that the environment names. */
function externalServer(env: Env): ReturnType<typeof loadClientConnectConfig> | undefined {
  const named = ['TEMPORAL_ADDRESS', 'TEMPORAL_PROFILE', 'TEMPORAL_CONFIG_FILE'];
  if (!named.some((name) => optional(env, name))) return undefined;
  try {
    const overrideEnvVars = Object.fromEntries(
      Object.entries(env).filter(([, value]) => value),
    ) as Record<string, string>;
    return loadClientConnectConfig({ overrideEnvVars });
  } catch (error) {
    throw new StartupError(`the TEMPORAL_* settings cannot be used: ${(error as Error).message}`);
  }
}

function databaseUrl(env: Env): string | undefined {
  const url = optional(env, 'DATABASE_URL');
  if (url === undefined || /^postgres(ql)?:\/\//.test(url)) return url;
  throw new StartupError('DATABASE_URL must begin with postgres:// or postgresql://');
}

function port(env: Env, name: keyof typeof PORTS): number {
  const value = optional(env, name);
  if (value === undefined) return PORTS[name];
  if (/^\d{1,5}$/.test(value) && Number(value) <= 65_535) return Number(value);
  throw new StartupError(
    `${name} is "${value}"; it must be a port number from 0 (take a free one) to 65535`,
  );
}

function webhooks(env: Env, temporalAddress: string | undefined): Config['webhooks'] {
  const allow = list(env, 'WEBHOOK_ALLOW').map((entry) => entry.toLowerCase());
  for (const entry of allow) {
    const wrong = entryError(entry) ?? ownPlace(env, entry, temporalAddress);
    if (wrong !== undefined) throw new StartupError(`WEBHOOK_ALLOW has "${entry}"; ${wrong}`);
  }
  const secrets = list(env, 'WEBHOOK_SECRET');
  for (const one of secrets) checkSecret('WEBHOOK_SECRET', one);
  if (allow.length > 0 && secrets.length === 0)
    throw new StartupError('WEBHOOK_ALLOW needs WEBHOOK_SECRET, which signs what is sent');
  return Object.freeze({ allow: Object.freeze(allow), secrets: Object.freeze(secrets) });
}

/** A webhook must not talk to the service itself: what comes from this machine is trusted there. */
function ownPlace(
  env: Env,
  entry: string,
  temporalAddress: string | undefined,
): string | undefined {
  const own = (['PORT', 'TEMPORAL_PORT', 'TEMPORAL_UI_PORT'] as const).find((name) =>
    loopbackPorts(entry).includes(port(env, name)),
  );
  if (own !== undefined) return `no webhook may call our own ${own}`;
  const isTemporal = entry.replace(/=.*/, '') === temporalAddress?.toLowerCase();
  return isTemporal ? 'no webhook may call the Temporal server' : undefined;
}

function triggers(env: Env, { functions }: DurableSettings): TriggerSettings {
  const all = loadTriggers(optional(env, 'TRIGGERS'), functions);
  const folder = path(env, 'TRIGGER_FOLDER');
  if (folder !== undefined && all.length === 0)
    throw new StartupError(
      'TRIGGER_FOLDER needs TRIGGERS, which say what its files start or signal',
    );
  return Object.freeze({ triggers: all, folder, retentionMs: duration(env, 'RETENTION', 'P30D') });
}

function mail(env: Env): Config['mail'] {
  const from = mailboxOf('MAIL_FROM', text(env, 'MAIL_FROM', 'Dossier <dossier@localhost>'));
  const smtpUrl = checked(env, 'SMTP_URL', smtpUrlOf);
  return smtpUrl === undefined ? undefined : Object.freeze({ smtpUrl, from });
}

function limits(env: Env): Config['limits'] {
  const document = bytes(env, 'DOCUMENT_LIMIT', LIMITS.document);
  const section = bytes(env, 'SECTION_LIMIT', Math.min(LIMITS.section, document));
  if (section <= document) return Object.freeze({ section, document });
  throw new StartupError('SECTION_LIMIT is larger than DOCUMENT_LIMIT');
}

function bytes(env: Env, name: string, otherwise: number): number {
  const value = optional(env, name);
  if (value === undefined) return otherwise;
  const most = LIMITS.largestDocument;
  if (/^\d{1,9}$/.test(value) && Number(value) >= 1 && Number(value) <= most) return Number(value);
  throw new StartupError(`${name} is "${value}"; it must be a number of bytes from 1 to ${most}`);
}

function prefix(env: Env, name: string, otherwise: string): string {
  const value = text(env, name, otherwise);
  if (/^(\/[A-Za-z0-9._~-]+)+$/.test(value)) return value;
  throw new StartupError(
    `${name} is "${value}"; it must be a path such as /api, without a slash at the end`,
  );
}
