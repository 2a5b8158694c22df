/**
 * An uplink as a record of the journal, integers big-endian:
 *
 * ```text
 *  0      KIND       1 attributes, 2 events, 3 raw
 *  1..8   TIME       double, Unix milliseconds
 *  9..14  EPOCH      of the origin
 * 15..20  SEQ        of the origin
 * 21..22  ID         bytes of the id of the origin's device
 * 23..24  NAME       bytes of the device's name
 * 25..    the id, the name, the payload
 * ```
 */
import type { Uplink, UplinkKind } from '../ports.ts';

const KINDS: readonly UplinkKind[] = ['attributes', 'events', 'raw'];
const HEAD = 25;

/** What is left of an uplink when its device may be gone. */
export interface JournaledUplink {
  readonly device: { readonly name: string };
  readonly kind: UplinkKind;
  readonly time: number;
  readonly payload: Buffer;
  readonly origin: Uplink['origin'];
}

/** Fits `RecordFormat` of `@fairlead/journal`. */
export const uplinkRecord = {
  size: ({ device, origin, payload }: Uplink): number =>
    HEAD + Buffer.byteLength(origin.device) + Buffer.byteLength(device.name) + payload.length,

  mark: ({ origin }: Uplink): number => origin.epoch,

  write({ device, kind, time, payload, origin }: Uplink, into: Buffer, at: number): void {
    into[at] = 1 + KINDS.indexOf(kind);
    into.writeDoubleBE(time, at + 1);
    into.writeUIntBE(origin.epoch, at + 9, 6);
    into.writeUIntBE(origin.seq, at + 15, 6);
    const id = into.write(origin.device, at + HEAD);
    const name = into.write(device.name, at + HEAD + id);
    into.writeUInt16BE(id, at + 21);
    into.writeUInt16BE(name, at + 23);
    into.set(payload, at + HEAD + id + name);
  },
};

/** undefined: written by another version, which knows more. */
export function readUplink(bytes: Buffer): JournaledUplink | undefined {
  const kind = KINDS[(bytes[0] ?? 0) - 1];
  if (kind === undefined || bytes.length < HEAD) return undefined;
  const name = HEAD + bytes.readUInt16BE(21);
  const payload = name + bytes.readUInt16BE(23);
  return {
    device: { name: bytes.toString('utf8', name, payload) },
    kind,
    time: bytes.readDoubleBE(1),
    payload: bytes.subarray(payload),
    origin: {
      device: bytes.toString('utf8', HEAD, name),
      epoch: bytes.readUIntBE(9, 6),
      seq: bytes.readUIntBE(15, 6),
    },
  };
}
