/** How devices are shown. */

import { type DeviceDetail, type DeviceView, profileKeys } from '@fairlead/api';
import { deathOf, type Gateway } from '@fairlead/gateway';
import type { Device, ProfileContent, Store } from '@fairlead/store';
import { iso, isoMaybe } from '../context.ts';
import { desiredView } from '../desired/views.ts';

interface Sources {
  readonly store: Store;
  readonly gateway: Gateway;
}

export function deviceView(device: Device, { store, gateway }: Sources): DeviceView {
  const { status, since, state, flaps } = gateway.presence(device.name);
  // If this process has not seen the device, an earlier one may have.
  const last = since === undefined ? store.presence.get(device.name) : { since, code: undefined };
  return {
    name: device.name,
    label: device.label,
    type: device.type,
    protocol: device.protocol,
    parent: device.parent,
    address: device.address,
    profile: device.profile.name,
    identity: device.identity,
    endpoint: device.endpoint,
    framing: own(device).framing,
    status,
    state: state ?? deathOf(last?.code),
    since: isoMaybe(last?.since),
    flaps,
    createdAt: iso(device.createdAt),
    revision: device.revision,
  };
}

export function deviceDetail(device: Device, sources: Sources): DeviceDetail {
  const content = own(device);
  const latest = sources.store.values.get(device.name)?.values ?? {};
  return {
    ...deviceView(device, sources),
    link: sources.gateway.presence(device.name).link,
    values: Object.fromEntries(
      Object.entries(latest).map(([key, { value, time }]) => [key, { value, time: iso(time) }]),
    ),
    profileVersion: device.profile.version,
    parameters: device.parameters,
    unknownSubDevices: device.unknownSubDevices,
    downlinks: device.downlinks,
    rate: device.rate,
    certificates: device.certificates === undefined ? undefined : [...device.certificates],
    desired: desiredOf(device.name, sources),
    hasSecret: device.secret !== undefined || undefined,
    ...Object.fromEntries([...profileKeys.text, ...profileKeys.hex].map((key) => [key, content[key]])),
    inboundBuffer: device.inboundBuffer,
    outboundBuffer: device.outboundBuffer,
  };
}

function desiredOf(name: string, { gateway }: Sources): DeviceDetail['desired'] {
  const desired = gateway.desired.get(name);
  return desired.state === 'none' ? undefined : desiredView(desired);
}

/** What changes of a device are about, as requests name the fields; the secret, too. */
export function changeable(device: Device): Readonly<Record<string, unknown>> {
  const { label, profile, identity, endpoint, secret, parameters, unknownSubDevices, downlinks } = device;
  const { inboundBuffer, outboundBuffer } = device;
  const content = own(device);
  return {
    ...{ label, identity, endpoint, secret, parameters, unknownSubDevices, downlinks },
    ...{ profile: profile.name, inboundBuffer, outboundBuffer },
    ...Object.fromEntries([...profileKeys.text, ...profileKeys.hex].map((key) => [key, content[key]])),
  };
}

/** The inline fields of the device. The fields of a named profile are shown with the profile. */
function own({ profile }: Device): ProfileContent {
  return profile.name === undefined ? profile : {};
}
