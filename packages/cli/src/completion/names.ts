/** Names that the service knows, for completions. */
import type { ApiClient } from '@fairlead/api';
import { cliLimits } from '../limits.ts';
import type { Candidate, NameKind } from './candidates.ts';

type Source = (api: ApiClient, prefix: string) => Promise<readonly Candidate[]>;

const limit = () => cliLimits.values.completions;

const sources: Readonly<Record<Exclude<NameKind, 'context'>, Source>> = {
  device: async (api, prefix) =>
    (await api.devices.list({ query: { prefix, limit: limit() } })).map(({ name, label, status }) => ({
      value: name,
      about: label ?? status,
    })),
  profile: async (api) =>
    (await api.profiles.list({ query: { limit: 500 } })).map(({ name, title = '' }) => ({
      value: name,
      about: title,
    })),
  connection: async (api) => named(await api.connections.list()),
  task: async (api) => named(await api.tasks.list()),
  trigger: async (api) => named(await api.triggers.list()),
  job: async (api) => named(await api.jobs.list()),
  driver: async (api) => (await api.drivers.list()).map(({ name, state }) => ({ value: name, about: state })),
  link: async (api) =>
    (await api.links.list({ query: { limit: limit() } })).map(({ id, device, remote }) => ({
      value: id,
      about: device ?? remote,
    })),
  inbox: async (api) =>
    (await api.inbox.list()).map(({ id, profile, identity, remote }) => ({
      value: id,
      about: [profile, identity ?? remote].filter(Boolean).join(' '),
    })),
  capture: async (api) => (await api.captures.list()).map(({ id, target }) => ({ value: id, about: target })),
  run: async (api) =>
    (await api.runs.list({ query: { limit: 50 } })).map(({ id, kind, name, result }) => ({
      value: String(id),
      about: [kind, name, result].filter(Boolean).join(' '),
    })),
  user: async (api) => (await api.users.list()).map(({ name, role }) => ({ value: name, about: role })),
  token: async (api) =>
    (await api.tokens.list()).map(({ name, scopes }) => ({ value: name, about: scopes.join(' ') })),
};

/** Names that begin so. Rejects as the client does. */
export async function namesFrom(
  api: ApiClient,
  kind: Exclude<NameKind, 'context'>,
  prefix: string,
): Promise<Candidate[]> {
  const all = await sources[kind](api, prefix);
  return all.filter(({ value }) => value.startsWith(prefix)).slice(0, limit());
}

function named(definitions: readonly { readonly name: string; readonly group?: unknown }[]): Candidate[] {
  return definitions.map(({ name, group }) => ({
    value: name,
    about: typeof group === 'string' ? group : '',
  }));
}
