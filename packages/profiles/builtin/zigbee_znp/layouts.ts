// Commands of the API, and what reads their layouts.

import { hex, u8, u16le, u24le, u32le } from 'fairlead:helpers';

export type Values = Record<string, unknown>;

export const subsystems: Record<number, string> = {
  0: 'RPC',
  1: 'SYS',
  2: 'MAC',
  3: 'NWK',
  4: 'AF',
  5: 'ZDO',
  6: 'SAPI',
  7: 'UTIL',
  8: 'DEBUG',
  9: 'APP',
  15: 'APP_CNF',
};
export const kinds: Record<number, string> = { 0: 'POLL', 1: 'SREQ', 2: 'AREQ', 3: 'SRSP' };

// name:type with u1 u2 u3 u4 (unsigned), ieee (eight bytes, shown highest first), list1 and list2 (a count, then so many numbers
// of one or two bytes), bytes1 and bytes2 (a length of one or two bytes, then so many), rest; "?" marks what may be missing.

const status = 'status:u1';
const incoming = 'broadcast:u1 linkQuality:u1 security:u1 timestamp:u4 transaction:u1';
export const layouts: Record<string, [name: string, layout: string]> = {
  '6000': ['RPC_ERROR', 'errorCode:u1 rejected:u2'],
  '4180': ['SYS_RESET_IND', 'reason:u1 transportRev:u1 productId:u1 major:u1 minor:u1 maintenance:u1'],
  '6101': ['SYS_PING', 'capabilities:u2'],
  '6102': ['SYS_VERSION', 'transportRev:u1 productId:u1 major:u1 minor:u1 maintenance:u1 ?revision:u4'],
  '6104': ['SYS_GET_EXTADDR', 'ieee:ieee'],
  '6108': ['SYS_OSAL_NV_READ', `${status} data:bytes1`],
  '6109': ['SYS_OSAL_NV_WRITE', status],
  '6400': ['AF_REGISTER', status],
  '6401': ['AF_DATA_REQUEST', status],
  '4480': ['AF_DATA_CONFIRM', `${status} endpoint:u1 transaction:u1`],
  '4481': [
    'AF_INCOMING_MSG',
    `group:u2 cluster:u2 source:u2 endpoint:u1 targetEndpoint:u1 ${incoming} data:bytes1`,
  ],
  '4482': [
    'AF_INCOMING_MSG_EXT',
    `group:u2 cluster:u2 addressMode:u1 source:u2 _:u2 _:u4 endpoint:u1 panId:u2 targetEndpoint:u1 ${incoming} data:bytes2`,
  ],
  '4483': ['AF_REFLECT_ERROR', `${status} endpoint:u1 transaction:u1 addressMode:u1 nwk:u2`],
  '4580': ['ZDO_NWK_ADDR_RSP', `${status} ieee:ieee nwk:u2 ?start:u1 associated:list2`],
  '4581': ['ZDO_IEEE_ADDR_RSP', `${status} ieee:ieee nwk:u2 ?start:u1 associated:list2`],
  '4582': ['ZDO_NODE_DESC_RSP', `source:u2 ${status} nwk:u2 ?descriptor:rest`],
  '4584': [
    'ZDO_SIMPLE_DESC_RSP',
    `source:u2 ${status} nwk:u2 length:u1 ?endpoint:u1 profileId:u2 applicationId:u2 applicationVersion:u1 clustersIn:list2 clustersOut:list2`,
  ],
  '4585': ['ZDO_ACTIVE_EP_RSP', `source:u2 ${status} nwk:u2 ?endpoints:list1`],
  '45b6': ['ZDO_MGMT_PERMIT_JOIN_RSP', `source:u2 ${status}`],
  '45b4': ['ZDO_MGMT_LEAVE_RSP', `source:u2 ${status}`],
  '45c0': ['ZDO_STATE_CHANGE_IND', 'deviceState:u1'],
  '45c1': ['ZDO_END_DEVICE_ANNCE_IND', 'source:u2 nwk:u2 ieee:ieee capabilities:u1'],
  '45c4': ['ZDO_SRC_RTG_IND', 'nwk:u2 relays:list2'],
  '45c9': ['ZDO_LEAVE_IND', 'nwk:u2 ieee:ieee left:u1 remove:u1 rejoin:u1'],
  '45ca': ['ZDO_TC_DEV_IND', 'nwk:u2 ieee:ieee parent:u2'],
  '45cb': ['ZDO_PERMIT_JOIN_IND', 'duration:u1'],
  '6534': ['ZDO_MGMT_LEAVE_REQ', status],
  '6536': ['ZDO_MGMT_PERMIT_JOIN_REQ', status],
  '6540': ['ZDO_STARTUP_FROM_APP', status],
  '6700': [
    'UTIL_GET_DEVICE_INFO',
    `${status} ieee:ieee nwk:u2 deviceType:u1 deviceState:u1 associated:list2`,
  ],
  '4f80': ['APP_CNF_BDB_COMMISSIONING_NOTIFICATION', `${status} mode:u1 remaining:u1`],
  '6f05': ['APP_CNF_BDB_START_COMMISSIONING', status],
};

const integers: Record<string, (bytes: Uint8Array, at: number) => number> = {
  u1: u8,
  u2: u16le,
  u3: u24le,
  u4: u32le,
};

/** Highest byte first, as it is printed on devices. */
export const address64 = (bytes: Uint8Array, at: number): string => hex(bytes.slice(at, at + 8).reverse());

export function part(bytes: Uint8Array, from: number, size: number): Uint8Array {
  if (from + size > bytes.length)
    throw new RangeError(`${size} bytes are announced, ${bytes.length - from} are there`);
  return bytes.subarray(from, from + size);
}

/** One field: its value and where it ends. */
function readField(type: string, bytes: Uint8Array, at: number): [value: unknown, end: number] {
  const integer = integers[type];
  if (integer !== undefined) return [integer(bytes, at), at + Number(type[1])];
  if (type === 'ieee') return [address64(part(bytes, at, 8), 0), at + 8];
  if (type === 'rest') return [hex(bytes.subarray(at)), bytes.length];
  const wide = Number(type.at(-1));
  if (type.startsWith('list')) {
    const count = u8(bytes, at);
    const content = part(bytes, at + 1, count * wide);
    const list = Array.from({ length: count }, (_, i) =>
      wide === 1 ? u8(content, i) : u16le(content, i * 2),
    );
    return [list, at + 1 + content.length];
  }
  const size = wide === 1 ? u8(bytes, at) : u16le(bytes, at);
  return [part(bytes, at + wide, size), at + wide + size];
}

export function readLayout(layout: string, bytes: Uint8Array): Values {
  const values: Values = {};
  let at = 0;
  for (const entry of layout.split(' ')) {
    if (entry.startsWith('?') && at >= bytes.length) break;
    const [name = '', type = ''] = entry.replace('?', '').split(':');
    const [value, end] = readField(type, bytes, at);
    if (name !== '_') values[name] = value;
    at = end;
  }
  return values;
}
