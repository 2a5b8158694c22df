/** Names that the service knows, for completions. Not by the typed client: to load all its schemas takes longer than the answer. */
import { Contexts } from '../contexts/contexts.ts';
import { fetchOver } from '../http/node-fetch.ts';
import { serverOf, tlsSettings } from '../http/server.ts';
import { cliLimits } from '../limits.ts';
import type { Candidate, NameKind } from './candidates.ts';

type Env = Readonly<Record<string, string | undefined>>;
type Row = Readonly<Record<string, unknown>>;

/** Where the list of a kind is, the key of its names, and what says more of one. */
const lists: Readonly<Record<Exclude<NameKind, 'context'>, readonly [string, string, ...string[]]>> = {
  device: ['devices?limit=200', 'name', 'label', 'status'],
  profile: ['profiles?limit=500', 'name', 'title'],
  connection: ['connections', 'name', 'group'],
  task: ['tasks', 'name', 'group'],
  trigger: ['triggers', 'name', 'group'],
  job: ['jobs', 'name', 'group'],
  driver: ['drivers', 'name', 'state'],
  link: ['links?limit=200', 'id', 'device', 'remote'],
  inbox: ['inbox', 'id', 'identity', 'remote'],
  capture: ['captures', 'id', 'target'],
  run: ['runs?limit=50', 'id', 'name', 'kind'],
  user: ['users', 'name', 'role'],
  token: ['tokens', 'name', 'createdBy'],
};

/** Names that begin so. Rejects if the service does not answer in time. */
export async function namesFrom(
  kind: NameKind,
  prefix: string,
  env: Env,
  interrupted: AbortSignal,
): Promise<Candidate[]> {
  const all = kind === 'context' ? contexts(env) : await asked(kind, prefix, env, interrupted);
  return all.filter(({ value }) => value.startsWith(prefix)).slice(0, cliLimits.values.completions);
}

function contexts(env: Env): Candidate[] {
  const { contexts } = new Contexts(env).read();
  return Object.entries(contexts).map(([value, { url }]) => ({ value, about: url }));
}

async function asked(
  kind: Exclude<NameKind, 'context'>,
  prefix: string,
  env: Env,
  interrupted: AbortSignal,
): Promise<Candidate[]> {
  const [path, key, ...more] = lists[kind];
  const { url, token = '', tls } = serverOf(env);
  const target = new URL(`api/v1/${path}`, url);
  if (kind === 'device') target.searchParams.set('prefix', prefix);
  const answer = await fetchOver(tls && tlsSettings(tls))(target, {
    method: 'GET',
    headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
    signal: AbortSignal.any([interrupted, AbortSignal.timeout(cliLimits.values.completion)]),
  });
  const rows: unknown = await answer.json();
  if (!answer.ok || !Array.isArray(rows)) return [];
  return rows.map((row: Row) => ({
    value: String(row[key]),
    about: String(more.map((field) => row[field]).find((text) => text !== undefined) ?? ''),
  }));
}
