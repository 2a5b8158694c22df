import { type Codec, Deframer, type FairleadError, type Payload } from '@fairlead/tcp';

/** A frame and where it stood in the stream. */
export interface Frame {
  readonly offset: number;
  /** As it stood on the wire, with what the framing passed over before it. */
  readonly raw: Buffer;
  readonly payload: Buffer;
}

/** Frames of a stream of any length, with their places. */
export class FrameSplitter {
  readonly #deframer: Deframer<Buffer>;
  /** What has been added and not yet been given out, and where it begins. */
  #chunks: Buffer[] = [];
  #length = 0;
  #offset = 0;

  constructor(codec: Codec<Buffer, Payload>) {
    this.#deframer = new Deframer(codec.decoder(), codec.name);
  }

  /** Set once bytes could not be framed. */
  get failure(): FairleadError | undefined {
    return this.#deframer.failure;
  }

  /** Where what has not been framed begins. */
  get offset(): number {
    return this.#offset;
  }

  push(chunk: Buffer): Frame[] {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    this.#deframer.append(chunk);
    const frames: Frame[] = [];
    for (let payload = this.#deframer.next(); payload !== undefined; payload = this.#deframer.next())
      frames.push(this.#frame(payload, this.#deframer.pending));
    return frames;
  }

  /** The stream has ended: the frames that its end completes. */
  end(): Frame[] {
    const payloads = [...this.#deframer.end()];
    return payloads.map((payload, i) =>
      this.#frame(payload, i < payloads.length - 1 ? this.#length - payload.length : this.#deframer.pending),
    );
  }

  #frame(payload: Buffer, pending: number): Frame {
    const size = this.#length - pending;
    const all = this.#chunks.length === 1 ? (this.#chunks[0] as Buffer) : Buffer.concat(this.#chunks);
    const frame = { offset: this.#offset, raw: all.subarray(0, size), payload };
    this.#chunks = [all.subarray(size)];
    this.#length -= size;
    this.#offset += size;
    return frame;
  }
}
