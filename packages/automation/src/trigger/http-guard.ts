/**
 * Keeps browsers out of triggers. A web page can make the browser of its visitor send a request, whose body it chooses, to
 * any port that the browser reaches, `127.0.0.1` included, and a trigger asks nobody who he is.
 */
import { type ByteWindow, type Codec, HttpDetector, MappedDecoder, tcpErrors } from '@fairlead/tcp';
import { automationLimits } from '../limits.ts';

const SPACE = 0x20;

/** The same codec; a link whose first bytes are an HTTP request ends with HTTP_REFUSED, before any of them is a message. */
export function withoutHttp<In, Out>(codec: Codec<In, Out>): Codec<In, Out> {
  return {
    name: codec.name,
    decoder: () => new GuardedDecoder(codec.decoder()),
    encoder: () => codec.encoder(),
  };
}

class GuardedDecoder<F> extends MappedDecoder<F, F> {
  /** Gone as soon as it is decided. */
  #detector: HttpDetector | undefined = new HttpDetector();
  /** Bytes of the window that the detector has seen. */
  #seen = 0;
  #hasMethod = false;
  /** Whether it was this decoder that asked for more bytes, not the inner one. */
  #holds = false;

  protected map(frame: F): F {
    return frame;
  }

  override get idleMs(): number | undefined {
    return super.idleMs ?? (this.#detector === undefined ? undefined : automationLimits.values.httpWait);
  }

  override decode(window: ByteWindow): F | undefined {
    if (this.#detector === undefined) return super.decode(window);
    this.#holds = this.#isHeld(window, this.#detector);
    if (this.#holds) return window.short(window.length + 1);
    const before = window.length;
    const frame = super.decode(window);
    this.#seen -= before - window.length;
    // The request line of a browser would have been in the first message, or before it.
    if (frame !== undefined) this.#detector = undefined;
    return frame;
  }

  /** Nothing more came: what looked like the beginning of a request is none. */
  override idle(window: ByteWindow): F | undefined {
    return this.#held(window) ?? super.idle(window);
  }

  override end(window: ByteWindow): F | undefined {
    return this.#held(window) ?? super.end(window);
  }

  /** A frame of what was held back, if there is a whole one. */
  #held(window: ByteWindow): F | undefined {
    const { length, needed } = window;
    const enough = this.#holds || length >= needed;
    this.#detector = undefined;
    this.#holds = false;
    return length > 0 && enough ? super.decode(window) : undefined;
  }

  /** Whether the bytes so far have a method, and may be the beginning of a request line. Throws HTTP_REFUSED. */
  #isHeld(window: ByteWindow, detector: HttpDetector): boolean {
    const fresh = window.view(this.#seen, window.length);
    this.#seen = window.length;
    this.#hasMethod ||= fresh.includes(SPACE);
    const verdict = detector.push(fresh);
    const tooLong = this.#hasMethod && window.length > automationLimits.values.httpLine;
    if (verdict === 'yes' || (verdict === 'undecided' && tooLong)) throw tcpErrors.error('HTTP_REFUSED');
    if (verdict === 'no') this.#detector = undefined;
    // A word alone may be all that a client sends, and a browser sends more than its method at once.
    return verdict === 'undecided' && this.#hasMethod;
  }
}
