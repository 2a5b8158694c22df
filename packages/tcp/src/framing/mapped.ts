import type { FrameDecoder, FrameNoise } from './codec.ts';
import type { ByteWindow } from './window.ts';

/**
 * A decoder that maps the frames of an inner decoder. It forwards all other members to the inner decoder on each access,
 * because their values may depend on the current frame.
 */
export abstract class MappedDecoder<I, F> implements FrameDecoder<F> {
  protected inner: FrameDecoder<I>;

  constructor(inner: FrameDecoder<I>) {
    this.inner = inner;
  }

  protected abstract map(frame: I): F;

  decode(window: ByteWindow): F | undefined {
    return this.#mapped(this.inner.decode(window));
  }

  end(window: ByteWindow): F | undefined {
    return this.#mapped(this.inner.end?.(window));
  }

  idle(window: ByteWindow): F | undefined {
    return this.#mapped(this.inner.idle?.(window));
  }

  overdue(window: ByteWindow): F | undefined {
    return this.#mapped(this.inner.overdue?.(window));
  }

  get idleMs(): number | undefined {
    return this.inner.idleMs;
  }

  get frameTimeout(): number | undefined {
    return this.inner.frameTimeout;
  }

  get aside(): number | undefined {
    return this.inner.aside;
  }

  get noise(): FrameNoise | undefined {
    return this.inner.noise;
  }

  #mapped(frame: I | undefined): F | undefined {
    return frame === undefined ? undefined : this.map(frame);
  }
}
