import { BlockList } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { tokenWith } from '../../test/support/permission-universe.ts';
import { clientKey, isAllowedAddress, parseCidr, principalAllowsAddress } from './cidr.ts';

const ipv6 = fc
  .array(fc.oneof(fc.constant(0), fc.nat(0xffff)), { minLength: 8, maxLength: 8 })
  .map((groups) => groups.map((group) => group.toString(16)).join(':'));

test('[C1] agrees with Node about ranges of both families', () => {
  const range = fc.oneof(
    fc.record({ family: fc.constant('ipv4' as const), address: fc.ipV4(), bits: fc.nat(32) }),
    fc.record({ family: fc.constant('ipv6' as const), address: ipv6, bits: fc.nat(128) }),
  );
  fc.assert(
    fc.property(
      range,
      fc.oneof(fc.ipV4(), ipv6, fc.ipV6()),
      fc.boolean(),
      ({ family, address, bits }, asked, near) => {
        const question = near && asked.includes(':') === address.includes(':') ? address : asked;
        const isMapped = /^::ffff:/i.test(question) || /^(0+:){5}ffff:/i.test(question);
        // Node lets IPv4 match IPv6 ranges; here families stay apart, save for mapped addresses (below).
        fc.pre(question.includes(':') === address.includes(':'));
        fc.pre(!isMapped && !/^(0:){5}ffff:/.test(address));
        const list = new BlockList();
        list.addSubnet(address, bits, family);
        const expected = list.check(question, question.includes(':') ? 'ipv6' : 'ipv4');
        expect(isAllowedAddress([`${address}/${bits}`], question)).toBe(expected);
      },
    ),
    { numRuns: 2000 },
  );
});

test('[C1] an IPv4 client is the same client when it comes through an IPv6 socket', () => {
  expect(isAllowedAddress(['10.0.0.0/8'], '::ffff:10.1.2.3')).toBe(true);
  expect(isAllowedAddress(['::ffff:10.0.0.0/104'], '10.1.2.3')).toBe(true);
  expect(isAllowedAddress(['10.0.0.0/8'], '::ffff:11.1.2.3')).toBe(false);
  expect(isAllowedAddress(['::/0'], '10.1.2.3')).toBe(false);
  expect(isAllowedAddress(['0.0.0.0/0'], '2001:db8::1')).toBe(false);
  expect(isAllowedAddress(['fe80::/10'], 'fe80::1%eth0')).toBe(true);
  expect(isAllowedAddress(['127.0.0.1'], '127.0.0.1')).toBe(true);
});

test.each([
  '',
  '10.0.0.0/33',
  '10.0.0/8',
  '::/129',
  '10.0.0.0/08',
  '10.0.0.0/',
  '/8',
  'a.b.c.d',
  '10.0.0.0/8/8',
  'fe80::1%eth0',
  '10.0.0.0/-1',
  '010.0.0.1',
])('[C1] %j is no range', (text) => {
  expect(parseCidr(text)).toBeUndefined();
});

test('[C1] what cannot be read matches nothing', () => {
  expect(isAllowedAddress(['nonsense'], '10.0.0.1')).toBe(false);
  expect(isAllowedAddress(['0.0.0.0/0', '::/0'], 'nonsense')).toBe(false);
  expect(isAllowedAddress(['0.0.0.0/0', '::/0'], null)).toBe(false);
  expect(isAllowedAddress([], '10.0.0.1')).toBe(false);
});

test('[C1] [D4] a token and every parent of it must allow the address', () => {
  const token = (allowedCidrs: string[] | null) => tokenWith([], { allowedCidrs });
  const allows = (own: string[] | null, parent: string[] | null, address: string | null) =>
    principalAllowsAddress(
      { kind: 'token', token: token(own), rotatedUntilMs: null, ancestors: [token(parent)] },
      address,
    );
  expect(allows(null, null, null)).toBe(true);
  expect(allows(['10.0.0.0/8'], null, '10.1.1.1')).toBe(true);
  expect(allows(null, ['10.0.0.0/8'], '11.1.1.1')).toBe(false);
  expect(allows(['11.0.0.0/8'], ['10.0.0.0/8'], '11.1.1.1')).toBe(false);
  expect(allows(['10.0.0.0/8'], null, null)).toBe(false);
  expect(principalAllowsAddress({ kind: 'anonymous' }, null)).toBe(true);
});

test('[L4] addresses of one client have one key, and text that is none is its own', () => {
  expect(clientKey('::ffff:10.0.0.1')).toBe(clientKey('10.0.0.1'));
  expect(clientKey('2001:db8::1')).toBe(clientKey('2001:db8:0:0:ffff::'));
  expect(clientKey('2001:db8::1')).not.toBe(clientKey('2001:db8:0:1::1'));
  expect(clientKey('unix')).toBe('unix');
});
