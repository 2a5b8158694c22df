/** What counts as one peer where something is counted or bounded by address. */
import { isIPv6 } from 'node:net';

const GROUPS = 8;
/** Groups of 16 bits that tell networks apart: whoever has one IPv6 address has all of its /64. */
const NETWORK = 4;

/** An IPv4 address as it is, also where it is written as IPv6 (`::ffff:192.0.2.1`); of an IPv6 address its network, `2001:db8:0:1::/64`. */
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

/** {@link peerOf} the address of `HOST:PORT` or `[HOST]:PORT`. */
export function peerOfRemote(remote: string): string {
  const host = /^(.*):\d+$/.exec(remote)?.[1] ?? remote;
  return peerOf(host.replace(/^\[(.*)\]$/, '$1'));
}
