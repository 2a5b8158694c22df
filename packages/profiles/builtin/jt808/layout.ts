// What the layouts of JT/T 808 messages share.

import type { Reader } from 'fairlead:helpers';
import type { Message, Result, Values } from './message.ts';

export type Decoder = (message: Message) => Result[];

export const one = (fill: (values: Values, body: Reader, message: Message) => Date | undefined): Decoder => {
  return (message) => {
    const values: Values = {};
    const time = fill(values, message.body, message);
    return Object.keys(values).length > 0 ? [{ values, ...(time && { time }) }] : [];
  };
};

export function unknown({ type, part, body }: Message): Result[] {
  if (body.left === 0) return [];
  const raw = body.hex(body.left);
  return [{ values: { messageType: type, raw, ...(part && { index: part.index, count: part.total }) } }];
}
