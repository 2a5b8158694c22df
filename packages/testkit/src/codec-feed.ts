import { FairleadError } from '@fairlead/core';
import { ByteWindow, type Codec, Deframer, tcpErrors } from '@fairlead/tcp';

/** The result of decoding some bytes. */
export interface Decoded<F> {
  /** Frames that were complete while bytes were fed. */
  readonly frames: F[];
  /** Frames that were completed by the silence or the close after the last byte. */
  readonly last: F[];
  /** The error that ended decoding. Errors outside the catalogue are thrown. */
  readonly failure: FairleadError | undefined;
}

/** How the input ends: the peer closes, or it is first silent for as long as the codec waits. */
export type Ending = 'close' | 'silence';

/**
 * The reference result: all bytes are in one buffer from the start, and the decoder is called until it returns no more. It ignores
 * hints, joins nothing and shares no code with the deframer.
 */
export function decodeWhole<F>(
  codec: Codec<F, never>,
  bytes: Uint8Array,
  ending: Ending = 'close',
): Decoded<F> {
  const decoder = codec.decoder();
  const window = new ByteWindow();
  window.bytes = copyOf(bytes);
  window.end = bytes.length;
  const decoded = { frames: [] as F[], last: [] as F[], failure: undefined as FairleadError | undefined };
  const take = (into: F[], next: (window: ByteWindow) => F | undefined): void => {
    while (window.length > 0 && decoded.failure === undefined) {
      const before = window.start;
      window.needed = 1;
      const frame = next(window);
      if (frame === undefined) return;
      if (window.start === before) throw new Error(`${codec.name} returned a frame without taking a byte`);
      into.push(frame);
    }
  };
  try {
    take(decoded.frames, (from) => decoder.decode(from));
    if (ending === 'silence') take(decoded.last, (from) => decoder.idle?.(from));
    take(decoded.last, (from) => decoder.decode(from));
    take(decoded.last, (from) => decoder.end?.(from));
    const size = window.length + (decoder.aside ?? 0);
    if (size > 0) decoded.failure = tcpErrors.error('FRAME_TRUNCATED', { size });
  } catch (error) {
    if (!(error instanceof FairleadError)) throw error;
    decoded.failure = error;
  }
  return decoded;
}

/** The same with a `Deframer`, split at the given offsets. `seen` is called with each frame as it is decoded. */
export function decodeChunks<F>(
  codec: Codec<F, never>,
  bytes: Uint8Array,
  cuts: readonly number[],
  ending: Ending = 'close',
  seen: (frame: F) => void = () => {},
): Decoded<F> {
  const deframer = new Deframer(codec.decoder(), codec.name);
  const frames: F[] = [];
  const last: F[] = [];
  const keep = (into: F[], some: F[]): void => {
    for (const frame of some) {
      into.push(frame);
      seen(frame);
    }
  };
  let from = 0;
  for (const cut of [...cuts, bytes.length]) {
    if (cut <= from) continue;
    keep(frames, deframer.push(copyOf(bytes.subarray(from, cut))));
    from = cut;
  }
  if (ending === 'silence') keep(last, deframer.idle());
  keep(last, deframer.end());
  return { frames, last, failure: deframer.failure };
}

/** A copy in separate memory, as a socket delivers it, so that a view of the wrong chunk is detected. */
function copyOf(bytes: Uint8Array): Buffer {
  return Buffer.from(Uint8Array.from(bytes).buffer);
}
