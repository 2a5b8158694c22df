/**
 * Refuses HTTP requests at triggers. A web page can make a visitor's browser send a request with a body of its choice to any
 * port that the browser reaches, `127.0.0.1` included, and a trigger does not authenticate its clients.
 */
import { type ByteWindow, type Codec, HttpDetector, MappedDecoder, tcpErrors } from '@fairlead/tcp';
import { automationLimits } from '../limits.ts';

const SPACE = 0x20;

/** The same codec, but a link that begins with an HTTP request fails with HTTP_REFUSED before its first message. */
export function withoutHttp<In, Out>(codec: Codec<In, Out>): Codec<In, Out> {
  return {
    name: codec.name,
    decoder: () => new GuardedDecoder(codec.decoder()),
    encoder: () => codec.encoder(),
  };
}

class GuardedDecoder<F> extends MappedDecoder<F, F> {
  /** undefined once decided. */
  #detector: HttpDetector | undefined = new HttpDetector();
  /** Bytes of the window that the detector has seen. */
  #seen = 0;
  #hasMethod = false;
  /** Whether this decoder, not the inner one, asked for more bytes. */
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
    // A request line would have been in the first message, or before it.
    if (frame !== undefined) this.#detector = undefined;
    return frame;
  }

  /** No more bytes arrived: it is not an HTTP request. */
  override idle(window: ByteWindow): F | undefined {
    return this.#held(window) ?? super.idle(window);
  }

  override end(window: ByteWindow): F | undefined {
    return this.#held(window) ?? super.end(window);
  }

  /** A frame of the bytes that were held back, if they are a complete one. */
  #held(window: ByteWindow): F | undefined {
    const { length, needed } = window;
    const enough = this.#holds || length >= needed;
    this.#detector = undefined;
    this.#holds = false;
    return length > 0 && enough ? super.decode(window) : undefined;
  }

  /** Whether the bytes so far contain a method and could begin a request line. Throws HTTP_REFUSED. */
  #isHeld(window: ByteWindow, detector: HttpDetector): boolean {
    const fresh = window.view(this.#seen, window.length);
    this.#seen = window.length;
    this.#hasMethod ||= fresh.includes(SPACE);
    const verdict = detector.push(fresh);
    const tooLong = this.#hasMethod && window.length > automationLimits.values.httpLine;
    if (verdict === 'yes' || (verdict === 'undecided' && tooLong)) throw tcpErrors.error('HTTP_REFUSED');
    if (verdict === 'no') this.#detector = undefined;
    // A single word may be the whole message. A browser never sends only its method.
    return verdict === 'undecided' && this.#hasMethod;
  }
}
