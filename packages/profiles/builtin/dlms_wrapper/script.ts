/*
 * DLMS/COSEM in the wrapper of IEC 62056-47; APDUs of IEC 62056-5-3 (Green Book), units of IEC 62056-6-2 (Blue Book).
 *
 *     00 01  SOURCE (2)  DESTINATION (2)  LENGTH (2)  APDU                        integers big-endian
 *     0F id (4) time values                  data notification               C4 01 id 00 value   answer to C0 01 id ..
 *     DB 08 TITLE (8) length SC COUNTER (4) ciphertext [TAG (12)]            ciphered: AES-GCM, security suite 0
 *
 * Values are A-XDR: a tag, then the value; 01 and 02 are lists.
 */

import {
  type Context,
  concat,
  type Downlink,
  hex,
  type Identity,
  type Request,
  type Result,
  u8,
  u16,
} from 'fairlead:helpers';
import { content } from './apdu.ts';
import type { Link } from './axdr.ts';
import { AARE, GET, GET_ANSWER } from './codes.ts';
import { apduOf, associate, object, type Wanted, wrapped } from './requests.ts';

/** The system title, or the number that a notification carries, or the port. */
export function identify(bytes: Uint8Array, ctx: Context): Identity {
  const { values } = content(bytes.subarray(8), {}, ctx, 0);
  return { id: String(values.deviceId ?? values.systemTitle ?? `port-${u16(bytes, 2)}`) };
}

export function uplink(bytes: Uint8Array, ctx: Context): Result {
  const apdu = bytes.subarray(8);
  if (apdu.length === 0) throw new Error('a wrapper without an APDU');
  const head = {
    version: u16(bytes),
    sourcePort: u16(bytes, 2),
    destinationPort: u16(bytes, 4),
    length: u16(bytes, 6),
    apduTag: u8(apdu),
    apdu: hex(apdu),
  };
  const link = ctx.state as Link;
  const { time, values, reply } = content(apdu, link, ctx, 0);
  if (link.title && values.systemTitle === undefined && apdu[0] === AARE) values.systemTitle = link.title;
  return {
    ...(time !== undefined && { time }),
    ...(reply !== undefined && { reply: wrapped(reply, ctx) }),
    values: { ...head, ...values },
  };
}

export function poll(ctx: Context): Request[] {
  const objects = ctx.parameters.objects as Wanted[];
  if (objects.length === 0) return [];
  const open = {
    send: wrapped(associate(ctx), ctx),
    expect: [{ at: 8, bytes: Uint8Array.of(AARE) }],
    data: {},
  };
  const gets = objects.map((wanted) => ({
    send: wrapped(concat(GET, 1, 0xc1, object(wanted), 0), ctx),
    expect: [{ at: 8, bytes: Uint8Array.of(GET_ANSWER) }],
    data: { obis: wanted.obis },
  }));
  return (ctx.state as Link).associated ? gets : [open, ...gets];
}

export function downlink({ values }: Downlink, ctx: Context): Uint8Array | undefined {
  const { method, params = {} } = values as { method?: string; params?: Record<string, unknown> };
  const apdu = apduOf(String(method), params, ctx);
  return apdu === undefined ? undefined : wrapped(apdu, ctx);
}
