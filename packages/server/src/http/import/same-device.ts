import { isDeepStrictEqual } from 'node:util';
import { profileKeys } from '@fairlead/api';
import { parseDialAddress } from '@fairlead/core';
import { certificatesOf, type Device, type DeviceDefinition, type Store, storeLimits } from '@fairlead/store';
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
  // A sub-device has the protocol of its gateway. With a named profile, the protocol follows from how the device is identified.
  const follows = parent !== undefined || profile !== undefined;
  const protocol = definition.protocol ?? (follows ? device.protocol : protocolNames[0]);
  return (
    device.parent === parent &&
    device.address === definition.address &&
    device.type === type &&
    device.protocol === protocol &&
    device.label === (definition.label || undefined) &&
    device.inboundBuffer === inboundBuffer &&
    device.outboundBuffer === outboundBuffer &&
    device.profile.name === profile &&
    device.identity === definition.identity &&
    device.secret === definition.secret &&
    isDeepStrictEqual(device.downlinks, definition.downlinks) &&
    isDeepStrictEqual(device.rate, definition.rate) &&
    hasCertificates(device, definition) &&
    device.unknownSubDevices === definition.unknownSubDevices &&
    isSameEndpoint(device.endpoint, definition.endpoint) &&
    hasParameters(device, definition.parameters ?? {}) &&
    (profile !== undefined || hasContent(device, definition)) &&
    (token === undefined || devices.byToken(token)?.name === name)
  );
}

/** The store keeps them in their usual form, so that a definition is read as one. */
function hasCertificates(
  { certificates = [] }: Device,
  { certificates: given = [] }: DeviceDefinition,
): boolean {
  return isDeepStrictEqual(certificates, certificatesOf(given));
}

function hasContent({ profile }: Device, definition: DeviceDefinition): boolean {
  return (
    profileKeys.text.every((field) => profile[field] === (definition[field] || undefined)) &&
    profileKeys.hex.every((field) => profile[field] === (definition[field]?.toLowerCase() || undefined))
  );
}

function isSameEndpoint(stored: string | undefined, given: string | undefined): boolean {
  if (stored === undefined || given === undefined) return stored === given;
  try {
    return isDeepStrictEqual(parseDialAddress(stored), parseDialAddress(given));
  } catch {
    return false;
  }
}

/** The store has read text as the type that the profile declares. */
function hasParameters({ parameters = {} }: Device, given: Readonly<Record<string, unknown>>): boolean {
  const names = Object.keys(given);
  return (
    names.length === Object.keys(parameters).length &&
    names.every((name) => {
      const [stored, value] = [parameters[name], given[name]];
      return (
        isDeepStrictEqual(stored, value) || (typeof stored !== 'string' && value === JSON.stringify(stored))
      );
    })
  );
}
