/**
 * Where webhooks may go: WEBHOOK_ALLOW, entry by entry, and the addresses that each entry stands for
 * (docs/decisions/0015-webhook-destinations.md).
 */
import { isIP } from 'node:net';
import { ApplicationFailure } from '@temporalio/common';
import { kindOf, type AddressKind } from './addresses.ts';

/** Temporal's port wherever it runs: whoever may post there could act as the service. */
const TEMPORAL_PORT = 7233;

interface Entry {
  /** As a URL has it, an IPv6 address in brackets. */
  readonly hostname: string;
  /** Undefined stands for the default one of the URL's scheme. */
  readonly port: number | undefined;
  /** What its addresses may be. */
  readonly kinds: readonly AddressKind[];
}

/** A destination that WEBHOOK_ALLOW has, and which addresses may be called for it. */
export interface Destination {
  readonly url: URL;
  /** Of the URL, without brackets. */
  readonly hostname: string;
  /** True when a webhook may go to this address of the host. */
  readonly permits: (address: string) => boolean;
}

/** That a webhook goes nowhere, for good. The message is for everybody who sees the workflow: no addresses in it. */
export function blocked(message: string): ApplicationFailure {
  return ApplicationFailure.create({ type: 'webhook-not-allowed', message, nonRetryable: true });
}

/**
 * What the allow-list says about a URL; its addresses are still to be checked.
 * @throws ApplicationFailure `webhook-not-allowed` when no webhook may go there
 */
export function destinationOf(text: string, allow: readonly string[]): Destination {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !['http:', 'https:'].includes(url.protocol))
    throw blocked('The URL of the webhook is not one of http or https.');
  if (url.username !== '' || url.password !== '')
    throw blocked('The URL of the webhook has a user in it.');
  const entry = entryFor(url, allow);
  if (!entry) throw blocked(`${url.host} is not in WEBHOOK_ALLOW.`);
  if (portOf(url) === TEMPORAL_PORT) throw blocked(`${url.host} has the port of Temporal.`);
  return {
    url,
    hostname: bare(url.hostname),
    permits: (address) => entry.kinds.includes(kindOf(address)),
  };
}

/** True when WEBHOOK_ALLOW has the host of the URL. */
export function isAllowed(url: URL, allow: readonly string[]): boolean {
  return entryFor(url, allow) !== undefined;
}

/** What is wrong with an entry of WEBHOOK_ALLOW, as the end of a sentence; undefined when it can be used. */
export function entryError(entry: string): string | undefined {
  const [, host = '', port, mark] = parts(entry) ?? [];
  const canonical = URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : undefined;
  if (canonical === undefined || host === '' || (port !== undefined && !isPort(port)))
    return 'it must be hosts such as hooks.example.org or localhost:9000, with commas between';
  // Otherwise an entry would never be found, or be taken for a name.
  if (canonical !== host) return `write ${canonical}`;
  const address = isIP(bare(host)) !== 0;
  if (mark !== undefined && (address || host === 'localhost'))
    return 'only a name may be =private; an address and localhost stand for themselves';
  if (address && kindOf(bare(host)) === 'never')
    return 'no webhook may go to link-local, metadata, multicast, unspecified or IPv4-in-IPv6 addresses';
  if (Number(port) === TEMPORAL_PORT) return `port ${TEMPORAL_PORT} is the one of Temporal`;
  return undefined;
}

/** The ports of this machine that an entry opens to webhooks. */
export function loopbackPorts(entry: string): readonly number[] {
  const { port, kinds } = entryOf(entry);
  if (!kinds.includes('loopback')) return [];
  return port === undefined ? [80, 443] : [port];
}

function entryFor(url: URL, allow: readonly string[]): Entry | undefined {
  return allow
    .map(entryOf)
    .find(
      ({ hostname, port }) =>
        hostname === url.hostname && (port === undefined ? url.port === '' : port === portOf(url)),
    );
}

function entryOf(entry: string): Entry {
  const [, hostname = '', port, mark] = parts(entry) ?? [];
  return {
    hostname,
    port: port === undefined ? undefined : Number(port),
    kinds: kindsOf(hostname, mark !== undefined),
  };
}

/** A name has public addresses, because others may change where it leads; an address is what the operator wrote. */
function kindsOf(hostname: string, isPrivate: boolean): readonly AddressKind[] {
  if (hostname === 'localhost') return ['loopback'];
  if (isIP(bare(hostname)) !== 0) {
    const kind = kindOf(bare(hostname));
    return kind === 'never' ? [] : [kind];
  }
  return isPrivate ? ['public', 'private'] : ['public'];
}

/** Host, port and mark. */
function parts(entry: string): RegExpExecArray | null {
  return /^(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::(\d{1,5}))?(=private)?$/.exec(entry);
}

function portOf({ port, protocol }: URL): number {
  return Number(port || (protocol === 'https:' ? 443 : 80));
}

function isPort(text: string): boolean {
  return Number(text) >= 1 && Number(text) <= 65_535;
}

function bare(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '');
}
