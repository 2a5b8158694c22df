import type { DownlinkTerms } from '../downlink-terms.ts';
import type { Device, DeviceDirectory } from '../ports.ts';

/** The settings of a device about downlinks; for a sub-device those of its gateway where it has none. */
export function termsOf(device: Device, directory: Pick<DeviceDirectory, 'byName'>): DownlinkTerms {
  const own = ownTerms(device);
  if (device.type !== 'sub') return own;
  const gateway = directory.byName(device.parent ?? '');
  return gateway === undefined ? own : { ...ownTerms(gateway), ...own };
}

/** What the device says, else its profile. */
export function ownTerms({ downlinks, profile }: Device): DownlinkTerms {
  if (downlinks === undefined) return profile.downlinks ?? {};
  return { ...profile.downlinks, ...downlinks };
}
