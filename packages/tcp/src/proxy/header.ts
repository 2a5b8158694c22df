/**
 * The PROXY protocol, versions 1 and 2: what a proxy sends before everything else, to say who its client is. Pure.
 * Source: the specification of HAProxy, https://www.haproxy.org/download/2.9/doc/proxy-protocol.txt
 *
 *     version 1   "PROXY" SP ("TCP4" | "TCP6") SP source SP destination SP port SP port CRLF      at most 107 bytes
 *                 "PROXY UNKNOWN" anything CRLF
 *     version 2   signature (12 bytes)  version and command (1)  family (1)  length (2)  addresses  TLVs
 */
import type { FairleadError } from '@fairlead/core';
import { tcpErrors } from '../catalogue.ts';
import type { ReadHeader } from './types.ts';
import { readVersion1 } from './version-1.ts';
import { readVersion2, SIGNATURE } from './version-2.ts';

const TEXT = Buffer.from('PROXY ');

/**
 * Reads the header at the beginning of `head`. `none`: these bytes do not begin one. `more`: they are too few to tell.
 * Throws PROXY_HEADER_INVALID.
 */
export function readProxyHeader(head: Buffer): ReadHeader | 'none' | 'more' {
  for (const [begin, read] of [
    [TEXT, readVersion1],
    [SIGNATURE, readVersion2],
  ] as const) {
    const length = Math.min(begin.length, head.length);
    if (begin.compare(head, 0, length, 0, length) !== 0) continue;
    return head.length < begin.length ? 'more' : (read(head, invalid) ?? 'more');
  }
  return 'none';
}

function invalid(reason: string): FairleadError {
  return tcpErrors.error('PROXY_HEADER_INVALID', { reason });
}
