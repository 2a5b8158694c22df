// Objects that the parameter "points" names.

import type { Context } from 'fairlead:helpers';
import type { Values } from './parts.ts';

interface Point {
  readonly ioa: number;
  readonly name: string;
  readonly ca?: number;
  readonly scale?: number;
  readonly type?: number;
}

export const pointsOf = ({ parameters }: Context): Point[] => (parameters.points ?? []) as Point[];

export function named(objects: Values[], ca: number, ctx: Context): Values {
  const values: Values = {};
  for (const { ioa, name, ca: own = ca, scale = 1 } of pointsOf(ctx)) {
    const found = own === ca ? objects.find((object) => object.ioa === ioa) : undefined;
    if (typeof found?.value === 'number') values[name] = Number((found.value * scale).toPrecision(12));
  }
  return values;
}
