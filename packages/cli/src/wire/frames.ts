import {
  type Codec,
  Deframer,
  type DetailedFrame,
  type FairleadError,
  type FrameNoise,
  type Payload,
} from '@fairlead/tcp';

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

  /** Bytes that followed no rule and were passed over, where the framing allows that. */
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
