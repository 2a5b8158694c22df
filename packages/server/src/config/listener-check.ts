/** Checks across the fields of a listener: it needs an address, and either a protocol or profiles. */
import type { z } from 'zod';
import { type configSchema, DEFAULT_LISTENERS, type ListenerConfig } from './schema.ts';

type Given = z.output<typeof configSchema>['listeners'][string];
type Usual = { readonly protocol: string; readonly listen: string };

/** @param refuse called for the key that is missing or not allowed; then the answer is undefined */
export function listenerOf(
  name: string,
  { protocol: named, listen: given, profiles, unknown, durability, limits }: Given,
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
  else if (protocol !== 'profiles') return { protocol, listen, durability, limits };
  else return { protocol, profiles, unknown: unknown ?? 'inbox', listen, durability, limits };
  return undefined;
}
