import { FairleadError } from '@fairlead/core';
import { ByteWindow, type Codec, Deframer, tcpErrors } from '@fairlead/tcp';

/** What a decoder made of some bytes. */
export interface Decoded<F> {
  /** Frames that came while bytes were fed. */
  readonly frames: F[];
  /** Frames that the silence or the close after the last byte completed. */
  readonly last: F[];
  /** What ended it. Anything but an error of the catalogue is thrown. */
  readonly failure: FairleadError | undefined;
}

/** How the bytes end: the peer closes, or first falls silent for as long as the codec waits. */
export type Ending = 'close' | 'silence';

/**
 * The oracle: all bytes lie in one buffer from the start, and the decoder is asked until it has no more. It honours no
 * hint, joins nothing and shares no code with the deframer.
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

/** The same through a `Deframer`, cut at the given offsets. `seen` is told of each frame when it comes. */
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

/** A copy in memory of its own, as a socket gives it, so that a view of the wrong chunk shows. */
function copyOf(bytes: Uint8Array): Buffer {
  return Buffer.from(Uint8Array.from(bytes).buffer);
}
