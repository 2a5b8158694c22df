// Messages that are sent.

import { be, type Context, concat, type Request } from 'fairlead:helpers';
import { ROSPEC } from './codes.ts';

/** A request, whose answer has its type plus ten and its id. */
export function ask(type: number, body: Uint8Array, ctx: Context): Request {
  const id = nextId(ctx);
  return {
    send: message(type, id, body),
    expect: [
      { at: 1, bytes: Uint8Array.of(type + 10) },
      { at: 6, bytes: be(id, 4) },
    ],
    data: { type },
  };
}

export function nextId({ state }: Context): number {
  const id = (Number(state.id ?? 0) % 0x7fffffff) + 1;
  state.id = id;
  return id;
}

export const message = (type: number, id: number, body: Uint8Array, version = 1): Uint8Array =>
  concat(be((version << 10) | type, 2), be(10 + body.length, 4), be(id, 4), body);

export const parameter = (type: number, ...parts: (Uint8Array | number)[]): Uint8Array => {
  const body = concat(...parts);
  return concat(be(type, 2), be(4 + body.length, 2), body);
};

/** SET_READER_CONFIG: nothing is reset; keepalives by time, or none. */
export const keepaliveSpec = (seconds: number): Uint8Array =>
  concat(0, parameter(220, seconds > 0 ? 1 : 0, be(Math.round(seconds * 1_000), 4)));

/** Starts at once and goes on; reports each tag with antenna, channel, RSSI, times and count. */
export function rospec({ parameters }: Context): Uint8Array {
  const antennas = (parameters.antennas as number[]).map((antenna) => be(antenna, 2));
  const boundary = parameter(178, parameter(179, 1), parameter(182, 0, be(0, 4)));
  const inventory = parameter(
    183,
    be(antennas.length, 2),
    ...antennas,
    parameter(184, 0, be(0, 4)),
    parameter(186, be(1, 2), 1),
  );
  const reporting = parameter(237, 1, be(1, 2), parameter(238, be(0x1f80, 2)));
  return parameter(177, be(ROSPEC, 4), 0, 0, boundary, inventory, reporting);
}
