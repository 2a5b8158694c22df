import type { JournaledUplink } from './uplink-record.ts';

const BRACE = 0x7d;
const WHITE = /^[ \t\r\n]*$/;

/**
 * The payload with a last key `_origin`, where it is a JSON object; else as it is. The key is the last one, because the last of
 * equal keys counts: a device cannot set it.
 */
export function withOrigin({ device, origin, kind, payload }: JournaledUplink): Buffer {
  const end = payload.lastIndexOf(BRACE);
  const start = payload.indexOf(0x7b);
  if (kind === 'raw' || end < 0 || start < 0) return payload;
  const isEmpty =
    WHITE.test(payload.toString('latin1', start + 1, Math.min(end, start + 65))) && end < start + 65;
  const { epoch, seq } = origin;
  const text = `${isEmpty ? '' : ','}"_origin":${JSON.stringify({ device: device.name, epoch, seq })}`;
  return Buffer.concat([payload.subarray(0, end), Buffer.from(text), payload.subarray(end)]);
}
