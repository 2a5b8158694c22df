/**
 * Lists of addresses: `10.0.0.0/8`, `192.0.2.7`, `2001:db8::/32`. An IPv4 peer that a dual-stack socket shows as
 * `::ffff:192.0.2.7` is that IPv4 address.
 *
 * All addresses are compared as 128 bits; an IPv4 address a.b.c.d as ::ffff:a.b.c.d, its prefix length plus 96.
 */

import { coreErrors } from '@fairlead/core';

interface Range {
  readonly bits: bigint;
  readonly prefix: number;
  readonly ipv4: boolean;
}

const MAPPED = 0xffffn << 32n;

export class AddressList {
  readonly #ranges: readonly Range[];

  /** Throws `OPTION_INVALID`. @param key the option, for the message */
  constructor(ranges: readonly string[], key: string) {
    this.#ranges = ranges.map((text) => parseRange(text, key));
  }

  /** Also false for a text that is not an IP address. */
  has(address: string): boolean {
    const bits = parseAddress(address);
    if (bits === undefined) return false;
    const ipv4 = isMapped(bits);
    return this.#ranges.some((range) => {
      const rest = BigInt(128 - range.prefix);
      return range.ipv4 === ipv4 && bits >> rest === range.bits >> rest;
    });
  }
}

/** Whether the text is an address or a range as {@link AddressList} takes it. */
export const isAddressRange = (text: string): boolean => rangeOf(text) !== undefined;

function parseRange(text: string, key: string): Range {
  const range = rangeOf(text);
  if (range !== undefined) return range;
  const reason = `expected an address or a range such as 10.0.0.0/8 or 2001:db8::/32; got "${text}".`;
  throw coreErrors.error('OPTION_INVALID', { key, where: ' of serve()', reason });
}

function rangeOf(text: string): Range | undefined {
  const [address = '', length, more] = text.trim().split('/');
  const bits = parseAddress(address);
  const mapped = bits !== undefined && isMapped(bits);
  const dotted = mapped && !address.includes(':');
  const offset = dotted ? 96 : 0;
  const size = length === undefined ? 128 - offset : /^\d{1,3}$/.test(length) ? Number(length) : -1;
  if (bits === undefined || more !== undefined || size < 0 || size + offset > 128) return undefined;
  return { bits, prefix: size + offset, ipv4: mapped && size + offset >= 96 };
}

function isMapped(bits: bigint): boolean {
  return bits >> 32n === MAPPED >> 32n;
}

/**
 * Who is behind an address, for counts: of IPv4 the address, of IPv6 its network of 64 bits, which one owner has as a whole. A
 * text that is no address stands for itself.
 */
export function sourceOf(address: string): string {
  if (!address.includes(':')) return address;
  const bits = parseAddress(address);
  if (bits === undefined) return address;
  return isMapped(bits) ? dotted(bits) : `${(bits >> 64n).toString(16)}::/64`;
}

const dotted = (bits: bigint): string =>
  [24n, 16n, 8n, 0n].map((shift) => String((bits >> shift) & 0xffn)).join('.');

/** The address as 128 bits; undefined: it is not an address. A zone (`fe80::1%eth0`) is ignored. */
export function parseAddress(text: string): bigint | undefined {
  const address = text.split('%')[0] as string;
  if (!address.includes(':')) {
    const low = parseDotted(address);
    return low === undefined ? undefined : MAPPED | low;
  }
  const halves = address.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half, at) => groups(half, at === halves.length - 1));
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined;
  const missing = 8 - head.length - (tail?.length ?? 0);
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const all = [...head, ...Array<number>(halves.length === 1 ? 0 : missing).fill(0), ...(tail ?? [])];
  return all.reduce((bits, group) => (bits << 16n) | BigInt(group), 0n);
}

/** The 16-bit groups of one side of `::`; the last of all may be an IPv4 address. */
function groups(text: string, last: boolean): number[] | undefined {
  if (text === '') return [];
  const parts = text.split(':');
  const found: number[] = [];
  for (const [at, part] of parts.entries()) {
    const low = last && at === parts.length - 1 && part.includes('.') ? parseDotted(part) : undefined;
    if (low !== undefined) found.push(Number(low >> 16n), Number(low & 0xffffn));
    else if (/^[0-9a-f]{1,4}$/i.test(part)) found.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return found;
}

function parseDotted(text: string): bigint | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256))
    return undefined;
  return parts.reduce((bits, part) => (bits << 8n) | BigInt(part), 0n);
}
