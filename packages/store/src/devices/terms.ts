import { nearest, typedValue } from '@fairlead/core';
import { storeErrors } from '../catalogue.ts';
import type { Profile } from '../types.ts';

type Parameters = Readonly<Record<string, unknown>>;

const refuse = (field: string, reason: string) => storeErrors.error('DEVICE_INVALID', { field, reason });

interface Known {
  readonly identity: string | undefined;
  readonly endpoint: string | undefined;
  readonly secret: string | undefined;
}

/** Checks that a device has the fields that its named profile requires, and none that it does not use. Throws DEVICE_INVALID. */
export function checkTerms({ identity, endpoint, secret }: Known, profile: Profile): void {
  const name = `the profile "${profile.name}"`;
  if (profile.content === undefined) throw refuse('profile', `${name} cannot be used; see the log`);
  const { direction, secret: asks = 'none', identity: { by } = { by: 'token' } } = profile;
  if (direction === 'dials') {
    if (endpoint === undefined)
      throw refuse(
        'endpoint',
        `Fairlead connects to devices of ${name}: give the address, such as tcp://10.0.0.7:502`,
      );
  } else {
    if (endpoint !== undefined) throw refuse('endpoint', `devices of ${name} connect to Fairlead`);
    const tells = by === 'script' || by === 'match';
    if (tells && identity === undefined)
      throw refuse(
        'identity',
        `devices of ${name} are known by it: give what the device says it is, such as its IMEI`,
      );
    if (!tells && identity !== undefined) throw refuse('identity', `devices of ${name} are known by a token`);
  }
  if (asks === 'required' && secret === undefined) throw refuse('secret', `${name} requires one`);
  if (asks === 'none' && secret !== undefined) throw refuse('secret', `${name} uses none`);
}

/**
 * The parameters in the types that the profile declares: text stands for a number, a list and so on, as on a command line.
 * Throws DEVICE_INVALID.
 */
export function typedParameters(given: Parameters | undefined, profile: Profile): Parameters | undefined {
  const types = profile.parameterTypes;
  if (given === undefined || types === undefined) return given;
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => {
      const field = `parameters.${name}`;
      const type = Object.hasOwn(types, name) ? types[name] : undefined;
      if (type === undefined) throw refuse(field, unknownParameter(name, Object.keys(types), profile));
      const typed = typedValue(type, value);
      if (typed === undefined) throw refuse(field, `${ARTICLE[type]} ${type} is expected`);
      return [name, typed];
    }),
  );
}

const ARTICLE = { string: 'a', number: 'a', boolean: 'a', list: 'a', object: 'an' } as const;

function unknownParameter(name: string, known: readonly string[], profile: Profile): string {
  const near = nearest(name, known);
  if (near !== undefined) return `did you mean "${near}"?`;
  if (known.length === 0) return `the profile "${profile.name}" has no parameters`;
  return `parameters of the profile "${profile.name}" are ${known.join(', ')}`;
}
