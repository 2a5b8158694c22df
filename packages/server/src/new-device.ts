/** Devices that register themselves, at listeners and behind gateway devices with "unknown: create". */
import { type FairleadError, isFairleadError } from '@fairlead/core';
import type { UnknownDevice } from '@fairlead/gateway';
import { type Device, isDeviceName, type Store } from '@fairlead/store';

/** How many names are tried for one device. */
const ATTEMPTS = 10;

/**
 * Registers a device under the name `PROFILE-IDENTITY`, or, of a sub-device, `GATEWAY-ADDRESS`; with a number behind it, if the
 * name is taken. Rejects with the error of the store, such as IDENTITY_TAKEN, or DEVICE_INVALID where the profile asks for a
 * secret.
 */
export async function createDevice(store: Store, unknown: UnknownDevice): Promise<Device> {
  const { profile, identity, parent } = unknown;
  const known = parent === undefined ? { profile, identity } : { parent, address: identity };
  const base = nameFrom(`${parent ?? profile}-${identity}`);
  let taken: FairleadError | undefined;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const suffix = attempt === 1 ? '' : `-${attempt}`;
    try {
      return store.devices.add({ name: base.slice(0, 64 - suffix.length) + suffix, ...known }).device;
    } catch (error) {
      if (!isFairleadError(error, 'DEVICE_EXISTS')) throw error;
      taken = error;
    }
  }
  throw taken;
}

/** The text with only characters that a name may have. */
function nameFrom(text: string): string {
  const name = text.replace(/[^A-Za-z0-9_:-]/g, '-').slice(0, 64);
  return isDeviceName(name) ? name : `device-${name}`.slice(0, 64);
}
