// Layouts of JT/T 808 messages: one function for each.

import { be, decodeText, hex, Reader } from 'fairlead:helpers';
import { signed16 } from './item.ts';
import { type Decoder, one } from './layout.ts';
import { location } from './location.ts';
import type { Message, Result, Values } from './message.ts';
import { date } from './position.ts';

export const gbk = (body: Reader, size: number): string =>
  decodeText(body.take(size), 'gbk').replaceAll('\0', '').trim();

export const registration = one((values, body, { version }) => {
  const [maker, model, id] = version !== undefined ? [11, 30, 30] : body.left < 37 ? [5, 8, 7] : [5, 20, 7];
  values.province = body.u16();
  values.city = body.u16();
  values.maker = gbk(body, maker);
  if (body.left < model + id + 1) return;
  values.model = gbk(body, model);
  values.serial = gbk(body, id);
  values.plateColour = body.u8();
  values.plate = gbk(body, body.left);
});

export const attributes = one((values, body, { version }) => {
  values.terminalType = body.u16();
  values.maker = gbk(body, 5);
  values.model = gbk(body, version === undefined ? 20 : 30);
  values.serial = gbk(body, version === undefined ? 7 : 30);
  values.iccid = body.hex(10);
  if (body.left > 0) values.hardware = gbk(body, body.u8());
  if (body.left > 0) values.firmware = gbk(body, body.u8());
});

/** Why a terminal did not do what it was told; 0: it did. */
const REFUSALS = ['', 'failed', 'the message is wrong', 'not supported'];

export function generalAnswer({ body }: Message): Result[] {
  const values = { commandIndex: body.u16(), command: body.u16(), result: body.u8() };
  const refused = values.result > 0 && (REFUSALS[values.result] ?? `result ${values.result}`);
  return [{ values, answers: values.commandIndex, refused }];
}

/** What answers a command with more than its success begins with the command's serial number. */
export const answering = (decode: Decoder): Decoder => {
  return (message) => {
    const results = decode(message);
    const answers = results[0]?.values?.commandIndex;
    return typeof answers === 'number' ? [{ ...results[0], answers }, ...results.slice(1)] : results;
  };
};

export function locationAnswer(message: Message): Result[] {
  const index = message.body.u16();
  const result = location(message.body, message.zone);
  return [{ ...result, values: { commandIndex: index, ...result.values } }];
}

export function batch(message: Message): Result[] {
  const { type, body, zone } = message;
  if (type === 0x0210 && body.left === 7) {
    const battery = body.u8();
    const time = date(body, zone);
    return [{ values: { battery }, ...(time && { time }) }];
  }
  const count = type === 0x0704 ? body.u16() : undefined;
  const archive = type === 0x0704 ? body.u8() > 0 : false;
  const results: Result[] = [];
  while (body.left > 0) {
    const size = type === 0x0704 ? body.u16() : body.u8();
    const result = location(new Reader(body.take(size)), zone);
    results.push({ ...result, values: { ...result.values, ...(archive && { archive }) } });
  }
  if (count !== undefined && count !== results.length)
    throw new Error(`the batch announces ${count} positions and has ${results.length}`);
  return results;
}

export const driver = one((values, body, { zone }) => {
  values.cardStatus = body.u8();
  const time = date(body, zone);
  if (body.left === 0) return time;
  values.cardResult = body.u8();
  if (body.left === 0) return time;
  values.driver = gbk(body, body.u8());
  values.certificate = gbk(body, 20);
  values.agency = gbk(body, body.u8());
  return time;
});

export const canBus = one((values, body) => {
  const count = body.u16();
  body.skip(5); // time of the day
  values.canData = Array.from({ length: count }, () => ({ id: body.u32(), data: body.hex(8) }));
});

export function mediaOf(body: Reader): Values {
  return { id: body.u32(), type: body.u8(), format: body.u8(), event: body.u8(), channel: body.u8() };
}

export function mediaUpload({ body, zone }: Message): Result[] {
  const media = mediaOf(body);
  const { values, time } = location(new Reader(body.take(28)), zone);
  return [{ values: { ...values, media: { ...media, bytes: body.left } }, ...(time && { time }) }];
}

export const settings = one((values, body) => {
  values.commandIndex = body.u16();
  const count = body.u8();
  const list: Values = {};
  for (let i = 0; i < count; i++) list[hex(be(body.u32(), 4))] = body.hex(body.u8());
  values.settings = list;
});

export const acceleration = one((values, body, { zone }) => {
  const list: number[][] = [];
  let first: Date | undefined;
  while (body.left >= 12) {
    first ??= date(body, zone);
    if (list.length > 0) body.skip(6);
    list.push([signed16(body.u16()), signed16(body.u16()), signed16(body.u16())]);
  }
  values.acceleration = list;
  return first;
});
