import type { IncomingMessage } from 'node:http';
import { describe, expect, test } from 'vitest';
import { isInRanges } from '../auth/cidr.ts';
import { clientAddress, parseNetworks, plainAddress } from './address.ts';

const from = (remoteAddress: string, forwarded?: string) =>
  ({ socket: { remoteAddress }, headers: { 'x-forwarded-for': forwarded } }) as unknown as IncomingMessage;

describe('networks', () => {
  test('IPv4, IPv6 and single addresses', () => {
    const networks = parseNetworks(['10.0.0.0/8', 'fd00::/8', '192.0.2.7']);
    const inside = ['10.255.0.1', 'fd12::1', '192.0.2.7'];
    const outside = ['11.0.0.1', 'fe80::1', '192.0.2.8', 'unknown', ''];
    expect(inside.filter((address) => isInRanges(networks, address))).toEqual(inside);
    expect(outside.filter((address) => isInRanges(networks, address))).toEqual([]);
  });

  test.each(['10.0.0.0/33', 'fd00::/129', '10.0.0.0/', '10.0.0/8', 'host', '10.0.0.0/8/8', '1.2.3.4/-1', ''])(
    '%j is refused',
    (text) => {
      expect(() => parseNetworks([text])).toThrow(RangeError);
    },
  );
});

test('IPv4 that arrives on an IPv6 socket is IPv4', () => {
  expect(plainAddress('::ffff:10.0.0.1')).toBe('10.0.0.1');
  expect(plainAddress('::1')).toBe('::1');
});

describe('the client behind proxies', () => {
  const trusted = parseNetworks(['10.0.0.0/8', '::1']);
  test.each<[string, string | undefined, string]>([
    ['192.0.2.1', '198.51.100.1', '192.0.2.1'],
    ['10.0.0.1', undefined, '10.0.0.1'],
    ['10.0.0.1', '198.51.100.1', '198.51.100.1'],
    ['::ffff:10.0.0.1', '198.51.100.1', '198.51.100.1'],
    // Only what the last trusted hop saw counts; what stands before it was written by a stranger.
    ['10.0.0.1', '203.0.113.9, 198.51.100.1', '198.51.100.1'],
    ['10.0.0.1', '198.51.100.1, 10.0.0.2', '198.51.100.1'],
    ['10.0.0.1', '10.0.0.3, 10.0.0.2', '10.0.0.3'],
    ['10.0.0.1', 'nonsense', '10.0.0.1'],
    ['10.0.0.1', '198.51.100.1, nonsense', '10.0.0.1'],
    ['10.0.0.1', '', '10.0.0.1'],
    // A proxy that writes IPv4 the long way is no other proxy.
    ['10.0.0.1', '198.51.100.1, ::ffff:10.0.0.2', '198.51.100.1'],
    ['10.0.0.1', '198.51.100.1, ::ffff:a00:2', '198.51.100.1'],
  ])('peer %s, forwarded %j', (peer, forwarded, client) => {
    expect(clientAddress(from(peer, forwarded), trusted)).toBe(client);
  });

  test('without trusted proxies the header is nothing', () => {
    expect(clientAddress(from('10.0.0.1', '198.51.100.1'), null)).toBe('10.0.0.1');
  });
});
