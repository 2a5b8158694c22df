// Meitrack trackers, after "Meitrack GPRS protocol V1.9".
//
//   $$ FLAG LENGTH , IMEI , COMMAND , content * CHECK CR LF       LENGTH decimal, from the comma after it to the end
//
// Content of AAA is text; of CCC records of 52 bytes; of CCE records of parameters, by size. Numbers there are
// little-endian, times seconds since 2000.

import { ascii } from 'fairlead:helpers';
import { type Context, type Message, packet, parse, type Result, type Values } from './message.ts';
import { parameterRecords } from './parameters.ts';
import { nextPart, photo } from './photos.ts';
import { records } from './records.ts';
import { report } from './texts.ts';

export function identify(bytes: Uint8Array) {
  return { id: parse(bytes).id };
}

export function uplink(bytes: Uint8Array, ctx: Context): Result | Result[] | undefined {
  const message = parse(bytes);
  const { id, command, content } = message;
  const results = (DECODERS[command] ?? report)(message, ctx);
  for (const { values } of results) if (values) Object.assign(values, { deviceId: id, messageType: command });
  Object.assign(results[0] ?? {}, answered(message));
  if (command === 'AAC') return [...results, { reply: packet('z', id, 'AAC,1') }];
  if (command === 'CCC') return [...results, { reply: packet(message.flag, id, `CCC,${results.length}`) }];
  if (command === 'D03') return [...results, { reply: packet('O', id, 'D00,camera_picture.jpg,0') }];
  const next = command === 'D00' ? nextPart(ascii(content)) : undefined;
  return next === undefined ? results : [...results, { reply: packet('O', id, next) }];
}

export function downlink({ values }: { values: { method: string; params?: Values } }, ctx: Context) {
  const content = command(values.method, values.params ?? {});
  return { send: packet('A', ctx.identity ?? '', content), id: content.slice(0, 3) };
}

/** An answer has the code of its command; the answer to A10 is a report with the event 34. Others are sent by the device itself. */
function answered({ command, content }: Message): Pick<Result, 'answers' | 'refused'> {
  const text = ascii(content.subarray(0, 40));
  if (command === 'AAA') return text.startsWith('34,') ? { answers: 'A10' } : {};
  if (['AAC', 'CCC', 'CCE', 'D00', 'D03'].includes(command)) return {};
  return { answers: command, ...(/^(err|fail)/i.test(text) && { refused: text }) };
}

function command(method: string, params: Values): string {
  switch (method) {
    case 'relay':
      return params.on ? 'C01,0,12222' : 'C01,0,02222';
    case 'locate':
      return 'A10';
    case 'interval':
      return `A12,${Math.round(Number(params.seconds) / 10)}`;
    case 'arm':
      return params.on ? 'C01,0,22122' : 'C01,0,22022';
    case 'reboot':
      return 'F02';
    case 'text':
      return String(params.text);
    default:
      throw new Error(`unknown command ${method}: use relay, locate, interval, arm, reboot or text`);
  }
}

const DECODERS: Record<string, (message: Message, ctx: Context) => Result[]> = {
  CCC: records,
  CCE: parameterRecords,
  D00: photo,
  D03: () => [],
  AAC: () => [],
};
