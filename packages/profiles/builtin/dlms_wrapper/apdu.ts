// The APDUs of a DLMS meter.

import { be, type Context, concat, fromHex, hex, i8, u8, u16, u32 } from 'fairlead:helpers';
import { Axdr, type Data, type Link, type Values } from './axdr.ts';
import { deciphered } from './ciphering.ts';
import {
  AARE,
  ACCESS,
  ACTION_ANSWER,
  CIPHERED,
  EVENT,
  EXCEPTION,
  GENERAL_DED,
  GENERAL_GLO,
  GET,
  GET_ANSWER,
  MAX_BLOCKS,
  MORE_ACCESS,
  NOTIFICATION,
  SET_ANSWER,
} from './codes.ts';
import { type Content, keysOf, meaning, moment, obisOf, shown } from './meaning.ts';

export function content(apdu: Uint8Array, link: Link, ctx: Context, depth: number): Content {
  const tag = u8(apdu);
  if (tag === GENERAL_GLO || tag === GENERAL_DED || CIPHERED.includes(tag))
    return ciphered(apdu, link, ctx, depth);
  switch (tag) {
    case NOTIFICATION:
      return notification(apdu, ctx);
    case EVENT:
      return event(apdu, ctx);
    case GET_ANSWER:
      return getAnswer(apdu, link, ctx);
    case SET_ANSWER:
    case ACTION_ANSWER:
      return { values: { invokeId: u8(apdu, 2) & 15, ...outcome(u8(apdu, 3)) } };
    case AARE:
      return { values: association(apdu, link) };
    case EXCEPTION:
      delete link.associated;
      return { values: { result: u8(apdu, 2), meaning: 'exception' } };
    case GET:
      return {
        values:
          u8(apdu, 1) === 1 && apdu.length >= 12
            ? {
                invokeId: u8(apdu, 2) & 15,
                class: u16(apdu, 3),
                obis: obisOf(apdu.subarray(5, 11)),
                attribute: i8(apdu, 11),
              }
            : {},
      };
    default:
      return { values: {} };
  }
}

const outcome = (result: number): Values => ({
  result,
  meaning: ACCESS[result] ?? MORE_ACCESS[result] ?? 'unknown',
});

function ciphered(apdu: Uint8Array, link: Link, ctx: Context, depth: number): Content {
  if (depth > 1) throw new Error('ciphered more than twice');
  const reader = new Axdr(apdu, 1);
  const general = apdu[0] === GENERAL_GLO || apdu[0] === GENERAL_DED;
  const named = general ? hex(reader.take(reader.length())) : '';
  const title = named || link.title || String(ctx.parameters.systemTitle);
  const body = reader.take(reader.length());
  if (body.length < 5) throw new Error('a ciphered APDU without its header');
  const values: Values = {
    ...(named && { systemTitle: named, deviceId: named }),
    securityControl: u8(body),
    invocationCounter: u32(body, 1),
  };
  if (ctx.secret === undefined || title === '') return { values };
  const plain = deciphered(body, fromHex(title), ctx);
  const inner = content(plain, link, ctx, depth + 1);
  return {
    ...inner,
    values: { ...values, plain: hex(plain), ...inner.values, ...(named && { deviceId: named }) },
  };
}

function notification(apdu: Uint8Array, ctx: Context): Content {
  const reader = new Axdr(apdu, 5);
  const stamp = reader.take(reader.length());
  const { time, values } = meaning(reader.data(), ctx);
  const sent = stamp.length === 12 ? moment(stamp, ctx) : undefined;
  const moments = sent ?? time;
  return { ...(moments && { time: moments }), values: { invokeId: u32(apdu, 1) & 0xffffff, ...values } };
}

function event(apdu: Uint8Array, ctx: Context): Content {
  const reader = new Axdr(apdu, 1);
  const stamp = u8(reader.take(1)) === 1 ? reader.take(reader.length()) : new Uint8Array(0);
  const time = stamp.length === 12 ? moment(stamp, ctx) : undefined;
  const object = { class: u16(reader.take(2)), obis: obisOf(reader.take(6)), attribute: i8(reader.take(1)) };
  const value = shown(reader.data());
  return {
    ...(time && { time }),
    values: { ...object, event: object.obis, objects: [{ obis: object.obis, value }] },
  };
}

function getAnswer(apdu: Uint8Array, link: Link, ctx: Context): Content {
  const [kind, id] = [u8(apdu, 1), u8(apdu, 2) & 15];
  const head = { invokeId: id };
  if (kind === 2) return blockOf(apdu, link, ctx);
  if (kind !== 1) return { values: head };
  if (u8(apdu, 3) !== 0) return { values: { ...head, ...outcome(u8(apdu, 4)), ...asked(ctx) } };
  return answered(new Axdr(apdu, 4).data(), head, ctx);
}

/** A long answer: last, number, 00, bytes. The next block is asked for at once. */
function blockOf(apdu: Uint8Array, link: Link, ctx: Context): Content {
  const [id, last, number] = [u8(apdu, 2), u8(apdu, 3), u32(apdu, 4)];
  if (u8(apdu, 8) !== 0) return { values: { invokeId: id & 15, ...outcome(u8(apdu, 9)) } };
  const reader = new Axdr(apdu, 9);
  const all = (link.block ?? '') + hex(reader.take(reader.length()));
  if (last !== 0) {
    delete link.block;
    return answered(new Axdr(fromHex(all), 0).data(), { invokeId: id & 15 }, ctx);
  }
  if (all.length > MAX_BLOCKS) throw new Error(`an answer of more than ${MAX_BLOCKS / 2} bytes`);
  link.block = all;
  return { values: { invokeId: id & 15, index: number }, reply: concat(GET, 2, id, be(number, 4)) };
}

const asked = (ctx: Context): Values => {
  const request = ctx.request as { obis?: string } | undefined;
  return request?.obis ? { obis: request.obis } : {};
};

function answered(data: Data, head: Values, ctx: Context): Content {
  const { obis } = asked(ctx) as { obis?: string };
  if (obis === undefined) {
    const { time, values } = meaning(data, ctx);
    return { ...(time && { time }), values: { ...head, result: 0, ...values } };
  }
  const value =
    data instanceof Uint8Array && data.length === 12 ? moment(data, ctx)?.toISOString() : shown(data);
  const objects = [{ obis, value }];
  return { values: { ...head, result: 0, obis, ...keysOf(objects), objects } };
}

/** BER: the result in A2, the diagnosis in A3, the title of the meter in A4. */
function association(apdu: Uint8Array, link: Link): Values {
  const reader = new Axdr(apdu, 1);
  const fields = new Axdr(reader.take(reader.length()), 0);
  const values: Values = {};
  while (fields.left > 0) {
    const tag = u8(fields.take(1));
    const field = fields.take(fields.length());
    if (tag === 0xa2) values.result = u8(field, field.length - 1);
    if (tag === 0xa3) values.code = u8(field, field.length - 1);
    if (tag === 0xa4) link.title = hex(field.subarray(2));
  }
  link.associated = values.result === 0;
  return { ...values, meaning: link.associated ? 'accepted' : 'rejected' };
}
