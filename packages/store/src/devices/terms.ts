import { storeErrors } from '../catalogue.ts';
import type { Profile } from '../types.ts';

interface Known {
  readonly identity: string | undefined;
  readonly endpoint: string | undefined;
  readonly secret: string | undefined;
}

/** Checks that a device has what its named profile asks for, and nothing that the profile does not use. Throws DEVICE_INVALID. */
export function checkTerms({ identity, endpoint, secret }: Known, profile: Profile): void {
  const name = `the profile "${profile.name}"`;
  const refuse = (field: string, reason: string) => storeErrors.error('DEVICE_INVALID', { field, reason });
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
