import { isIPv4, isIPv6 } from 'node:net';
import type { FairleadError } from '@fairlead/core';
import type { ProxyAddress, ReadHeader } from './types.ts';

/** The longest line that the specification allows, with its CR LF. */
const LONGEST = 107;
const LF = 0x0a;
const PORT = /^(0|[1-9]\d{0,4})$/;

/** undefined: the line is not complete. */
export function readVersion1(
  head: Buffer,
  invalid: (reason: string) => FairleadError,
): ReadHeader | undefined {
  const end = head.subarray(0, LONGEST).indexOf(LF);
  if (end === -1 && head.length < LONGEST) return undefined;
  if (end === -1) throw invalid(`no line end within ${LONGEST} bytes`);
  const line = head.toString('latin1', 0, end + 1);
  if (!line.endsWith('\r\n')) throw invalid('the line does not end with CR LF');
  const length = end + 1;
  const [, family, ...fields] = line.slice(0, -2).split(' ');
  if (family === 'UNKNOWN') return { header: { version: 1 }, length };
  if (family !== 'TCP4' && family !== 'TCP6') throw invalid('expected TCP4, TCP6 or UNKNOWN');
  const [from = '', to = '', fromPort = '', toPort = '', more] = fields;
  const isAddress = family === 'TCP4' ? isIPv4 : isPlainIPv6;
  if (!isAddress(from) || !isAddress(to)) throw invalid(`expected two addresses of ${family}`);
  if (!isPort(fromPort) || !isPort(toPort) || more !== undefined)
    throw invalid('expected two ports after the addresses, and nothing more');
  const address = (text: string, port: string): ProxyAddress => ({ address: text, port: Number(port) });
  return {
    header: { version: 1, source: address(from, fromPort), destination: address(to, toPort) },
    length,
  };
}

const isPort = (text: string): boolean => PORT.test(text) && Number(text) <= 0xffff;
/** Without a zone, which means something on the proxy alone. */
const isPlainIPv6 = (text: string): boolean => isIPv6(text) && !text.includes('%');
