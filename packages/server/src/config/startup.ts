/** Checks for problems that would stop the startup although each value is valid: address conflicts and unusable files. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { checkSecretKey } from '@fairlead/automation';
import { asFairleadError, type FairleadError, parseEndpoint } from '@fairlead/core';
import { storeErrors } from '@fairlead/store';
import { checkAdminToken } from '../admin-token.ts';
import { serverErrors } from '../catalogue.ts';
import { readSmallFile } from './file.ts';
import type { Place } from './place.ts';
import type { Config } from './schema.ts';
import { type ServerTls, tlsProblem } from './tls.ts';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;
/** Other formats that OpenSSL reads. Their contents are not checked here. */
const OTHER_FORM = /-----BEGIN (X509|TRUSTED) CERTIFICATE-----/;

/** Secrets from the environment that are not configuration keys. */
export interface GivenSecrets {
  /** `FAIRLEAD_TOKEN` */
  readonly adminToken?: string | undefined;
  /** `FAIRLEAD_SECRET_KEY` */
  readonly secretKey?: string | undefined;
}

export function startupProblems(config: Config, given: GivenSecrets, place: Place): FairleadError[] {
  return [
    ...dataProblems(config),
    ...addressProblems(config, place),
    ...tlsProblems(config, place),
    ...keyProblems(config, given),
  ];
}

const invalid = (place: Place, path: readonly string[], reason: string): FairleadError =>
  serverErrors.error('CONFIG_VALUE_INVALID', { where: place(path), key: path.join('.'), reason });

/** The data folder is created at startup. All existing parts of its path must be folders. */
function dataProblems({ data }: Config): FairleadError[] {
  try {
    for (let path = data; ; path = dirname(path)) {
      const found = statSync(path, { throwIfNoEntry: false });
      if (found === undefined) continue;
      if (found.isDirectory()) return [];
      const reason = 'a file exists where the folder is needed';
      return [storeErrors.error('STORE_UNREADABLE', { dir: data, reason })];
    }
  } catch {
    return []; // the user of the service may have more rights
  }
}

// --- addresses -------------------------------------------------------------------------------------------------------

function addressProblems(config: Config, place: Place): FairleadError[] {
  const { http, bus, drivers, listeners, preset, thingspanel } = config;
  const all: [path: string[], address: string | false][] = [
    [['http', 'listen'], http.listen],
    [['bus', 'embedded', 'listen'], bus.kind === 'embedded' && bus.embedded.listen],
    [['drivers', 'listen'], drivers.listen],
    ...(['official', 'custom'] as const).map((port): [string[], string | false] => [
      ['thingspanel', 'http', port],
      preset === 'thingspanel' && thingspanel.http[port],
    ]),
    ...Object.entries(listeners).map(([name, { listen }]): [string[], string | false] => [
      ['listeners', name, 'listen'],
      listen,
    ]),
  ];
  const problems: FairleadError[] = [];
  const seen: { key: string; address: string }[] = [];
  for (const [path, address] of all) {
    if (address === false) continue;
    const other = seen.find((earlier) => clash(earlier.address, address));
    if (other === undefined) seen.push({ key: path.join('.'), address });
    else problems.push(invalid(place, path, `${other.key} already listens at ${other.address}`));
  }
  return problems;
}

/** Whether one process cannot listen on both addresses. Port 0 means any free port. */
function clash(one: string, two: string): boolean {
  const [a, b] = [parseEndpoint(one), parseEndpoint(two)];
  if (a.protocol === 'unix' || b.protocol === 'unix' || a.port !== b.port || a.port === 0) return false;
  const [x, y] = [hostOf(a.host), hostOf(b.host)];
  return x === y || coversAll(x, y) || coversAll(y, x);
}

const hostOf = (host: string): string => (host === 'localhost' ? '127.0.0.1' : host);

/** `::` includes IPv4. */
function coversAll(wide: string, other: string): boolean {
  return wide === '' || wide === '::' || (wide === '0.0.0.0' && !other.includes(':'));
}

// --- TLS -------------------------------------------------------------------------------------------------------------

interface TlsFiles {
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

function tlsProblems({ bus, http, listeners }: Config, place: Place): FairleadError[] {
  const sections: [path: string[], tls: ServerTls | undefined][] = [
    [['http', 'tls'], http.tls],
    [['bus', 'embedded', 'tls'], bus.kind === 'embedded' ? bus.embedded.tls : undefined],
    ...Object.entries(listeners).map(([name, { tls }]): [string[], ServerTls | undefined] => [
      ['listeners', name, 'tls'],
      tls,
    ]),
  ];
  return [
    ...(bus.kind === 'mqtt' ? fileProblems(bus.mqtt, ['bus', 'mqtt'], place) : []),
    ...sections.flatMap(([path, tls]) => (tls === undefined ? [] : portProblems(tls, path, place))),
  ];
}

function portProblems(tls: ServerTls, path: string[], place: Place): FairleadError[] {
  const problem = tlsProblem(tls);
  return [
    ...(problem === undefined ? [] : [invalid(place, [...path, problem[0]], problem[1])]),
    ...fileProblems(tls, path, place),
    ...Object.entries(tls.names).flatMap(([name, pair]) =>
      fileProblems(pair, [...path, 'names', name], place),
    ),
  ];
}

function fileProblems(files: TlsFiles, at: string[], place: Place): FairleadError[] {
  const problems: FairleadError[] = [];
  const read = <T>(key: keyof TlsFiles, parse: (text: string) => T): T | undefined => {
    const file = files[key];
    if (file === undefined) return undefined;
    const path = [...at, key];
    try {
      return parse(readSmallFile(file, (reason) => invalid(place, path, `cannot read ${file}: ${reason}`)));
    } catch (error) {
      const told = error instanceof Unusable ? invalid(place, path, `${file} ${error.message}`) : error;
      problems.push(asFairleadError(told));
      return undefined;
    }
  };
  read('ca', certificates);
  const certificate = read('cert', certificates)?.[0];
  const key = read('key', privateKey);
  if (certificate !== undefined && key !== undefined && !certificate.checkPrivateKey(key))
    problems.push(invalid(place, [...at, 'key'], `it is not the private key of ${at.join('.')}.cert`));
  return problems;
}

class Unusable extends Error {}

function certificates(text: string): X509Certificate[] {
  const found = text.match(CERTIFICATE) ?? [];
  if (found.length === 0 && !OTHER_FORM.test(text))
    throw new Unusable(
      text.includes('PRIVATE KEY-----')
        ? 'contains a private key, but no certificate'
        : 'contains no certificate in PEM',
    );
  return found.map((one, at) => {
    try {
      return new X509Certificate(one);
    } catch {
      throw new Unusable(`contains a certificate that cannot be read, at position ${at + 1}`);
    }
  });
}

function privateKey(text: string) {
  try {
    return createPrivateKey(text);
  } catch {
    throw new Unusable(
      text.includes('ENCRYPTED')
        ? 'is encrypted with a passphrase'
        : 'contains no readable private key in PEM',
    );
  }
}

// --- keys and tokens -------------------------------------------------------------------------------------------------

function keyProblems({ data }: Config, { adminToken, secretKey }: GivenSecrets): FairleadError[] {
  return [() => checkAdminToken(data, adminToken), () => checkSecretKey(data, secretKey)].flatMap((check) => {
    try {
      check();
      return [];
    } catch (error) {
      return [asFairleadError(error)];
    }
  });
}
