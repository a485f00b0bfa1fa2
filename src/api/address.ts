/** Client addresses: who is the peer behind trusted proxies, and is it inside a list of networks (B10). */
import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';

/** Networks as CIDRs or single addresses. Anything else in the list is refused, never ignored. */
export function parseNetworks(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', prefix, ...rest] = network.split('/');
    const family = isIP(address);
    const bits = prefix === undefined ? (family === 4 ? 32 : 128) : Number(prefix);
    const isPrefix = prefix === undefined || /^\d{1,3}$/.test(prefix);
    if (family === 0 || rest.length > 0 || !isPrefix || bits > (family === 4 ? 32 : 128)) {
      throw new RangeError(`'${network}' is not a network, write it like 10.0.0.0/8 or fd00::/8`);
    }
    list.addSubnet(address, bits, family === 4 ? 'ipv4' : 'ipv6');
  }
  return list;
}

export function isInside(networks: BlockList, address: string): boolean {
  const family = isIP(address);
  return family !== 0 && networks.check(address, family === 4 ? 'ipv4' : 'ipv6');
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
export function clientAddress(request: IncomingMessage, trusted: BlockList | null): string {
  const peer = plainAddress(request.socket.remoteAddress ?? 'unknown');
  if (trusted === null || !isInside(trusted, peer)) return peer;
  const forwarded = request.headers['x-forwarded-for'];
  const hops = (Array.isArray(forwarded) ? forwarded.join(',') : (forwarded ?? ''))
    .split(',')
    .map((hop) => plainAddress(hop.trim()));
  let address = peer;
  for (const hop of hops.reverse()) {
    if (isIP(hop) === 0) return address;
    address = hop;
    if (!isInside(trusted, hop)) return address;
  }
  return address;
}
