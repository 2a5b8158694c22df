import type { DeviceDetail, DeviceView } from '@fairlead/api';
import { statusText } from '../output/message.ts';
import type { Printer } from '../output/printer.ts';
import { ago, fields } from '../output/text.ts';

export function deviceTable(devices: readonly DeviceView[], print: Printer, now: number): string[] {
  if (devices.length === 0) return [];
  return print.table<DeviceView>(
    [
      { head: 'NAME', cell: (device) => device.name },
      { head: 'STATUS', cell: statusText },
      { head: 'SINCE', cell: (device) => relative(device.since, now) },
      { head: 'TYPE', cell: (device) => device.type },
      { head: 'PROTOCOL', cell: (device) => device.profile ?? device.protocol },
      { head: 'KNOWN BY', cell: (device) => device.identity ?? device.endpoint },
      { head: 'BEHIND', cell: behind },
      { head: 'LABEL', cell: (device) => device.label },
    ],
    devices,
  );
}

export function devicePage(device: DeviceDetail, print: Printer, now: number): string[] {
  const about = print.facts([
    ['name', device.name],
    ['label', device.label],
    ['status', [statusText(device), relative(device.since, now)].filter(Boolean).join(', ')],
    ['type', device.type],
    ['protocol', device.protocol],
    ['behind', behind(device)],
    ['profile', [device.profile, device.profileVersion].filter(Boolean).join(' ') || undefined],
    ['identity', device.identity],
    ['address', device.endpoint],
    ['secret', device.hasSecret ? 'stored' : undefined],
    ['parameters', device.parameters === undefined ? undefined : fields(device.parameters)],
    ['unknown sub-devices', device.unknownSubDevices],
    ['messages to it', device.downlinks === undefined ? undefined : fields(device.downlinks)],
    ['rate', device.rate === undefined ? undefined : rateText(device.rate)],
    ['certificates', device.certificates?.join(', ')],
    ['desired', desiredText(device)],
    ['framing', device.framing],
    ['link', device.link],
    ['added', relative(device.createdAt, now)],
  ]);
  const values = Object.entries(device.values ?? {});
  if (values.length === 0) return [...about, '', 'No values yet.'];
  const rows = print.table<(typeof values)[number]>(
    [
      { head: 'VALUE', cell: ([name]) => name },
      { head: 'IS', cell: ([, latest]) => fields(latest.value) },
      { head: 'TIME', cell: ([, latest]) => relative(latest.time, now) },
    ],
    values,
  );
  return [...about, '', ...rows];
}

/** `50 messages or 65536 bytes within 1000 ms, refuse` */
function rateText({ messages, bytes, per, exceeded = 'wait' }: NonNullable<DeviceDetail['rate']>): string {
  const limits = [
    ...(messages === undefined ? [] : [`${messages} messages`]),
    ...(bytes === undefined ? [] : [`${bytes} bytes`]),
  ];
  return `${limits.join(' or ')} within ${per} ms, ${exceeded}`;
}

/** The state, and what is missing: `pending (version 3): interval=30`. */
function desiredText({ desired }: DeviceDetail): string | undefined {
  if (desired === undefined) return undefined;
  const { state, version, differs } = desired;
  const missing = Object.keys(differs).length === 0 ? '' : `: ${fields(differs)}`;
  return `${state} (version ${version})${missing}`;
}

/** A time of the service, relative to now. */
export function relative(time: string | undefined, now: number): string | undefined {
  return time === undefined ? undefined : ago(Date.parse(time), now);
}

function behind({ parent, address }: DeviceView): string | undefined {
  return parent === undefined ? undefined : `${parent} at ${address}`;
}
