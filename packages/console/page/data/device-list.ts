/** The list of all devices, as it changes. */
import type { DeviceView, TopicRecords } from '@fairlead/api';

/**
 * The list with the states that its devices have now. Devices that have not changed are the same objects as before. @returns undefined: one
 * of the devices is not in the list
 *
 * @param devices by name
 */
export function patched(
  devices: readonly DeviceView[],
  changes: readonly TopicRecords['presence'][],
): DeviceView[] | undefined {
  const after = [...devices];
  for (const { device, status, state, time } of changes) {
    const at = indexOf(after, device);
    const before = after[at];
    if (before === undefined) return undefined;
    const { state: _state, ...rest } = before;
    after[at] = { ...rest, status, since: time, ...(state !== undefined && { state }) };
  }
  return after;
}

/** By halving: names are in the order of their code units, as in the store. -1: it is not there. */
function indexOf(devices: readonly DeviceView[], name: string): number {
  let low = 0;
  let high = devices.length - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const here = (devices[middle] as DeviceView).name;
    if (here === name) return middle;
    if (here < name) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}
