import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cliErrors } from '../catalogue.ts';
import { placesIn } from './service-file.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** Where the service is, and what opens its door. */
export interface Server {
  readonly url: URL;
  readonly token: string | undefined;
  /** Where the token was looked for. */
  readonly tokenPath: string;
}

const DEFAULT_URL = 'http://127.0.0.1:7650';

/**
 * The service that a command talks to: `FAIRLEAD_URL`; its token from `FAIRLEAD_TOKEN`, else from the file
 * `admin-token` in the data folder `FAIRLEAD_DATA`, where the service on this machine left it. What the environment
 * leaves open the service's `fairlead.yaml` says, where there is one in the working folder.
 * @param file that `fairlead.yaml`
 */
export function serverOf(env: Env, file = 'fairlead.yaml'): Server {
  const places = placesIn(file);
  const text = env.FAIRLEAD_URL || places.url || DEFAULT_URL;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw cliErrors.error('USAGE_INVALID', {
      reason: `${env.FAIRLEAD_URL ? 'FAIRLEAD_URL' : 'The address of the service'} is "${text}"; it must have the form ${DEFAULT_URL}.`,
    });
  }
  // People copy the address that the service shows, which is that of the API's pages.
  url.pathname = url.pathname.replace(/\/api(\/docs|\/v1)?\/?$/, '/');
  const tokenPath = join(env.FAIRLEAD_DATA || places.data || './fairlead-data', 'admin-token');
  return { url, token: env.FAIRLEAD_TOKEN || tokenIn(tokenPath), tokenPath };
}

/** No file is no error here: the service may be a wrong address, which is the more useful thing to say. */
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
