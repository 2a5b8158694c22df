import type { Readable } from 'node:stream';
import type { Clock, Timer } from '@fairlead/core';

/** A body whose client must take something of it from time to time. */
interface Progress {
  readonly clock: Clock;
  /** Milliseconds without progress. */
  readonly idle: number;
  /** The stream of the body. */
  stream(): Readable;
  /** What ends the stream. */
  late(): Error;
}

/** Gives up when nothing is taken for a while: what the body holds is free then. */
export async function* progressing<T>(
  parts: AsyncIterable<T>,
  { clock, idle, stream, late }: Progress,
): AsyncGenerator<T> {
  let timer: Timer | undefined;
  try {
    for await (const part of parts) {
      timer = clock.after(idle, () => stream().destroy(late()));
      yield part;
      clock.clear(timer);
    }
  } finally {
    clock.clear(timer);
  }
}
