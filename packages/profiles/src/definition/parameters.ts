import { nearest, typedValue } from '@fairlead/core';
import { profilesErrors } from '../catalogue.ts';
import type { ProfileDefinition } from './parse.ts';

/**
 * Parameters as people write them, in the types that the profile declares: text stands for a number, a list and so on.
 * Throws PARAMETER_INVALID.
 */
export function readParameters(
  { name: profile, parameters: declared }: Pick<ProfileDefinition, 'name' | 'parameters'>,
  given: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => {
      const refuse = (reason: string) => profilesErrors.error('PARAMETER_INVALID', { name, profile, reason });
      const known = Object.keys(declared);
      const type = Object.hasOwn(declared, name) ? declared[name]?.type : undefined;
      if (type === undefined) {
        const near = nearest(name, known);
        const hint =
          near === undefined ? `its parameters are ${known.join(', ') || 'none'}` : `did you mean ${near}?`;
        throw refuse(`there is no such parameter; ${hint}`);
      }
      const typed = typedValue(type, value);
      if (typed === undefined) throw refuse(`it must be a ${type}`);
      return [name, typed];
    }),
  );
}
