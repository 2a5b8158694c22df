import type { FairleadError } from '@fairlead/core';
import { type Codec, Deframer, type DetailedFrame, type FrameNoise, type Payload } from '@fairlead/tcp';

/**
 * What a framing passed over, as lines for people: nothing where it took every byte. The first reason is among them, as
 * "resync" hides a mistake in a framing as well as noise on the line.
 */
export function passedOver({ skipped, dropped, timedOut = 0, reason }: FrameNoise): string {
  const lines: string[] = [];
  if (skipped > 0) lines.push(`Skipped ${counted(skipped, 'byte')} outside of frames.`);
  if (dropped > 0) lines.push(`Dropped ${counted(dropped, 'frame')} with a wrong checksum.`);
  if (timedOut > 0)
    lines.push(
      `Skipped ${counted(timedOut, 'frame')} that ${timedOut === 1 ? 'was' : 'were'} not complete in time.`,
    );
  if (lines.length > 0 && reason !== undefined) lines.push(`First reason: ${reason.code}: ${reason.message}`);
  return lines.map((line) => `${line}\n`).join('');
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

/** Frames of a stream of any length, and where it stopped to follow the framing. */
export class FrameSplitter {
  readonly #deframer: Deframer<DetailedFrame>;
  #length = 0;

  constructor(codec: Codec<DetailedFrame, Payload>) {
    this.#deframer = new Deframer(codec.decoder(), codec.name);
  }

  /** Set once bytes could not be framed. */
  get failure(): FairleadError | undefined {
    return this.#deframer.failure;
  }

  /** Where the bytes begin that have not been framed. */
  get offset(): number {
    return this.#length - this.#deframer.pending;
  }

  /** What was passed over, where the framing allows that. */
  get noise(): FrameNoise {
    return this.#deframer.noise;
  }

  push(chunk: Buffer): DetailedFrame[] {
    this.#length += chunk.length;
    return this.#deframer.push(chunk);
  }

  /** The stream has ended: the frames that its end completes. */
  end(): DetailedFrame[] {
    return this.#deframer.end();
  }
}
