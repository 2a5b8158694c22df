// Packets that are sent.

import { be, concat, fromHex, le, toVarint, utf8Bytes } from 'fairlead:helpers';
import { nodeName, type Values } from './fields.ts';

export interface Context {
  time: number;
  type?: string;
  state: { asked?: boolean; packet?: number; own?: number };
  parameters: { configId?: number };
}

const varintField = (field: number, value: number): Uint8Array =>
  concat(toVarint(field * 8), toVarint(value));
const fixedField = (field: number, value: number): Uint8Array =>
  concat(toVarint(field * 8 + 5), le(value, 4));
export const bytesField = (field: number, bytes: Uint8Array): Uint8Array =>
  concat(toVarint(field * 8 + 2), toVarint(bytes.length), bytes);

export function frame(...fields: Uint8Array[]): Uint8Array {
  const content = concat(...fields);
  if (content.length > 512) throw new Error(`a message has 512 bytes at most, not ${content.length}`);
  return concat([0x94, 0xc3], be(content.length, 2), content);
}

export const wantConfig = ({ parameters }: Context): Uint8Array =>
  frame(varintField(3, Number(parameters.configId ?? 69_420)));

function nodeNumber(text: unknown): number {
  const match = /^!?([0-9a-f]{8})$/i.exec(String(text));
  if (match === null) throw new Error(`a node is as !28b5465c, not ${text}`);
  return Number.parseInt(match[1] as string, 16);
}

/** Numbers of packets must not come again soon: the time and a counter. */
function nextPacket(ctx: Context): number {
  const packet = (ctx.state.packet ?? Math.floor(ctx.time / 1_000)) + 1;
  ctx.state.packet = packet;
  return packet % 2 ** 32 || 1;
}

interface Sending {
  readonly to: unknown;
  readonly port: number;
  readonly payload: Uint8Array;
  readonly channel?: unknown;
  readonly wantResponse?: boolean;
}

function send(ctx: Context, { to, port, payload, channel = 0, wantResponse = false }: Sending): Uint8Array {
  const index = Number(channel);
  if (!Number.isInteger(index) || index < 0 || index > 7)
    throw new Error(`channel must be 0 to 7, not ${channel}`);
  const decoded = [
    varintField(1, port),
    bytesField(2, payload),
    ...(wantResponse ? [varintField(3, 1)] : []),
  ];
  const fields = [
    fixedField(2, nodeNumber(to)),
    ...(index > 0 ? [varintField(3, index)] : []),
    bytesField(4, concat(...decoded)),
    fixedField(6, nextPacket(ctx)),
    varintField(10, 1),
  ];
  return frame(bytesField(1, concat(...fields)));
}

const everyone = '!ffffffff';
const nothing = new Uint8Array();

export const commands: Record<string, (params: Values, ctx: Context) => Uint8Array> = {
  text: ({ text, to = everyone, channel }, ctx) => {
    const payload = utf8Bytes(String(text ?? ''));
    if (payload.length === 0 || payload.length > 233) throw new Error('a text has 1 to 233 bytes');
    return send(ctx, { to, port: 1, payload, channel });
  },
  position: ({ to, channel }, ctx) =>
    send(ctx, { to, port: 3, payload: nothing, channel, wantResponse: true }),
  telemetry: ({ to, channel }, ctx) =>
    send(ctx, { to, port: 67, payload: nothing, channel, wantResponse: true }),
  traceroute: ({ to, channel }, ctx) =>
    send(ctx, { to, port: 70, payload: nothing, channel, wantResponse: true }),
  reboot: ({ to, seconds = 5 }, ctx) => {
    const own = ctx.state.own === undefined ? undefined : nodeName(ctx.state.own);
    const delay = Number(seconds);
    if (!Number.isInteger(delay) || delay < 0 || delay > 86_400)
      throw new Error('seconds must be 0 to 86400');
    return send(ctx, { to: to ?? own, port: 6, payload: varintField(97, delay) });
  },
  configuration: (_, ctx) => wantConfig(ctx),
  raw: ({ port, payload = '', to = everyone, channel }, ctx) => {
    if (!Number.isInteger(port) || Number(port) < 0 || Number(port) > 511)
      throw new Error('port must be 0 to 511');
    return send(ctx, { to, port: Number(port), payload: fromHex(String(payload)), channel });
  },
};
