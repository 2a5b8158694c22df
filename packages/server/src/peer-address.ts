/** Defines one peer, for counts and limits per address. */
import { isIPv6 } from 'node:net';

const GROUPS = 8;
/** Number of 16-bit groups that identify a network: the owner of one IPv6 address has its whole /64. */
const NETWORK = 4;

/** For IPv4, the address itself, also in the form `::ffff:192.0.2.1`. For IPv6, the network: `2001:db8:0:1::/64`. */
export function peerOf(address: string): string {
  const [text = ''] = address.split('%');
  if (!isIPv6(text)) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(text)?.[1];
  if (mapped !== undefined) return mapped;
  if (text === '::1') return text;
  const [head = '', tail] = text.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array<string>(Math.max(0, GROUPS - before.length - after.length)).fill('0');
  const groups = [...before, ...zeros, ...after].slice(0, NETWORK);
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`;
}

/** {@link peerOf} for the address in `HOST:PORT` or `[HOST]:PORT`. */
export function peerOfRemote(remote: string): string {
  const host = /^(.*):\d+$/.exec(remote)?.[1] ?? remote;
  return peerOf(host.replace(/^\[(.*)\]$/, '$1'));
}
