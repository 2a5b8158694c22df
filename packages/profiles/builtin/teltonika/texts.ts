// Codecs 12 to 15: what the device answers or its serial port received.

import { ascii, bcd, dateUnix, hex, Reader } from 'fairlead:helpers';
import type { Result, Values } from './values.ts';

export const CODEC_12 = 0x0c;
export const CODEC_13 = 0x0d;
export const CODEC_14 = 0x0e;
export const CODEC_15 = 0x0f;

/** Commands of codec 12 are answered in their order, without a number. */
export const COMMAND = 'command';
/** Types of codecs 12 to 14: an answer to a command, and that a command was not done. */
const ANSWER = 6;
const NOT_DONE = 0x11;

export function textRecord(reader: Reader, codec: number): Result {
  const type = reader.u8();
  const part = new Reader(reader.take(reader.u32()));
  const values: Values = { type };
  const time = codec === CODEC_13 || codec === CODEC_15 ? dateUnix(part.u32()) : undefined;
  if (codec === CODEC_14 || codec === CODEC_15) values.deviceId = bcd(part.take(8)).replace(/^0/, '');
  const data = part.take(part.left);
  const printable = data.every(
    (byte) => byte === 9 || byte === 10 || byte === 13 || (byte >= 32 && byte < 127),
  );
  if (!printable) values.raw = hex(data);
  else text(values, ascii(data).trim());
  const answers = codec !== CODEC_13 && (type === ANSWER || type === NOT_DONE);
  return {
    values,
    ...(time && { time }),
    ...(answers && { answers: COMMAND }),
    ...(type === NOT_DONE && answers && { refused: 'not done' }),
  };
}

function text(values: Values, message: string): void {
  values.message = message;
  const driver = /^GTSL\|[^|]*\|[^|]*\|[^|]*\|(\w+)/.exec(message)?.[1];
  if (driver) values.driver = driver;
}
