/** Addresses that something listens at, as people write them: `127.0.0.1:7650`, `[::1]:7650`, `0.0.0.0:80`. */
import { isIPv4, isIPv6 } from 'node:net';

export interface ListenAddress {
  /** A name or an IP address, without brackets. */
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
}

const WRITTEN = /^(?:\[([^\]]+)\]|([^:[\]\s/]+)):(\d{1,5})$/;

/** Reads `HOST:PORT`; undefined when it is none. */
export function readAddress(text: string): ListenAddress | undefined {
  const match = WRITTEN.exec(text.trim());
  if (match === null) return undefined;
  const [, bracketed, plain, digits] = match;
  const port = Number(digits);
  if (port > 65_535) return undefined;
  if (bracketed !== undefined) return isIPv6(bracketed) ? { host: bracketed, port } : undefined;
  return { host: plain as string, port };
}

/** Prints an address so that {@link readAddress} reads it again. */
export function writeAddress({ host, port }: ListenAddress): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Whether only programs of this machine can reach what listens at `host`. A name other than localhost counts as reachable. */
export function isLoopback(host: string): boolean {
  if (isIPv4(host)) return host.startsWith('127.');
  const lower = host.toLowerCase();
  return lower === 'localhost' || lower === '::1' || lower.startsWith('::ffff:127.');
}
