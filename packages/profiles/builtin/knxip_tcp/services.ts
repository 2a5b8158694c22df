// What each KNXnet/IP service says.

import { hex, latin1, u8, u16 } from 'fairlead:helpers';
import { endpoint, individual } from './addresses.ts';
import { features, statuses } from './codes.ts';
import type { Values } from './datapoints.ts';
import { type Context, telegram } from './telegrams.ts';

const status = (code: number): Values => ({ status: code, statusName: statuses[code] ?? 'unknown' });

/** Blocks of a description: length, type, content. */
function description(bytes: Uint8Array, from: number): Values {
  const values: Values = {};
  for (let at = from; at < bytes.length; at += u8(bytes, at)) {
    const length = u8(bytes, at);
    if (length < 2 || at + length > bytes.length) throw new Error(`a description block of ${length} bytes`);
    const block = bytes.subarray(at, at + length);
    if (block[1] === 1 && length >= 54)
      Object.assign(values, {
        address: individual(u16(block, 4)),
        serial: hex(block.subarray(8, 14)),
        multicast: block.subarray(14, 18).join('.'),
        mac: hex(block.subarray(18, 24), ':'),
        name: latin1(block.subarray(24, 54)).replace(/\0.*$/s, ''),
      });
    if (block[1] === 2) {
      const families: Record<string, number> = {};
      for (let i = 2; i + 1 < length; i += 2) families[String(block[i])] = u8(block, i + 1);
      values.families = families;
    }
  }
  return values;
}

function connected(body: Uint8Array, ctx: Context): Values {
  const [channel, code] = [u8(body), u8(body, 1)];
  if (code !== 0) return { channel, ...status(code) };
  Object.assign(ctx.state, { channel, sequence: 0 });
  const address = body.length >= 14 ? { address: individual(u16(body, 12)) } : {};
  return { channel, ...status(code), data: endpoint(body, 2), connectionType: u8(body, 11), ...address };
}

/** Channel and sequence number in front of a telegram or a feature. */
function connection(body: Uint8Array): Values {
  if (u8(body) !== 4) throw new Error(`a connection header has 4 bytes, not ${u8(body)}`);
  return { channel: u8(body, 1), sequence: u8(body, 2) };
}

export function content(service: number, body: Uint8Array, ctx: Context): Values {
  switch (service) {
    case 0x0201:
    case 0x0203:
    case 0x020b:
      return { control: endpoint(body, 0) };
    case 0x0202:
    case 0x020c:
      return { control: endpoint(body, 0), ...description(body, 8) };
    case 0x0204:
      return description(body, 0);
    case 0x0205:
      return { control: endpoint(body, 0), data: endpoint(body, 8), connectionType: u8(body, 17) };
    case 0x0206:
      return connected(body, ctx);
    case 0x0207:
    case 0x0209:
      return { channel: u8(body), control: endpoint(body, 2) };
    case 0x0208:
    case 0x020a:
      return { channel: u8(body), ...status(u8(body, 1)) };
    case 0x0310:
    case 0x0420:
      return { ...connection(body), ...telegram(body.subarray(4), ctx) };
    case 0x0311:
    case 0x0421:
      return { ...connection(body), ...status(u8(body, 3)) };
    case 0x0422:
    case 0x0423:
    case 0x0424:
    case 0x0425: {
      const feature = u8(body, 4);
      const code = service === 0x0423 ? { status: u8(body, 5) } : {};
      return {
        ...connection(body),
        ...code,
        feature,
        featureName: features[feature],
        data: hex(body.subarray(6)),
      };
    }
    case 0x0530:
      return telegram(body, ctx);
    case 0x0531:
      return { lost: u16(body, 2) };
    case 0x0532:
      return { waitTime: u16(body, 2) };
    default:
      return { data: hex(body) };
  }
}
