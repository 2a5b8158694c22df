// Commands to the coordinator.

import { concat, fromHex, le, xor8 } from 'fairlead:helpers';
import type { Values } from './layouts.ts';

export interface Context {
  type?: string;
  state: { known?: boolean; transaction?: number };
}

export function frame(command: string, ...content: (Uint8Array | readonly number[] | number)[]): Uint8Array {
  const body = concat(...content);
  if (body.length > 250) throw new Error(`a content has 250 bytes at most, not ${body.length}`);
  const checked = concat(body.length, fromHex(command), body);
  return concat(0xfe, checked, xor8(checked));
}

function within(name: string, value: unknown, least: number, most: number): number {
  const number = Number(value);
  if (value === undefined || !Number.isInteger(number) || number < least || number > most)
    throw new Error(`${name} must be a whole number from ${least} to ${most}`);
  return number;
}

/** AF_DATA_REQUEST from our endpoint 1, with 30 hops at most. */
function dataRequest(
  { state }: Context,
  { address, endpoint }: Values,
  cluster: number,
  zcl: (sequence: number) => Uint8Array,
): Uint8Array {
  const transaction = ((state.transaction ?? 0) + 1) % 256;
  state.transaction = transaction;
  const content = zcl(transaction);
  const to = le(within('address', address, 0, 0xffff), 2);
  const head = [within('endpoint', endpoint ?? 1, 1, 254), 1];
  return frame('2401', to, head, le(cluster, 2), [transaction, 0x30, 30, content.length], content);
}

export const commands: Record<string, (params: Values, ctx: Context) => Uint8Array> = {
  ping: () => frame('2101'),
  version: () => frame('2102'),
  info: () => frame('2700'),
  reset: ({ type = 'soft' }) => {
    if (type !== 'soft' && type !== 'hard') throw new Error('type must be soft or hard');
    return frame('4100', type === 'soft' ? 1 : 0);
  },
  start: () => frame('2540', le(100, 2)),
  register: ({ endpoint = 1 }) =>
    frame('2400', within('endpoint', endpoint, 1, 240), le(0x0104, 2), le(5, 2), [0, 0, 0, 0]),
  permitJoin: ({ seconds }) => frame('2536', 0x0f, le(0xfffc, 2), within('seconds', seconds, 0, 254), 0),
  output: (params, ctx) => {
    if (typeof params.on !== 'boolean') throw new Error('on must be true or false');
    return dataRequest(ctx, params, 6, (sequence) => Uint8Array.of(1, sequence, params.on ? 1 : 0));
  },
  read: (params, ctx) => {
    const list = Array.isArray(params.attributes) ? params.attributes : [params.attributes];
    const attributes = list.map((attribute) => le(within('attributes', attribute, 0, 0xffff), 2));
    return dataRequest(ctx, params, within('cluster', params.cluster, 0, 0xffff), (sequence) =>
      concat(0x10, sequence, 0, ...attributes),
    );
  },
  zcl: (params, ctx) =>
    dataRequest(ctx, params, within('cluster', params.cluster, 0, 0xffff), () =>
      fromHex(String(params.payload)),
    ),
  raw: ({ command, payload = '' }) => {
    if (!/^[0-9a-f]{4}$/i.test(String(command))) throw new Error(`a command has four hex digits: ${command}`);
    return frame(String(command), fromHex(String(payload)));
  },
};
