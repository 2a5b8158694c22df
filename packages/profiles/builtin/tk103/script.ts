// TK103 trackers, after "TK103 GPRS communication protocol V1.6".
//
//   (ID TYPE content)    ID of 12 or 15 digits, TYPE of 4 characters, no separators, dates yymmdd
//   (ID,TYPE,content)    later devices, dates ddmmyy
//
//   position   yymmdd A ddmm.mmmmN dddmm.mmmmE speed hhmmss course mains acc io io io fuel L odometer ..

import { ascii } from 'fairlead:helpers';
import type { Message, Values } from './message.ts';
import { cellList, DECODERS, network } from './others.ts';
import { position } from './positions.ts';

interface Context {
  identity?: string;
}
interface Result {
  values?: Values;
  time?: Date;
  reply?: string;
}

export function identify(bytes: Uint8Array) {
  const { id, type } = parse(bytes);
  return type === 'BP00' ? { id, reply: `(${id}AP01HSO)`, consumed: true } : { id };
}

export function uplink(bytes: Uint8Array): Result | undefined {
  const message = parse(bytes);
  const { id, type } = message;
  if (type === 'BP00') return { reply: `(${id}AP01HSO)` };
  const { values, time } = decoder(message)(message);
  return {
    values: { deviceId: id, messageType: type, ...values },
    ...(time && { time }),
    ...(type === 'BP05' && { reply: `(${id}AP05)` }),
  };
}

export function downlink({ values }: { values: { method: string; params?: Values } }, ctx: Context): string {
  return `(${ctx.identity}${command(values.method, values.params ?? {})})`;
}

function command(method: string, params: Values): string {
  switch (method) {
    case 'relay':
      return params.on ? 'AV010' : 'AV011';
    case 'locate':
      return 'AP00';
    case 'interval':
      return `AR00${Number(params.seconds).toString(16).toUpperCase().padStart(4, '0')}0000`;
    case 'reboot':
      return 'AT00';
    case 'text':
      return String(params.text);
    default:
      throw new Error(`unknown command ${method}: use relay, locate, interval, reboot or text`);
  }
}

function parse(bytes: Uint8Array): Message {
  const text = ascii(bytes.subarray(1, bytes.length - 1));
  const [, id, comma, type, content] =
    /^(\d{10,15}|[\dA-Z]{12})(,?)([A-Z][\dA-Z]{3})([\s\S]*)$/.exec(text) ?? [];
  if (id === undefined || type === undefined || content === undefined)
    throw new Error('not a message of TK103');
  return { id, type, content: content.replace(/^,/, ''), commas: comma === ',' };
}

function decoder({ type, content }: Message): (message: Message) => { values: Values; time?: Date } {
  if (content.includes('{') && content.includes('}')) return cellList;
  if (type.startsWith('DW5') || type === 'DW60' || type === 'DW62') return network;
  return DECODERS[type] ?? position;
}
