// The frames that are sent to a KNX interface.

import { be, concat, fromHex, u8 } from 'fairlead:helpers';
import { rawGroup } from './addresses.ts';
import { typeOf, type Values } from './datapoints.ts';
import type { Context } from './telegrams.ts';

/** The endpoint of TCP: the link itself. */
export const here = [8, 2, 0, 0, 0, 0, 0, 0];

export function frame(service: number, ...body: (Uint8Array | readonly number[])[]): Uint8Array {
  const bytes = concat(...body);
  return concat([0x06, 0x10], be(service, 2), be(6 + bytes.length, 2), bytes);
}

/** The header of the channel, with the next sequence number. */
export function next({ state }: Context): number[] {
  if (state.channel === undefined) throw new Error('there is no tunnel yet');
  const sequence = state.sequence ?? 0;
  state.sequence = (sequence + 1) % 256;
  return [4, state.channel, sequence, 0];
}

/** L_Data.req to a group: low priority, six hops; the interface fills in its own address. */
export function toGroup(
  ctx: Context,
  group: unknown,
  apci: number,
  short: number,
  data: Uint8Array,
): Uint8Array {
  const address = be(rawGroup(group), 2);
  const cemi = concat([0x11, 0, 0xbc, 0xe0, 0, 0], address, [1 + data.length, 0, apci | short], data);
  return frame(0x0420, next(ctx), cemi);
}

export function write(ctx: Context, { group, dpt, value, data }: Values): Uint8Array {
  if (data !== undefined) return toGroup(ctx, group, 0x80, 0, fromHex(String(data)));
  const type = typeOf(String(dpt ?? ctx.parameters.groups?.[String(group)]?.dpt ?? '1.001'));
  const bytes = type.write(value);
  return type.size === 0
    ? toGroup(ctx, group, 0x80, u8(bytes), new Uint8Array())
    : toGroup(ctx, group, 0x80, 0, bytes);
}

/** Attributes are written to the groups of their names. */
export function writeNamed(ctx: Context, values: Values): Uint8Array[] {
  const groups = Object.entries(ctx.parameters.groups ?? {});
  return Object.entries(values).map(([name, value]) => {
    const [group] = groups.find(([, of]) => of.name === name) ?? [];
    if (group === undefined) throw new Error(`no group has the name ${name}`);
    return write(ctx, { group, value });
  });
}
