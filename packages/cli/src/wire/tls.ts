import type { Endpoint } from '@fairlead/core';
import type { DialOptions, ListenOptions } from '@fairlead/tcp';
import { type Command, Option } from 'commander';

/** The TLS options, as commander parses them. */
export interface TlsFlags {
  readonly tls?: boolean;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly insecure?: boolean;
  readonly servername?: string;
}

export function dialTlsOptions(): Option[] {
  return [
    new Option('--tls', 'use TLS, as with tls://host:port'),
    new Option('--ca <file>', 'PEM file of the certificate authorities to trust instead of the default ones'),
    new Option('--cert <file>', 'PEM file of the client certificate, if the server requires one'),
    new Option('--key <file>', 'PEM file of the private key'),
    new Option(
      '--servername <name>',
      'name to request (SNI) and to check in the certificate; default: the host',
    ),
    new Option('--insecure', 'accept any certificate; only for tests'),
  ];
}

export function listenTlsOptions(): Option[] {
  return [
    new Option('--tls', 'use TLS, as with tls://host:port; needs --cert and --key'),
    new Option('--cert <file>', 'PEM file of the server certificate, followed by intermediate certificates'),
    new Option('--key <file>', 'PEM file of the private key'),
    new Option(
      '--ca <file>',
      'PEM file of the certificate authorities for client certificates; by default clients need no certificate',
    ),
  ];
}

/** The endpoint, with TLS if the command line requests it. */
export function endpointWith(
  { tls = false, ...flags }: TlsFlags,
  endpoint: Endpoint,
  command: Command,
): Endpoint {
  const isTls = tls || endpoint.protocol === 'tls';
  const [flag] =
    Object.entries(flags).find(([name, value]) => TLS_FLAGS.includes(name) && value !== undefined) ?? [];
  if (!isTls && flag !== undefined) command.error(`error: --${flag} needs --tls`);
  if (isTls && endpoint.protocol === 'unix')
    command.error('error: --tls needs host:port and cannot be combined with unix:');
  return isTls && endpoint.protocol !== 'unix' ? { ...endpoint, protocol: 'tls' } : endpoint;
}

const TLS_FLAGS = ['ca', 'cert', 'key', 'servername', 'insecure'];

export function dialSettings(flags: TlsFlags, command: Command): NonNullable<DialOptions['tls']> {
  const { ca, cert, key, servername, insecure = false } = flags;
  if ((cert === undefined) !== (key === undefined))
    command.error('error: --cert and --key must be used together');
  return {
    rejectUnauthorized: !insecure,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(servername === undefined ? {} : { servername }),
  };
}

export function listenSettings(
  { ca, cert, key }: TlsFlags,
  command: Command,
): NonNullable<ListenOptions['tls']> {
  if (cert === undefined || key === undefined) return command.error('error: --tls needs --cert and --key');
  return { cert, key, clients: ca === undefined ? 'ignore' : 'require', ...(ca === undefined ? {} : { ca }) };
}
