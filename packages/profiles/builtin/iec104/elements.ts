// Elements of commands.

import { type Context, concat, f32leBytes, le, zoneMinutes } from 'fairlead:helpers';

export function setpoint(
  kind: string,
  value: unknown,
  select: number,
  send: (type: number, element: Uint8Array) => Uint8Array[],
): Uint8Array[] {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new Error('value: expected a number');
  if (kind === 'float') return send(50, concat(f32leBytes(value), select));
  if (kind === 'scaled') return send(49, concat(le(Math.round(value), 2), select));
  if (kind !== 'normalized') throw new Error('kind is normalized, scaled or float');
  if (value < -1 || value >= 1) throw new Error('a normalized value is from -1 to below 1');
  return send(48, concat(le(Math.min(Math.round(value * 32_768), 32_767), 2), select));
}

export function timeBytes(time: unknown, ctx: Context): Uint8Array {
  const moment = time === undefined ? ctx.time : Date.parse(String(time));
  if (Number.isNaN(moment)) throw new Error(`not a time: ${String(time).slice(0, 40)}`);
  const date = new Date(moment + zoneMinutes(String(ctx.parameters.timezone)) * 60_000);
  const ms = date.getUTCSeconds() * 1_000 + date.getUTCMilliseconds();
  const day = date.getUTCDate() + ((date.getUTCDay() || 7) << 5);
  return concat(
    le(ms, 2),
    date.getUTCMinutes(),
    date.getUTCHours(),
    day,
    date.getUTCMonth() + 1,
    date.getUTCFullYear() % 100,
  );
}
