import type { FairleadError } from '@fairlead/core';
import { type Codec, Deframer, type DetailedFrame, type FrameNoise, type Payload } from '@fairlead/tcp';

/**
 * Describes the input that a framing skipped, as readable lines; empty if it used every byte. The first reason is included, because
 * "resync" hides mistakes in a framing as well as noise on the line.
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

/** The frames of a stream of any length, and the offset of the first error. */
export class FrameSplitter {
  readonly #deframer: Deframer<DetailedFrame>;
  #length = 0;

  constructor(codec: Codec<DetailedFrame, Payload>) {
    this.#deframer = new Deframer(codec.decoder(), codec.name);
  }

  /** Set after bytes could not be framed. */
  get failure(): FairleadError | undefined {
    return this.#deframer.failure;
  }

  /** The offset of the first byte that is not framed. */
  get offset(): number {
    return this.#length - this.#deframer.pending;
  }

  /** The skipped input, if the framing allows skipping. */
  get noise(): FrameNoise {
    return this.#deframer.noise;
  }

  push(chunk: Buffer): DetailedFrame[] {
    this.#length += chunk.length;
    return this.#deframer.push(chunk);
  }

  /** Called at the end of the stream. Returns the frames that the end completes. */
  end(): DetailedFrame[] {
    return this.#deframer.end();
  }
}
