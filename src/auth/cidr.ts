/** Address ranges, IPv4 and IPv6 (`beyond.md` B10). IPv4 inside IPv6 (`::ffff:10.0.0.1`) counts as IPv4. */
import { isIPv4, isIPv6 } from 'node:net';
import type { Principal } from './principal.ts';

interface Address {
  readonly family: 4 | 6;
  readonly value: bigint;
}

export interface Cidr extends Address {
  /** Leading bits that count, 0 to 32 or 128. */
  readonly bits: number;
}

const WIDTH = { 4: 32, 6: 128 } as const;
const MAPPED_PREFIX = 0xffffn << 32n;

/** `10.0.0.0/8`, `2001:db8::/32`, or one address. Bits beyond the prefix are dropped. Undefined when it is none. */
export function parseCidr(text: string): Cidr | undefined {
  const match = /^([^/]+)(?:\/(0|[1-9][0-9]{0,2}))?$/.exec(text);
  const written = match?.[1];
  if (written === undefined || written.includes('%')) return undefined;
  const parsed = parseNumber(written);
  if (parsed === undefined) return undefined;
  const bits = match?.[2] === undefined ? WIDTH[parsed.family] : Number(match[2]);
  if (bits > WIDTH[parsed.family]) return undefined;
  const mapped = bits >= 96 ? unmap(parsed) : parsed;
  return truncate(mapped, mapped.family === parsed.family ? bits : bits - 96);
}

/** Whether an address is in one of the ranges; an address or a range that cannot be read matches nothing. */
export function isAllowedAddress(cidrs: readonly string[], address: string | null): boolean {
  return address !== null && isInRanges(rangesOf(cidrs), address);
}

/** Whether an address is in one of the ranges; what is no address is in none. */
export function isInRanges(ranges: readonly Cidr[], address: string): boolean {
  const parsed = parseAddress(address);
  return parsed !== undefined && ranges.some((range) => contains(range, parsed));
}

/** Whether the token and all its parents may be used from this address. */
export function principalAllowsAddress(principal: Principal, address: string | null): boolean {
  if (principal.kind === 'anonymous') return true;
  const { token, ancestors } = principal;
  if (token.allowedCidrs !== null && !isAllowedAddress(token.allowedCidrs, address)) return false;
  return (ancestors ?? []).every(
    ({ allowedCidrs }) => allowedCidrs === null || isAllowedAddress(allowedCidrs, address),
  );
}

/**
 * What one client counts as: the IPv4 address, or the /64 of an IPv6 address, because a single host has a whole
 * /64 to come from. Text that is no address is its own key.
 */
export function clientKey(address: string): string {
  const parsed = parseAddress(address);
  if (parsed === undefined) return address;
  return parsed.family === 4 ? `4:${parsed.value}` : `6:${parsed.value >> 64n}`;
}

const rangesCache = new WeakMap<readonly string[], readonly Cidr[]>();

function rangesOf(cidrs: readonly string[]): readonly Cidr[] {
  const known = rangesCache.get(cidrs);
  if (known !== undefined) return known;
  const ranges = cidrs.map(parseCidr).filter((range) => range !== undefined);
  rangesCache.set(cidrs, ranges);
  return ranges;
}

function contains(range: Cidr, address: Address): boolean {
  return range.family === address.family && truncate(address, range.bits).value === range.value;
}

function truncate(address: Address, bits: number): Cidr {
  const dropped = BigInt(WIDTH[address.family] - bits);
  return { family: address.family, value: (address.value >> dropped) << dropped, bits };
}

function parseAddress(text: string): Address | undefined {
  const zone = text.indexOf('%');
  const parsed = parseNumber(zone === -1 ? text : text.slice(0, zone));
  return parsed === undefined ? undefined : unmap(parsed);
}

function unmap(address: Address): Address {
  if (address.family === 4 || address.value >> 32n !== MAPPED_PREFIX >> 32n) return address;
  return { family: 4, value: address.value & 0xffffffffn };
}

function parseNumber(text: string): Address | undefined {
  if (isIPv4(text)) return { family: 4, value: ipv4Value(text) };
  if (!isIPv6(text)) return undefined;
  const [head = '', tail] = text.split('::');
  const before = ipv6Groups(head);
  const after = tail === undefined ? [] : ipv6Groups(tail);
  const zeros = new Array<bigint>(8 - before.length - after.length).fill(0n);
  const groups = [...before, ...zeros, ...after];
  return { family: 6, value: groups.reduce((value, group) => (value << 16n) | group, 0n) };
}

function ipv4Value(text: string): bigint {
  return text.split('.').reduce((value, part) => (value << 8n) | BigInt(part), 0n);
}

/** The 16-bit groups of a part without `::`; a dotted IPv4 ending makes two. */
function ipv6Groups(text: string): bigint[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (!group.includes('.')) return [BigInt(`0x${group}`)];
    const value = ipv4Value(group);
    return [value >> 16n, value & 0xffffn];
  });
}
