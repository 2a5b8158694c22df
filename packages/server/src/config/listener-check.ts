/** Checks across the fields of a listener: it needs an address, and either a protocol or profiles. */
import type { z } from 'zod';
import { type configSchema, DEFAULT_LISTENERS, type ListenerConfig } from './schema.ts';
import { tlsProblem } from './tls.ts';

type Given = z.output<typeof configSchema>['listeners'][string];
type Usual = { readonly protocol: string; readonly listen: string };

/** @param refuse called for the key that is missing or not allowed; then the answer is undefined */
export function listenerOf(
  name: string,
  { protocol: named, listen: given, profiles, unknown, limits, ...door }: Given,
  refuse: (key: string, reason: string) => void,
): ListenerConfig | undefined {
  const usual = (DEFAULT_LISTENERS as Readonly<Record<string, Usual>>)[name];
  const protocol = named ?? (profiles === undefined ? usual?.protocol : 'profiles');
  const listen = given ?? usual?.listen;
  const required = 'it is required for a listener with this name';
  if (protocol === undefined) refuse('protocol', required);
  else if (listen === undefined) refuse('listen', required);
  else if (protocol === 'profiles' && profiles === undefined)
    refuse('profiles', 'it is required: name the profiles whose devices connect here, such as [gt06]');
  else if (protocol !== 'profiles' && profiles !== undefined)
    refuse(
      'profiles',
      `only the protocol "profiles" has it, and this listener has the protocol "${protocol}"`,
    );
  else if (protocol !== 'profiles' && unknown !== undefined)
    refuse('unknown', 'only a listener with "profiles" has it');
  else if (!doorProblem(door, refuse)) {
    if (protocol !== 'profiles') return { protocol, listen, limits, ...door };
    return { protocol, profiles, unknown: unknown ?? 'inbox', listen, limits, ...door };
  }
  return undefined;
}

/** Whether the keys about who may connect contradict each other. */
function doorProblem(
  { identity, tls }: Pick<Given, 'identity' | 'tls'>,
  refuse: (key: string, reason: string) => void,
): boolean {
  const problem = tls === undefined ? undefined : tlsProblem(tls);
  if (problem !== undefined) refuse(`tls.${problem[0]}`, problem[1]);
  else if (identity === undefined || tls?.clientCertificates === 'require') return false;
  else refuse('identity', '"certificate" needs tls.clientCertificates: require');
  return true;
}
