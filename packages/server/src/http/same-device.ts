import { type Device, type DeviceDefinition, type Store, storeLimits } from '@fairlead/store';

const CONTENT = ['framing', 'uplink', 'downlink', 'heartbeatEcho'] as const;
const HEX = ['authReply', 'ack'] as const;

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
  // A sub-device uses the value of its gateway.
  const protocol = definition.protocol ?? (parent === undefined ? 'official' : device.protocol);
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
    CONTENT.every((field) => profile[field] === (definition[field] || undefined)) &&
    HEX.every((field) => profile[field] === (definition[field]?.toLowerCase() || undefined))
  );
}
