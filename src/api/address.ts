/** Client addresses: who is the peer behind trusted proxies (B10). */
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { type Cidr, isInRanges, parseCidr } from '../auth/cidr.ts';

/** Networks as CIDRs or single addresses. Anything else in the list is refused, never ignored. */
export function parseNetworks(networks: readonly string[]): readonly Cidr[] {
  return networks.map((network) => {
    const range = parseCidr(network);
    if (range !== undefined) return range;
    throw new RangeError(`'${network}' is not a network, write it like 10.0.0.0/8 or fd00::/8`);
  });
}

/** An IPv4 address that arrives on an IPv6 socket counts as the IPv4 address that it is. */
export function plainAddress(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  return mapped?.[1] ?? address;
}

/**
 * The peer's address; where the peer is a trusted proxy, the last address of `X-Forwarded-For` that is not one.
 * What stands before that was written by someone who is not trusted.
 */
export function clientAddress(request: IncomingMessage, trusted: readonly Cidr[] | null): string {
  const peer = plainAddress(request.socket.remoteAddress ?? 'unknown');
  if (trusted === null || !isInRanges(trusted, peer)) return peer;
  const forwarded = request.headers['x-forwarded-for'];
  const hops = (Array.isArray(forwarded) ? forwarded.join(',') : (forwarded ?? ''))
    .split(',')
    .map((hop) => plainAddress(hop.trim()));
  let address = peer;
  for (const hop of hops.reverse()) {
    if (isIP(hop) === 0) return address;
    address = hop;
    if (!isInRanges(trusted, hop)) return address;
  }
  return address;
}
