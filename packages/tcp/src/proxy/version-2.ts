/**
 *      0 .. 11      12             13                14, 15       16 ..
 *     signature   2 | command   family | transport   length    addresses, then TLVs: type (1)  length (2)  value
 *
 *     command     0 LOCAL, 1 PROXY
 *     addresses   0x11 TCP over IPv4: 4 + 4 + 2 + 2 bytes   0x21 over IPv6: 16 + 16 + 2 + 2   0x31 UNIX: 108 + 108
 *     TLV 0x20    SSL: client (1)  verify (4)  TLVs
 */
import type { FairleadError } from '@fairlead/core';
import { tcpLimits } from '../limits.ts';
import { crc32c } from './crc32c.ts';
import type { ProxyAddress, ProxyHeader, ProxyTls, ReadHeader } from './types.ts';

export const SIGNATURE: Buffer = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');
const FIXED = 16;
const [LOCAL, PROXY] = [0, 1];
const [UNSPEC, TCP4, TCP6, UNIX] = [0x00, 0x11, 0x21, 0x31];
const SIZES: Readonly<Record<number, number>> = { [UNSPEC]: 0, [TCP4]: 12, [TCP6]: 36, [UNIX]: 216 };
const [TYPE_AUTHORITY, TYPE_CRC32C, TYPE_UNIQUE_ID, TYPE_SSL] = [0x02, 0x03, 0x05, 0x20];
const [SSL_VERSION, SSL_CN] = [0x21, 0x22];
const [CLIENT_SSL, CLIENT_CERT_CONN] = [0x01, 0x02];

type Invalid = (reason: string) => FairleadError;

/** undefined: the header is not complete. */
export function readVersion2(head: Buffer, invalid: Invalid): ReadHeader | undefined {
  if (head.length < FIXED) return undefined;
  const [version, command] = [(head[12] as number) >> 4, (head[12] as number) & 15];
  if (version !== 2) throw invalid(`version ${version} is not known`);
  if (command !== LOCAL && command !== PROXY) throw invalid(`command ${command} is not known`);
  const length = FIXED + head.readUInt16BE(14);
  const limit = tcpLimits.values.proxyHeader;
  if (length > limit) throw invalid(`it has ${length} bytes, the limit is ${limit}`);
  if (head.length < length) return undefined;
  const whole = head.subarray(0, length);
  const family = whole[13] as number;
  // What a LOCAL header holds is to be skipped.
  if (command === LOCAL) return { header: { version: 2 }, length };
  const size = SIZES[family];
  if (size === undefined) throw invalid(`family and transport 0x${family.toString(16)} are not of TCP`);
  if (FIXED + size > length) throw invalid(`it is too short for its addresses`);
  const header = {
    version: 2 as const,
    ...addressesOf(whole, family),
    ...tlvs(whole, FIXED + size, invalid),
  };
  return { header, length };
}

/** A path of a UNIX socket is one on the proxy: it does not tell who the client is. */
function addressesOf(whole: Buffer, family: number): Pick<ProxyHeader, 'source' | 'destination'> {
  if (family !== TCP4 && family !== TCP6) return {};
  const size = family === TCP4 ? 4 : 16;
  const at = (index: number): ProxyAddress => {
    const from = FIXED + index * size;
    const bytes = whole.subarray(from, from + size);
    const address = family === TCP4 ? bytes.join('.') : ipv6(bytes);
    return { address, port: whole.readUInt16BE(FIXED + 2 * size + 2 * index) };
  };
  return { source: at(0), destination: at(1) };
}

/** As `URL` writes it: `2001:db8::7`. */
function ipv6(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(2 * i).toString(16));
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}

function tlvs(whole: Buffer, from: number, invalid: Invalid): Partial<ProxyHeader> {
  const found: { uniqueId?: Buffer; authority?: string; tls?: ProxyTls | undefined } = {};
  for (const { type, value, at } of values(whole, from, invalid)) {
    if (type === TYPE_CRC32C) checkSum(whole, value, at, invalid);
    else if (type === TYPE_UNIQUE_ID) found.uniqueId = Buffer.from(value);
    else if (type === TYPE_AUTHORITY) found.authority = value.toString();
    else if (type === TYPE_SSL) found.tls = tlsOf(value, invalid);
  }
  return found;
}

function* values(bytes: Buffer, from: number, invalid: Invalid) {
  for (let at = from; at < bytes.length; ) {
    if (at + 3 > bytes.length) throw invalid('a TLV is cut off');
    const type = bytes[at] as number;
    const end = at + 3 + bytes.readUInt16BE(at + 1);
    if (end > bytes.length) throw invalid('a TLV is longer than the header');
    yield { type, value: bytes.subarray(at + 3, end), at: at + 3 };
    at = end;
  }
}

function tlsOf(value: Buffer, invalid: Invalid): ProxyTls | undefined {
  if (value.length < 5) throw invalid('the TLV about TLS is too short');
  const client = value[0] as number;
  if ((client & CLIENT_SSL) === 0) return undefined;
  const tls: { version?: string; commonName?: string } = {};
  for (const { type, value: text } of values(value, 5, invalid)) {
    if (type === SSL_VERSION) tls.version = text.toString();
    if (type === SSL_CN) tls.commonName = text.toString();
  }
  return { ...tls, verified: (client & CLIENT_CERT_CONN) !== 0 && value.readUInt32BE(1) === 0 };
}

/** The sum is that of the whole header, with zeros in its place. */
function checkSum(whole: Buffer, value: Buffer, at: number, invalid: Invalid): void {
  if (value.length !== 4) throw invalid('the checksum has not four bytes');
  const copy = Buffer.from(whole);
  copy.fill(0, at, at + 4);
  if (crc32c(copy) !== value.readUInt32BE(0)) throw invalid('the checksum is wrong');
}
