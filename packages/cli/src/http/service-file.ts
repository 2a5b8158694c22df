import { readFileSync, statSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';

/** What a `fairlead.yaml` says of where its service is. */
interface ServiceFile {
  /** The data folder. */
  readonly data?: string;
  /** The address of the HTTP API. */
  readonly url?: string;
}

/**
 * Reads it from the file, so that commands in the folder of the service find the service. A missing or invalid file is
 * ignored: the service itself and `fairlead config check` report its mistakes. A file of another user is ignored too, and
 * an address is used only if it is on this machine, so that a foreign file cannot obtain the token of a user.
 */
export function readServiceFile(file: string): ServiceFile {
  let config: unknown;
  try {
    if (!isTrusted(statSync(file).uid)) return {};
    config = parse(readFileSync(file, 'utf8'), { uniqueKeys: false }); // otherwise the parser compares all pairs of keys
  } catch {
    return {};
  }
  const data = textAt(config, 'data');
  const url = localUrl(
    at(config, 'http', 'tls') === undefined ? 'http' : 'https',
    textAt(config, 'http', 'listen'),
  );
  return {
    ...(data === undefined ? {} : { data: resolve(dirname(file), data) }),
    ...(url === undefined ? {} : { url }),
  };
}

const isTrusted = (owner: number): boolean => owner === 0 || owner === (process.getuid?.() ?? owner);

/** The address at which this machine reaches a service that listens there. */
function localUrl(scheme: string, listen: string | undefined): string | undefined {
  const parts = /^(?:\[(?<v6>[^\]]+)\]|(?<v4>[^:]+)):(?<port>\d{1,5})$/.exec(listen ?? '')?.groups;
  if (parts === undefined) return undefined;
  const { v4, v6, port } = parts;
  const host = v4 ?? `[${v6}]`;
  const everywhere: Record<string, string> = { '0.0.0.0': '127.0.0.1', '[::]': '[::1]' };
  if (everywhere[host] !== undefined) return `${scheme}://${everywhere[host]}:${port}`;
  const ours = Object.values(networkInterfaces()).flatMap((all) => all?.map(({ address }) => address) ?? []);
  return host === 'localhost' || ours.includes(v4 ?? v6 ?? '') ? `${scheme}://${host}:${port}` : undefined;
}

function at(config: unknown, ...path: string[]): unknown {
  let value = config;
  for (const key of path)
    value = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
  return value;
}

function textAt(config: unknown, ...path: string[]): string | undefined {
  const value = at(config, ...path);
  return typeof value === 'string' && value !== '' ? value : undefined;
}
