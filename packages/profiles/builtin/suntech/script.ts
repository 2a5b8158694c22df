// Suntech trackers, after the protocol descriptions of the ST300 series and of the universal protocol (ST4000 series).
//
//   STnnnTTT;ID;fields CR       series 200 to 900: model and type in the first field
//   TTT;ID;MASK;fields CR       universal: a bit of MASK for each field
//   8x 00  LENGTH (1)  ID (BCD, 5)  MASK (3)  fields      universal, binary
//   02  LENGTH (2)  10  ID (BCD, 5)  fields               compressed

import { ascii, bcd } from 'fairlead:helpers';
import { compressed } from './compressed.ts';
import { Fields, type Values } from './fields.ts';
import { series2, series4, series9 } from './series.ts';
import { binary, type Context, type Result, universal } from './universal.ts';

const COMPRESSED = 0x02;
const isBinary = (bytes: Uint8Array): boolean => bytes[1] === 0 && bytes[0] !== COMPRESSED;

export function identify(bytes: Uint8Array) {
  if (bytes[0] === COMPRESSED) return { id: bcd(bytes, 4, 5).slice(0, 9) };
  if (isBinary(bytes)) return { id: bcd(bytes, 3, 5) };
  return { id: parse(bytes).id };
}

export function uplink(bytes: Uint8Array, ctx: Context): Result | undefined {
  if (bytes[0] === COMPRESSED) return compressed(bytes);
  if (isBinary(bytes)) return binary(bytes, ctx);
  const { model, type, id, fields } = parse(bytes);
  ctx.state.prefix = model;
  if (type === 'ALV') return undefined;
  const values: Values = { deviceId: id, messageType: type };
  const time = text(values, model, type, fields);
  return { values, ...(time && { time }) };
}

export function downlink({ values }: { values: { method: string; params?: Values } }, ctx: Context): string {
  const prefix = ctx.state.prefix ?? '';
  const content = command(prefix === '', values.method, values.params ?? {});
  return `${prefix}CMD;${ctx.identity};${content}\r`;
}

function command(universal: boolean, method: string, params: Values): string {
  switch (method) {
    case 'relay':
      if (universal) return params.on ? '04;01' : '04;02';
      return params.on ? '02;Enable1' : '02;Disable1';
    case 'locate':
      return universal ? '03;01' : '02;StatusReq';
    case 'reboot':
      return universal ? '03;03' : '02;Reboot';
    case 'text':
      return String(params.text);
    default:
      throw new Error(`unknown command ${method}: use relay, locate, reboot or text`);
  }
}

interface Sentence {
  model: string;
  type: string;
  id: string;
  fields: string[];
}

/** ST910 writes the type in a field of its own; an answer has "Res" before the identity. */
function parse(bytes: Uint8Array): Sentence {
  const all = ascii(bytes)
    .replace(/^[\r\n]+/, '')
    .split(';');
  const [, model = '', short] = /^(S[AT]\d{3})?(\w{3})?$/.exec(all[0] ?? '') ?? [];
  let fields = all.slice(1);
  let type = short ?? '';
  if (model !== '' && short === undefined) [type = '', ...fields] = fields;
  if (fields[0] === 'Res') {
    fields = fields.slice(1);
    type = 'RES';
  }
  const [id = '', ...rest] = fields;
  if (type === '' || !/^[\dA-F]{4,20}$/i.test(id)) throw new Error('not a message of Suntech');
  return { model, type, id, fields: rest };
}

function text(values: Values, model: string, type: string, fields: string[]): Date | undefined {
  if (type === 'RES' || type === 'CMD') {
    values.message = fields.join(';');
    return undefined;
  }
  const list = new Fields(fields);
  if (model === '') return UNIVERSAL.has(type) ? universal(values, type, list) : unknown(values, fields);
  if (type === 'HTE') {
    values.driver = fields.at(-1);
    return undefined;
  }
  if (model.startsWith('ST9')) return series9(values, type, list);
  if (model.startsWith('ST4') && (type === 'STT' || type === 'ALT')) return series4(values, type, list);
  return REPORTS.has(type) ? series2(values, model, type, list) : unknown(values, fields);
}

function unknown(values: Values, fields: string[]): undefined {
  values.raw = fields.join(';');
  return undefined;
}

const UNIVERSAL = new Set(['STT', 'ALT', 'BLE', 'UEX', 'EMG', 'EVT']);
const REPORTS = new Set(['STT', 'EMG', 'EVT', 'ALT', 'UEX']);
