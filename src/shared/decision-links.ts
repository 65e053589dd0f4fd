/**
 * Links that let a person decide without signing in: whoever has one may decide once, as this user, about this version.
 * They are computed when they are needed and kept nowhere.
 */
import { NOTIFICATION_KINDS, type Notification } from '../contracts/notifications.ts';
import { isSigned, keysFor, signatureOf } from './keys.ts';

/** What a link says. */
export interface DecisionLink {
  /** What `id` is the id of. */
  readonly kind: Notification['kind'];
  readonly id: string;
  /** Who decides; a user id. */
  readonly user: string;
  readonly decision: 'approve' | 'reject';
  /** About which content. */
  readonly version: number;
  readonly round: number;
  readonly stage: string;
  /** Until when it is valid, in seconds since 1970. */
  readonly exp: number;
}

/** How links are made. */
export interface LinkSettings {
  /** The first signs, all verify. Without any there are no decision links. */
  readonly secrets: readonly string[];
  /** Where people reach the gateway, without a slash at the end; undefined when that is unknown. */
  readonly publicUrl: string | undefined;
  /** In front of our own routes, such as /api. */
  readonly apiPrefix: string;
  /** How long a link is valid where the decision has no deadline, in milliseconds. */
  readonly ttlMs: number;
}

/** Without any setting. */
export const NO_LINKS: LinkSettings = {
  secrets: [],
  publicUrl: undefined,
  apiPrefix: '/api',
  ttlMs: 14 * 24 * 60 * 60 * 1000,
};

/** The path of the pages; a token follows. */
export const DECISIONS = '/decisions';

/** The router takes no longer ones, and browsers few. Only ids that somebody made up at the CLI come near. */
const LONGEST_TOKEN = 2_500;

/** The token of a link: `payload.signature`, safe in URLs. @throws Error without any secret */
export function createLink(secrets: readonly string[], link: DecisionLink): string {
  const [key] = keysFor(secrets, 'decision-links');
  if (!key) throw new Error('links need a secret');
  const { kind, id, user, decision, version, round, stage, exp } = link;
  const fields = [kind, id, user, decision, version, round, stage, exp];
  const payload = Buffer.from(JSON.stringify(fields)).toString('base64url');
  return `${payload}.${signatureOf(key, payload)}`;
}

/** What the token says, also when it has expired; undefined when we have not made it, or it was changed. */
export function readLink(secrets: readonly string[], token: string): DecisionLink | undefined {
  const [payload = '', signature = '', ...more] = token.split('.');
  if (more.length > 0) return undefined;
  const ours = isSigned(keysFor(secrets, 'decision-links'), payload, signature);
  return ours ? parsed(Buffer.from(payload, 'base64url').toString()) : undefined;
}

/** True when it is valid no more. */
export function isExpired({ exp }: DecisionLink, now = Date.now()): boolean {
  return exp * 1000 <= now;
}

/**
 * The tokens by which this user can decide what the notification asks for: until the stage is due, or as long as the
 * settings say where that is not said or has passed. Undefined when it asks for nothing, too late, or links cannot be.
 */
export function decisionTokens(
  { kind, documentId: id, decide, dueAt, at }: Notification,
  user: string,
  { secrets, ttlMs }: Pick<LinkSettings, 'secrets' | 'ttlMs'>,
): { readonly approve: string; readonly reject: string; readonly until: string } | undefined {
  if (!decide || secrets.length === 0) return undefined;
  const due = dueAt !== undefined && Date.parse(dueAt) > Date.parse(at);
  const exp = Math.floor((due ? Date.parse(dueAt) : Date.parse(at) + ttlMs) / 1000);
  const { version, round, stage } = decide;
  const about = { kind, id, user, version, round, stage, exp };
  const approve = createLink(secrets, { ...about, decision: 'approve' });
  const reject = createLink(secrets, { ...about, decision: 'reject' });
  if (isExpired({ ...about, decision: 'approve' }) || approve.length > LONGEST_TOKEN)
    return undefined;
  return { approve, reject, until: new Date(exp * 1000).toISOString() };
}

/** Signed by us, but perhaps by another version of ours. */
function parsed(text: string): DecisionLink | undefined {
  const fields = JSON.parse(text) as unknown;
  if (!Array.isArray(fields) || fields.length !== 8) return undefined;
  const [kind, id, user, decision, version, round, stage, exp] = fields as unknown[];
  const known = NOTIFICATION_KINDS.some((one) => one === kind);
  const texts = [id, user, stage].every((one) => typeof one === 'string');
  const numbers = [version, round, exp].every((one) => typeof one === 'number');
  if (!known || !texts || !numbers || (decision !== 'approve' && decision !== 'reject'))
    return undefined;
  return { kind, id, user, decision, version, round, stage, exp } as DecisionLink;
}
