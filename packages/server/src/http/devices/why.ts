/** Why a device is offline or suspect, in one sentence. */
import type { DeviceWhy } from '@fairlead/api';
import { deathOf, type Gateway, type LinkInfo } from '@fairlead/gateway';
import type { Device, Store } from '@fairlead/store';
import { iso, isoMaybe } from '../context.ts';

interface Sources {
  readonly store: Pick<Store, 'devices' | 'presence' | 'values'>;
  readonly gateway: Pick<Gateway, 'presence' | 'traces' | 'link' | 'listeners'>;
  readonly doubt?: ((device: string) => Error | undefined) | undefined;
}

/** The reason, and what follows "It" in the sentence. Times are Unix milliseconds. */
interface Reason {
  readonly text: string;
  readonly code?: string | undefined;
  readonly since?: number | undefined;
  readonly heard?: number | undefined;
}

export function deviceWhy(device: Device, sources: Sources): DeviceWhy {
  const { status, state, flaps } = sources.gateway.presence(device.name);
  const { text, code, since, heard } = reasonOf(device, sources);
  const competes =
    flaps === undefined ? '' : `; links of the device compete (DEVICE_FLAPS): ${inside(flaps)}`;
  return {
    name: device.name,
    status,
    state: state ?? deathOf(code),
    sentence: `It ${text}${competes}.`,
    code: code ?? (flaps === undefined ? undefined : 'DEVICE_FLAPS'),
    since: isoMaybe(since),
    lastReceivedAt: isoMaybe(heard),
  };
}

function reasonOf(device: Device, sources: Sources): Reason {
  const { status } = sources.gateway.presence(device.name);
  if (status === 'online') return whyOnline(device, sources);
  if (device.parent !== undefined) return whyBehind(device, device.parent, sources);
  const stored = sources.store.presence.get(device.name);
  const { refused } = sources.gateway.traces(device.name);
  if (refused !== undefined && (refused.closedAt ?? 0) >= (stored?.since ?? 0)) return whyRefused(refused);
  return stored === undefined ? whyNever(device, sources) : whyOffline(device, stored, sources);
}

function whyOnline(device: Device, sources: Sources): Reason {
  const { since = 0, link: id = '', doubt, slowed } = sources.gateway.presence(device.name);
  const link = sources.gateway.link(id);
  const heard = heardOf(device, link, sources);
  if (doubt !== undefined) {
    const { code, reason, since } = doubt;
    return {
      text: `has been suspect since ${at(since)} (${code}): ${inside(reason)}${last(heard)}`,
      code,
      since,
      heard,
    };
  }
  const refusal = link?.lastRefusal;
  const admitted = sources.doubt?.(device.name)?.message;
  const unconfirmed = admitted === undefined ? '' : `; its platform did not confirm it: ${inside(admitted)}`;
  const refused = refusal === undefined ? '' : `; the last refusal on its link: ${inside(refusal)}`;
  const slow = slowed === undefined ? '' : `; it sends more than ${slowed}, and is read no faster`;
  return {
    text: `has been online since ${at(since)}, on the link ${id}${last(heard)}${slow}${refused}${unconfirmed}`,
    since,
    heard,
  };
}

/** A sub-device has no link of its own. */
function whyBehind(device: Device, parent: string, sources: Sources): Reason {
  const gateway = sources.store.devices.get(parent);
  if (gateway === undefined)
    return { text: `is offline because its gateway device ${parent} does not exist` };
  const { text, code, since } = reasonOf(gateway, sources);
  const heard = heardOf(device, undefined, sources);
  return { text: `is offline because its gateway device ${parent} ${text}`, code, since, heard };
}

function whyRefused({ code, reason, closedAt = 0, remote }: LinkInfo): Reason {
  const text = `was refused at ${at(closedAt)}, when it connected from ${remote} (${code}): ${inside(reason ?? '')}`;
  return { text, code, since: closedAt };
}

