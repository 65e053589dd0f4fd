import { expect, test } from 'vitest';
import { kindOf, type AddressKind } from '../../src/activities/webhooks/addresses.ts';

test.each<[AddressKind, readonly string[]]>([
  ['public', ['8.8.8.8', '93.184.216.34', '172.15.255.255', '172.32.0.1', '100.63.255.255']],
  ['public', ['2606:4700::1111', '2a00::1', '2001:200::1', '2001:4860:4860::8888']],
  ['private', ['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.0.1', 'fc00::1', 'fd12::1']],
  ['loopback', ['127.0.0.1', '127.255.255.255', '::1', '0:0:0:0:0:0:0:1']],
  [
    'special',
    ['100.64.0.1', '192.0.0.1', '192.0.2.1', '198.18.0.1', '198.51.100.1', '203.0.113.1'],
  ],
  [
    'special',
    ['192.88.99.1', '100::1', '2001:db8::1', '2001:10::1', '3fff::1', '4000::1', 'a000::'],
  ],
  // Unspecified, link-local, multicast, reserved, broadcast.
  ['never', ['0.0.0.0', '0.1.2.3', '169.254.0.1', '224.0.0.1', '240.0.0.1', '255.255.255.255']],
  ['never', ['::', 'fe80::1', 'febf::1', 'fe80::1%lo', 'fec0::1', 'ff02::1']],
  // Metadata services.
  ['never', ['169.254.169.254', '168.63.129.16', '100.100.100.200', '192.0.0.192']],
  ['never', ['fd00:ec2::254', 'fd20:ce::254']],
  // IPv4 in IPv6: mapped, compatible, translated, NAT64, 6to4, Teredo; of a public address too.
  ['never', ['::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:8.8.8.8', '::127.0.0.1', '::8.8.8.8']],
  ['never', ['::ffff:0:127.0.0.1', '64:ff9b::127.0.0.1', '64:ff9b::a9fe:a9fe', '64:ff9b:1::1']],
  ['never', ['2002:7f00:1::', '2001::1', '2001:0:7f00:1::']],
  ['never', ['', 'localhost', '2130706433', '0x7f.1', '0177.0.0.1', '[::1]', '1.2.3']],
])('%s: %j', (kind, addresses) => {
  for (const address of addresses) expect([address, kindOf(address)]).toEqual([address, kind]);
});
