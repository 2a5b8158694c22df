// Queclink trackers, after the "@Track Air Interface Protocol" of several models.
//
//   +RESP:GTxxx,VERSION,IMEI,name,..,SENT,COUNT$     report; +BUFF: one that was stored
//   +ACK:GTxxx,VERSION,IMEI,..,SENT,COUNT$           answer to a command; +ACK:GTHBD is the heartbeat
//
// The layout depends on the model. A place is found by its form, wherever it stands:
//   accuracy,speed,course,altitude,longitude,latitude,YYYYMMDDhhmmss,mcc,mnc,area,cell, then what the model appends.

import { places } from './places.ts';
import { parse, type Report, type Result, type Values } from './report.ts';
import { describe } from './types.ts';

interface Context {
  parameters: { password: string; acknowledge: boolean };
  state: { serial?: number };
}

export function identify(bytes: Uint8Array) {
  return { id: parse(bytes).id };
}

export function uplink(bytes: Uint8Array, ctx: Context): Result[] {
  const report = parse(bytes);
  if (report.kind === 'ACK') return acknowledgement(report);
  const results = places(report);
  const last = results.at(-1) as Result;
  const values = last.values as Values;
  describe(report, values);
  if (results.length === 1 && values.latitude === undefined && Object.keys(values).length === 4)
    values.raw = report.fields.join(',');
  if (ctx.parameters.acknowledge) last.reply = `+SACK:${report.count}$`;
  return results;
}

export function downlink({ values }: { values: { method: string; params?: Values } }, ctx: Context) {
  const number = ((ctx.state.serial ?? 0) % 0xffff) + 1;
  const send = command(values, ctx, number.toString(16).toUpperCase().padStart(4, '0'));
  const id = /,([\dA-F]{4})\$$/i.exec(send)?.[1]?.toUpperCase();
  ctx.state.serial = number;
  return id === undefined ? send : { send, id };
}

/** @param serial number of the command, which its acknowledgement repeats */
function command(
  { method, params = {} }: { method: string; params?: Values },
  ctx: Context,
  serial: string,
): string {
  const { password } = ctx.parameters;
  switch (method) {
    case 'relay':
      return `AT+GTOUT=${password},${params.on ? 1 : 0},,,0,0,0,0,0,0,0,,,,,,,${serial}$`;
    case 'locate':
      return `AT+GTRTO=${password},1,,,,,,${serial}$`;
    case 'reboot':
      return `AT+GTRTO=${password},3,,,,,,${serial}$`;
    case 'text':
      return String(params.text);
    default:
      throw new Error(`unknown command ${method}: use relay, locate, reboot or text`);
  }
}

function acknowledgement({ type, version, id, fields, sent, count }: Report): Result[] {
  if (type === 'HBD') return [{ reply: `+SACK:GTHBD,${version},${count}$` }];
  const values = { deviceId: id, messageType: type, message: `ACK:GT${type}`, count, raw: fields.join(',') };
  const serial = fields.at(-1) ?? '';
  const answers = /^[\dA-F]{4}$/i.test(serial) ? serial.toUpperCase() : undefined;
  return [{ values, ...(sent && { time: sent }), ...(answers && { answers }) }];
}