function whyNever(device: Device, sources: Sources): Reason {
  const unreachable = whyUnreachable(device, sources);
  if (unreachable !== undefined)
    return { ...unreachable, text: `has never been connected: ${unreachable.text}` };
  return { text: `has never connected${unknownToken(device, 0, sources)}` };
}

function whyOffline(
  device: Device,
  { since, code }: { readonly since: number; readonly code?: string | undefined },
  sources: Sources,
): Reason {
  const { closed } = sources.gateway.traces(device.name);
  const link = closed?.code === code ? closed : undefined;
  const heard = heardOf(device, link, sources);
  const after = link === undefined ? '' : ` after ${span((link.closedAt ?? 0) - link.openedAt)}`;
  const unreachable = whyUnreachable(device, sources);
  const now = unreachable === undefined ? unknownToken(device, since, sources) : `; now ${unreachable.text}`;
  const text = `has been offline since ${at(since)}: ${endOf(code, link?.reason)}${after}${last(heard)}${now}`;
  return { text, code, since, heard };
}

/** Why it cannot connect at present. */
function whyUnreachable(device: Device, { gateway }: Sources): Reason | undefined {
  if (device.endpoint !== undefined) {
    const { failure } = gateway.traces(device.name);
    if (failure === undefined) return undefined;
    const { code, reason, time } = failure;
    return {
      text: `the last attempt to reach it, at ${at(time)}, failed (${code}): ${inside(reason)}`,
      code,
      since: time,
    };
  }
  const spoken = [device.protocol, device.profile.name];
  const takes = gateway
    .listeners()
    .some(({ protocol, profiles = [] }) => [protocol, ...profiles].some((name) => spoken.includes(name)));
  if (takes) return undefined;
  return { text: `no listener is open that takes ${device.profile.name ?? device.protocol} devices` };
}

/** A device with a token that nobody has cannot be recognised. */
function unknownToken(device: Device, since: number, { gateway }: Sources): string {
  const { unknownToken: link } = gateway.traces(device.name);
  if (link === undefined || device.identity !== undefined || (link.closedAt ?? 0) < since) return '';
  return `; a device from ${link.remote} was refused at ${at(link.closedAt ?? 0)} because its token is unknown (${link.code})`;
}

/** When the device was last heard: on its link, or else by its latest value. */
function heardOf({ name }: Device, link: LinkInfo | undefined, { store }: Sources): number | undefined {
  if (link?.lastReceivedAt !== undefined) return link.lastReceivedAt;
  const times = Object.values(store.values.get(name)?.values ?? {}).map(({ time }) => time);
  return times.length === 0 ? undefined : times.reduce((a, b) => Math.max(a, b));
}

const ENDS: Readonly<Record<string, string>> = {
  PEER_CLOSED: 'the device closed the link',
  PEER_RESET: 'the device reset the link',
  LINK_KILLED: 'an operator closed the link',
  SERVER_STOPPED: 'the service was stopped',
  PRESENCE_STALE: 'the service ended without notice, and the device has not connected since',
  DEVICE_CHANGED: 'the framing, the identity or the address of the device was changed',
  TOKEN_REPLACED: 'the device has a new token, and has not connected with it yet',
};

function endOf(code: string | undefined, reason: string | undefined): string {
  if (code === undefined) return 'the link ended';
  const known = ENDS[code];
  if (known !== undefined) return `${known} (${code})`;
  return reason === undefined ? `the link ended (${code})` : `the link ended (${code}: ${inside(reason)})`;
}

const last = (heard: number | undefined): string =>
  heard === undefined ? '' : `; its last message came at ${at(heard)}`;

/** A message of the catalogue within a sentence. */
const inside = (message: string): string => message.replace(/\.$/, '');

/** `2026-11-30 14:02:11 UTC` */
const at = (time: number): string => `${iso(time).slice(0, 19).replace('T', ' ')} UTC`;

/** `45 s`, `12 min`, `3 h 12 min`, `2 days 4 h` */
function span(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ${minutes % 60} min`;
  const days = Math.floor(hours / 24);
  return `${days === 1 ? '1 day' : `${days} days`} ${hours % 24} h`;
}
