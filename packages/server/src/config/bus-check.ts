/** Checks across the keys of the buses, and whether their secrets can be read. */
import { topicRoute } from '@fairlead/bus';
import { type FairleadError, isFairleadError, isLoopback, parseEndpoint } from '@fairlead/core';
import { serverErrors } from '../catalogue.ts';
import { readSmallFile } from './file.ts';
import { pathText } from './layers.ts';
import type { Place } from './place.ts';
import type { Config } from './schema.ts';

type FurtherBus = Config['buses'][string];
type Kinds = Pick<FurtherBus, 'mqtt' | 'nats' | 'webhook'> & { readonly kind: string };
/** What is wrong with a key. */
interface Flaw {
  readonly key: string;
  readonly reason: string;
}

export function busProblems({ bus, buses }: Config, place: Place): FairleadError[] {
  const further = Object.entries(buses).flatMap(([name, settings]) => [
    ...kindProblems(settings, ['buses', name], place),
    ...filterProblems(settings, ['buses', name], place),
  ]);
  return [...kindProblems(bus, ['bus'], place), ...embeddedProblems(bus, place), ...further];
}

function invalid(
  path: readonly string[],
  at: readonly string[],
  reason: string,
  place: Place,
): FairleadError {
  return serverErrors.error('CONFIG_VALUE_INVALID', { where: place(at), key: pathText(path), reason });
}

export function kindProblems(settings: Kinds, path: readonly string[], place: Place): FairleadError[] {
  const { kind } = settings;
  if (kind !== 'mqtt' && kind !== 'nats' && kind !== 'webhook') return [];
  const section = [...path, kind];
  const missing = settings[kind].url === undefined;
  if (missing)
    return [
      invalid(
        [...section, 'url'],
        [...path, 'kind'],
        `it is required if ${pathText(path)}.kind is ${kind}`,
        place,
      ),
    ];
  const flaw = FLAWS[kind](settings as Kinds);
  const problems =
    flaw === undefined ? [] : [invalid([...section, flaw.key], [...section, flaw.key], flaw.reason, place)];
  return [...problems, ...unreadable(settings[kind], SECRETS[kind], section, place)];
}

const FLAWS: Readonly<Record<'mqtt' | 'nats' | 'webhook', (settings: Kinds) => Flaw | undefined>> = {
  mqtt: ({ mqtt }) => loginFlaw(mqtt) ?? tlsFlaw(mqtt, 'mqtts:'),
  nats: ({ nats }) => {
    const { user, token, tokenFile, credentialsFile, stream, subjects, prefix } = nats;
    const ways = { user, token: token ?? tokenFile, credentialsFile };
    const given = Object.entries(ways).filter(([, value]) => value !== undefined);
    if (given.length > 1)
      return { key: given[1]?.[0] ?? '', reason: 'use one of user, token and credentialsFile' };
    if (subjects !== undefined && stream === undefined)
      return { key: 'subjects', reason: 'it needs a stream' };
    if (stream !== undefined && !/^[A-Za-z0-9_-]{1,64}$/.test(stream))
      return { key: 'stream', reason: 'a stream has a name of 1 to 64 letters, digits, _ and -' };
    if (prefix !== '' && !/^([^\s.*>%]+\.)+$/.test(prefix))
      return { key: 'prefix', reason: 'expected words that each end with a dot, without *, > and %' };
    return loginFlaw(nats) ?? tlsFlaw(nats, 'tls:');
  },
  webhook: ({ webhook: { url, ca } }) =>
    ca !== undefined && !url?.startsWith('https:')
      ? { key: 'ca', reason: 'it needs a URL that starts with https://' }
      : undefined,
};

/** The keys of secrets, without `File`. */
const SECRETS = {
  mqtt: ['password'],
  nats: ['password', 'token', 'credentials'],
  webhook: ['secret', 'authorization'],
} as const;

interface Login {
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly passwordFile?: string | undefined;
}

function loginFlaw({ user, password, passwordFile }: Login): Flaw | undefined {
  if (user !== undefined || (password ?? passwordFile) === undefined) return undefined;
  return { key: passwordFile === undefined ? 'password' : 'passwordFile', reason: 'it needs a user' };
}

interface Tls {
  readonly url?: string | undefined;
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly serverName?: string | undefined;
}

function tlsFlaw({ url, ca, cert, key, serverName }: Tls, scheme: string): Flaw | undefined {
  const tls = Object.entries({ ca, cert, key, serverName }).find(([, value]) => value !== undefined);
  if (tls !== undefined && !url?.startsWith(scheme))
    return { key: tls[0], reason: `it needs a URL that starts with ${scheme}//` };
  if ((cert === undefined) !== (key === undefined))
    return { key: cert === undefined ? 'key' : 'cert', reason: 'cert and key must be set together' };
  return undefined;
}

function filterProblems({ filters }: FurtherBus, path: readonly string[], place: Place): FairleadError[] {
  return filters.flatMap((filter, index) => {
    try {
      topicRoute({ templates: [], devices: [], filters: [filter], others: false });
      return [];
    } catch (error) {
      if (!isFairleadError(error)) throw error;
      const at = [...path, 'filters', String(index)];
      return [invalid(at, at, error.message, place)];
    }
  });
}

function embeddedProblems({ kind, embedded, mqtt }: Config['bus'], place: Place): FairleadError[] {
  const { listen, users } = embedded;
  const problems: FairleadError[] = [];
  // A section that is not in use is checked too: it is the one that is used next.
  if (kind !== 'mqtt') problems.push(...unreadable(mqtt, SECRETS.mqtt, ['bus', 'mqtt'], place));
  for (const [user, secret] of Object.entries(users)) {
    const path = ['bus', 'embedded', 'users', user];
    problems.push(...unreadable(secret, SECRETS.mqtt, path, place));
    if (secret.password === undefined && secret.passwordFile === undefined)
      problems.push(invalid([...path, 'passwordFile'], path, 'a user needs a password', place));
  }
  if (kind !== 'embedded' || listen === false || isLoopback(parseEndpoint(listen))) return problems;
  if (Object.keys(users).length > 0) return problems;
  const where = place(['bus', 'embedded', 'listen']);
  return [...problems, serverErrors.error('CONFIG_CREDENTIALS_REQUIRED', { where, address: listen })];
}

/** Files of secrets are read where they are used. This check only ensures that they are readable. */
function unreadable(
  section: object,
  secrets: readonly string[],
  path: readonly string[],
  place: Place,
): FairleadError[] {
  const keys = section as Readonly<Record<string, string | undefined>>;
  return secrets.flatMap((secret) => {
    const file = keys[`${secret}File`];
    if (file === undefined || keys[secret] !== undefined) return [];
    const keyPath = [...path, `${secret}File`];
    const problem = (reason: string) =>
      serverErrors.error('CONFIG_SECRET_UNREADABLE', {
        where: place(keyPath),
        key: pathText(keyPath),
        file,
        reason,
      });
    try {
      return readSmallFile(file, problem).trim() === '' ? [problem('it is empty')] : [];
    } catch (error) {
      return [error as FairleadError];
    }
  });
}
