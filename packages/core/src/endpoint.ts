/** Where to connect or listen. */
import { coreErrors } from './catalogue.ts';
export type Endpoint =
  | { readonly protocol: 'tcp' | 'tls'; readonly host: string; readonly port: number }
  | { readonly protocol: 'unix'; readonly path: string };

const SCHEME = /^([a-z][a-z0-9+.-]*):(?=\/)\/{0,2}/i;

/**
 * Parses `tcp://host:port`, `tls://host:port`, `unix:/path`, `host:port`, `[::1]:port` or, to listen on all addresses, `:port`.
 * Throws `ENDPOINT_INVALID`.
 * @param defaultPort used if the text contains no port
 * @param defaultProtocol used if the text contains no scheme
 */
export function parseEndpoint(
  text: string | Endpoint,
  defaultPort?: number,
  defaultProtocol: 'tcp' | 'tls' = 'tcp',
): Endpoint {
  if (typeof text !== 'string') return text;
  const bad = (reason: string) => coreErrors.error('ENDPOINT_INVALID', { endpoint: text, reason });
  if (text.startsWith('unix:')) {
    const path = text.slice('unix:'.length).replace(/^\/\/(?=\/)/, '');
    if (path === '') throw bad('a path must follow unix:');
    return { protocol: 'unix', path };
  }
  const scheme = SCHEME.exec(text);
  const protocol = scheme === null ? defaultProtocol : (scheme[1] as string).toLowerCase();
  if (protocol !== 'tcp' && protocol !== 'tls') throw bad(`${protocol} is not one of tcp, tls, unix`);
  const rest = text.slice(scheme?.[0].length ?? 0).replace(/\/$/, '');
  const parts = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(\d+))?$/.exec(rest);
  if (parts === null) {
    throw bad(
      rest.split(':').length > 2 ? 'an IPv6 address must be in brackets: [::1]:7653' : 'expected host:port',
    );
  }
  const host = parts[1] ?? parts[2] ?? '';
  const port = parts[3] === undefined ? defaultPort : Number(parts[3]);
  if (port === undefined) throw bad('the port is missing');
  if (port > 65_535) throw bad(`the port ${port} is above 65535`);
  if (parts[1] !== undefined && !/^[0-9a-f:.]+(%[\w.-]+)?$/i.test(host))
    throw bad(`${host} is not an IPv6 address`);
  if (/[\s/@]/.test(host)) throw bad('a host name must not contain a space, / or @');
  return { protocol, host, port };
}

/** The text form, without the scheme for plain TCP: `127.0.0.1:7653`, `[::1]:7653`, `tls://host:443`, `unix:/run/x`. */
export function formatEndpoint(endpoint: Endpoint): string {
  if (endpoint.protocol === 'unix') return `unix:${endpoint.path}`;
  const address = formatAddress(endpoint.host, endpoint.port);
  return endpoint.protocol === 'tls' ? `tls://${address}` : address;
}

/** `host:port`, with an IPv6 host in brackets. */
export function formatAddress(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Whether only this machine can reach an endpoint. */
export function isLoopback(endpoint: Endpoint): boolean {
  if (endpoint.protocol === 'unix') return true;
  return endpoint.host === 'localhost' || endpoint.host === '::1' || /^127\./.test(endpoint.host);
}
