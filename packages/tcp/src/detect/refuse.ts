import { coreErrors } from '@fairlead/core';
import { tcpErrors } from '../catalogue.ts';
import type { Codec, FrameDecoder } from '../framing/codec.ts';
import { MappedDecoder } from '../framing/mapped.ts';
import type { ByteWindow } from '../framing/window.ts';
import { HttpDetector } from './http.ts';
import { isTlsClientHello } from './tls.ts';

/** Bytes of a first line after which the framing itself decides. Browsers send shorter ones. */
const LONGEST_LINE = 65_536;

/**
 * The same framing for a port without authentication: a peer that begins with HTTP or TLS is refused (`HTTP_REFUSED`,
 * `TLS_UNEXPECTED`) before a frame of it is read. A web page can make the browser of its visitor send requests with any
 * body to such a port; over TLS the page chooses the session ticket.
 *
 * The first frame waits until its first line has ended or cannot be HTTP, as each byte that no HTTP method contains
 * (such as `<`, `:`, a space or a control character) shows at once. It is therefore not for framings whose first frame may
 * consist of letters and digits alone and has no end, such as a fixed length.
 */
export function refuseHttp<In, Out>(codec: Codec<In, Out>): Codec<In, Out> {
  return {
    name: codec.name,
    decoder: () => new RefusingDecoder(codec.decoder()),
    encoder: () => codec.encoder(),
  };
}

class RefusingDecoder<F> extends MappedDecoder<F, F> {
  /** Only where the inner decoder has it. */
  declare readonly decodeMany?: (window: ByteWindow, into: F[], stopAt: number) => void;
  /** Undefined once the peer is known to speak something else. */
  #http: HttpDetector | undefined = new HttpDetector();
  /** Bytes that the detector has seen. */
  #looked = 0;

  constructor(frames: FrameDecoder<F>) {
    super(frames);
    if (frames.decodeMany !== undefined)
      this.decodeMany = (window, into, stopAt) => {
        if (this.#admits(window)) frames.decodeMany?.(window, into, stopAt);
      };
  }

  protected map(frame: F): F {
    return frame;
  }

  /** What is undecided when the peer ends, or falls silent, is no request. */
  override decode(window: ByteWindow): F | undefined {
    return this.#admits(window) ? super.decode(window) : undefined;
  }

  #admits(window: ByteWindow): boolean {
    if (this.#http === undefined) return true;
    const http = this.#http.push(window.view(this.#looked, window.length));
    this.#looked = window.length;
    if (http === 'yes') throw tcpErrors.error('HTTP_REFUSED');
    const tls = isTlsClientHello(window.view(0, window.length));
    if (tls === 'yes') throw coreErrors.error('TLS_UNEXPECTED');
    const decided = http === 'no' && tls === 'no';
    if (decided || window.length > LONGEST_LINE) this.#http = undefined;
    else window.short(window.length + 1);
    return this.#http === undefined;
  }
}
