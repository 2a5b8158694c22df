// What the commands of the API mean.

import { hex, le, u8 } from 'fairlead:helpers';
import { vocabulary, zclFrame, zoneStatus } from './clusters.ts';
import { layouts, readLayout, type Values } from './layouts.ts';

function incomingMessage(read: Values): Values {
  const { cluster, data, broadcast, security, timestamp, addressMode, panId, ...head } = read;
  const content = data as Uint8Array;
  const common = { ...head, cluster, broadcast: broadcast !== 0 };
  if (content.length < 3) return { ...common, data: hex(content) };
  const zcl = zclFrame(content);
  return {
    ...common,
    data: hex(content),
    zcl,
    ...vocabulary(Number(cluster), (zcl.attributes ?? {}) as Values),
    ...(cluster === 0x0500 && zcl.specific === true && zoneStatus(zcl)),
  };
}

export function meaning(command: string, content: Uint8Array): Values {
  const layout = layouts[command]?.[1];
  // An answer of one byte is a status.
  if (layout === undefined && command.startsWith('6') && content.length === 1) return statusOf(u8(content));
  if (layout === undefined) return { data: hex(content) };
  const read = readLayout(layout, content);
  if (command === '4481' || command === '4482') return incomingMessage(read);
  const { major, minor, maintenance, revision, rejected, left, data, descriptor, status } = read;
  const plain = Object.entries(read).filter(([key]) => !inner.has(key));
  return {
    ...Object.fromEntries(plain),
    ...(major !== undefined && { version: `${major}.${minor}.${maintenance}` }),
    ...(revision !== undefined && { firmware: String(revision) }),
    ...(rejected !== undefined && { rejected: hex(le(Number(rejected), 2)) }),
    ...(left !== undefined && { left: left === 1 }),
    ...(data instanceof Uint8Array && { data: hex(data) }),
    ...(descriptor !== undefined && { data: descriptor }),
    ...(status !== undefined && statusOf(Number(status))),
  };
}

/** Fields that go into others, or say nothing on their own. */
const inner = new Set(
  'major minor maintenance revision rejected left data descriptor status length start remove rejoin remaining addressMode applicationVersion'.split(
    ' ',
  ),
);

const statuses: Record<number, string> = {
  0: 'success',
  1: 'failure',
  2: 'invalid parameter',
  9: 'item created',
  10: 'initialisation failed',
  12: 'bad length',
  16: 'memory failure',
  183: 'no acknowledgement of the application',
  194: 'network: invalid request',
  205: 'no route',
  225: 'channel busy',
  233: 'no acknowledgement',
  240: 'transaction expired',
};

const statusOf = (code: number): Values => ({
  status: code,
  ...(statuses[code] && { statusName: statuses[code] }),
});
