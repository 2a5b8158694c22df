import { profileKeys } from '@fairlead/api';
import { type Device, type DeviceDefinition, type Store, storeLimits } from '@fairlead/store';
import { protocolNames } from '../../protocols.ts';

/** Whether a device equals the result of this definition. */
export function isSameDevice(device: Device, definition: DeviceDefinition, { devices }: Store): boolean {
  const { deviceBuffer } = storeLimits.values;
  const {
    name,
    parent,
    token,
    profile,
    inboundBuffer = deviceBuffer,
    outboundBuffer = deviceBuffer,
  } = definition;
  const type = parent === undefined ? (definition.type ?? 'standard') : 'sub';
  // A sub-device takes that of its gateway.
  const protocol = definition.protocol ?? (parent === undefined ? protocolNames[0] : device.protocol);
  return (
    device.parent === parent &&
    device.address === definition.address &&
    device.type === type &&
    device.protocol === protocol &&
    device.label === (definition.label || undefined) &&
    device.inboundBuffer === inboundBuffer &&
    device.outboundBuffer === outboundBuffer &&
    device.profile.name === profile &&
    (profile !== undefined || hasContent(device, definition)) &&
    (token === undefined || devices.byToken(token)?.name === name)
  );
}

function hasContent({ profile }: Device, definition: DeviceDefinition): boolean {
  return (
    profileKeys.text.every((field) => profile[field] === (definition[field] || undefined)) &&
    profileKeys.hex.every((field) => profile[field] === (definition[field]?.toLowerCase() || undefined))
  );
}
