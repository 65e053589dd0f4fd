/** Kinds of IP addresses, as far as it matters whether a webhook may go there (RFC 6890 and the registries behind it). */
import { BlockList, isIPv4, isIPv6 } from 'node:net';

/**
 * - `public`: anywhere in the internet.
 * - `private`: RFC 1918 and unique local.
 * - `loopback`: this machine.
 * - `special`: the other special-purpose ranges, such as shared address space (CGNAT), benchmarks and documentation.
 * - `never`: what no receiver has, whoever asks for it: link-local, the metadata services of clouds, multicast,
 *   unspecified, reserved, and IPv6 that stands for an IPv4 address; and what is no address.
 */
export type AddressKind = 'public' | 'private' | 'loopback' | 'special' | 'never';

type Family = 'ipv4' | 'ipv6';

/** Looked through from the first to the last: `::1` lies within `::/96`, the metadata addresses in wider ranges. */
const RANGES: Record<Family, readonly (readonly [AddressKind, readonly string[]])[]> = {
  ipv4: [
    ['loopback', ['127.0.0.0/8']],
    [
      'never',
      [
        '0.0.0.0/8',
        // Where clouds tell machines their credentials: AWS, Azure, Google; then Azure's own, Alibaba, Oracle.
        '169.254.0.0/16',
        '168.63.129.16/32',
        '100.100.100.200/32',
        '192.0.0.192/32',
        '224.0.0.0/4',
        '240.0.0.0/4',
      ],
    ],
    ['private', ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16']],
    [
      'special',
      [
        '100.64.0.0/10',
        '192.0.0.0/24',
        '192.0.2.0/24',
        '192.88.99.0/24',
        '198.18.0.0/15',
        '198.51.100.0/24',
        '203.0.113.0/24',
      ],
    ],
  ],
  ipv6: [
    ['loopback', ['::1/128']],
    [
      'never',
      [
        // IPv4-compatible, -mapped and -translated, NAT64, Teredo, 6to4: they would lead past the rules for IPv4.
        '::/96',
        '::ffff:0:0/96',
        '::ffff:0:0:0/96',
        '64:ff9b::/96',
        '64:ff9b:1::/48',
        '2001::/32',
        '2002::/16',
        // Metadata, of AWS and of Google.
        'fd00:ec2::/32',
        'fd20:ce::/32',
        'fe80::/10',
        'fec0::/10',
        'ff00::/8',
      ],
    ],
    ['private', ['fc00::/7']],
    // Public is what 2000::/3 has beside these; nothing else was given to anybody yet.
    ['special', ['::/3', '4000::/2', '8000::/1', '2001::/23', '2001:db8::/32', '3fff::/20']],
  ],
};

// A list for each family: in a mixed one, Node takes an IPv4 address for its mapped form and finds it below `::/3`.
const LISTS = {
  ipv4: RANGES.ipv4.map(([kind, ranges]) => [kind, listOf(ranges, 'ipv4')] as const),
  ipv6: RANGES.ipv6.map(([kind, ranges]) => [kind, listOf(ranges, 'ipv6')] as const),
};

/** What kind of address it is; without brackets. One with a zone (`fe80::1%eth0`) is `never`. */
export function kindOf(address: string): AddressKind {
  const family = isIPv4(address) ? 'ipv4' : 'ipv6';
  if (family === 'ipv6' && (!isIPv6(address) || address.includes('%'))) return 'never';
  return LISTS[family].find(([, list]) => list.check(address, family))?.[0] ?? 'public';
}

function listOf(ranges: readonly string[], family: Family): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [net = '', bits] = range.split('/');
    list.addSubnet(net, Number(bits), family);
  }
  return list;
}
