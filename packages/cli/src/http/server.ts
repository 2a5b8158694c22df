import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cliErrors } from '../catalogue.ts';
import { type ContextService, Contexts } from '../contexts/contexts.ts';
import { unreadable } from '../input.ts';
import type { TlsSettings } from './node-fetch.ts';
import { readServiceFile } from './service-file.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** The address of the service and its token. */
export interface Server {
  readonly url: URL;
  readonly token: string | undefined;
  /** Where the token was searched. */
  readonly tokenPath: string;
  /** The name of the context that says all this, and how it is reached by TLS. */
  readonly context?: string;
  readonly tls?: ContextService;
}

const DEFAULT_URL = 'http://127.0.0.1:7650';

/**
 * The service of a command: `FAIRLEAD_URL`, else the context `FAIRLEAD_CONTEXT`, else the one that "context use" chose. A context has
 * its own token: no other is ever sent there. Otherwise the token comes from `FAIRLEAD_TOKEN`, or from the file
 * `admin-token` in the data folder `FAIRLEAD_DATA`, where the service on this machine stored it. Values that the environment
 * does not set come from `fairlead.yaml` in the working folder, if it exists.
 * @param file that `fairlead.yaml`
 */
export function serverOf(env: Env, file = 'fairlead.yaml'): Server {
  const contexts = new Contexts(env);
  const name = env.FAIRLEAD_URL ? undefined : env.FAIRLEAD_CONTEXT || contexts.read().current;
  if (name !== undefined) {
    const tls = contexts.get(name);
    const url = new URL(tls.url);
    return { url, token: contexts.token(name), tokenPath: contexts.tokenPath(name), context: name, tls };
  }
  const settings = readServiceFile(file);
  const text = env.FAIRLEAD_URL || settings.url || DEFAULT_URL;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw cliErrors.error('USAGE_INVALID', {
      reason: `${env.FAIRLEAD_URL ? 'FAIRLEAD_URL' : 'The address of the service'} is "${text}"; it must have the form ${DEFAULT_URL}.`,
    });
  }
  // Users copy the address that the service prints, which is the address of the API documentation.
  url.pathname = url.pathname.replace(/\/api(\/docs|\/v1)?\/?$/, '/');
  const tokenPath = join(env.FAIRLEAD_DATA || settings.data || './fairlead-data', 'admin-token');
  return { url, token: env.FAIRLEAD_TOKEN || tokenIn(tokenPath), tokenPath };
}

/** A missing file is not an error here: the address of the service may be wrong, which is more useful to report. */
function tokenIn(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim() || undefined;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    const reason = code === 'EACCES' ? 'it belongs to another user' : message;
    throw cliErrors.error('FILE_UNREADABLE', { path, reason }, error);
  }
}

/** The files that a context names. Throws FILE_UNREADABLE. */
export function tlsSettings({ ca, cert, key, insecure }: ContextService): TlsSettings {
  return {
    ...(ca !== undefined && { ca: text(ca) }),
    ...(cert !== undefined && { cert: text(cert) }),
    ...(key !== undefined && { key: text(key) }),
    ...(insecure && { rejectUnauthorized: false as const }),
  };
}

function text(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw unreadable(path, error);
  }
}
