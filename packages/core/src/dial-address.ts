/**
 * An address with settings of TLS for that address alone:
 *
 *     tls://10.0.0.11:5025?ca=/etc/fairlead/lab-ca.pem&serverName=scope.lab
 */
import { coreErrors } from './catalogue.ts';
import { type Endpoint, formatAddress, parseEndpoint } from './endpoint.ts';

/** Where a device is dialled, and how its link is encrypted. Files are PEM, with absolute paths. */
export interface DialAddress {
  readonly endpoint: Extract<Endpoint, { host: string }>;
  readonly tls: DialTls;
}

export interface DialTls {
  /** Authorities to trust instead of the default ones. */
  readonly ca?: string | undefined;
  /** Own certificate, and its private key. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** Name that the certificate of the peer must have, if it is not the host. */
  readonly serverName?: string | undefined;
}

const FILES = ['ca', 'cert', 'key'] as const;
const KEYS = [...FILES, 'serverName'] as const;

/** Parses `tcp://host:port` or `tls://host:port?ca=...&cert=...&key=...&serverName=...`. Throws ENDPOINT_INVALID. */
export function parseDialAddress(text: string): DialAddress {
  const at = text.indexOf('?');
  const bare = at < 0 ? text : text.slice(0, at);
  const bad = (reason: string) => coreErrors.error('ENDPOINT_INVALID', { endpoint: text, reason });
  const endpoint = parseEndpoint(bare);
  if (endpoint.protocol === 'unix') throw bad('expected tcp://host:port or tls://host:port');
  if (endpoint.host === '' || endpoint.port === 0) throw bad('expected a host and a port');
  if (at < 0) return { endpoint, tls: {} };
  if (endpoint.protocol !== 'tls') throw bad('settings after ? are for tls://');
  const tls: Partial<Record<(typeof KEYS)[number], string>> = {};
  for (const [name, value] of new URLSearchParams(text.slice(at + 1))) {
    const key = KEYS.find((one) => one === name);
    if (key === undefined) throw bad(`after ? only ${KEYS.join(', ')} are known, not ${name}`);
    if (tls[key] !== undefined) throw bad(`${key} is given twice`);
    tls[key] = value;
  }
  for (const key of FILES) {
    const path = tls[key];
    if (path !== undefined && !isAbsolute(path)) throw bad(`${key} must be the absolute path of a file`);
  }
  if ((tls.cert === undefined) !== (tls.key === undefined)) throw bad('cert and key must be given together');
  if (tls.serverName !== undefined && !/^[A-Za-z0-9_]([A-Za-z0-9_.-]{0,252})$/.test(tls.serverName))
    throw bad('serverName must be a host name');
  return { endpoint, tls };
}

/** The usual text of an address: with the scheme, and settings in a fixed order. */
export function formatDialAddress({ endpoint, tls }: DialAddress): string {
  const { protocol, host, port } = endpoint;
  const settings = KEYS.flatMap((key) => {
    const value = tls[key];
    return value === undefined ? [] : [`${key}=${encodeURIComponent(value).replaceAll('%2F', '/')}`];
  });
  const query = settings.length === 0 ? '' : `?${settings.join('&')}`;
  return `${protocol}://${formatAddress(host, port)}${query}`;
}

/** A path, not the text of a certificate or a key: an address is shown. */
const isAbsolute = (path: string): boolean => /^(\/|[A-Za-z]:[\\/])\P{Cc}{0,1023}$/u.test(path);
