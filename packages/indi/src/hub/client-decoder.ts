import {
  type ByteWindow,
  type FrameDecoder,
  type HeadVerdict,
  HttpDetector,
  isTlsClientHello,
  tcpErrors,
} from '@fairlead/tcp';
import { indiErrors } from '../catalogue.ts';
import { indiLimits } from '../limits.ts';
import { ElementSplitter, type RawElement, type SplitterOptions } from '../wire/index.ts';

/**
 * Elements of one client of the hub. INDI has no authentication, so the first bytes decide who is heard at all: a web page
 * can make the browser of its visitor send HTTP with any body to this port, and what follows the HTTP head would count.
 *
 *     <getProperties version="1.7"/>             an INDI client
 *     POST / HTTP/1.1 ... <newSwitchVector ...   a browser: HTTP_REFUSED
 *     16 03 01 .. .. 01                          TLS, with a session ticket of the page's choice: TLS_UNEXPECTED
 */
export class ClientDecoder implements FrameDecoder<RawElement> {
  readonly #elements: ElementSplitter;
  readonly #keeps: (bytes: number) => void;
  /** Undefined once it is known that the peer speaks something else than HTTP. */
  #http: HttpDetector | undefined = new HttpDetector();
  /** Bytes that the detector has seen. */
  #looked = 0;
  #kept = 0;

  /**
   * @param keeps called with the bytes of an element that is not complete whenever their number changes; what it throws
   * ends the link
   */
  constructor(options: SplitterOptions, keeps: (bytes: number) => void) {
    this.#elements = new ElementSplitter(options);
    this.#keeps = keeps;
  }

  get aside(): number {
    return this.#elements.aside;
  }

  decode(window: ByteWindow): RawElement | undefined {
    if (this.#http !== undefined) {
      if (this.#speaksOther(window, this.#http) === 'undecided') return window.short(window.length + 1);
      this.#http = undefined;
    }
    const element = this.#elements.decode(window);
    this.#keep(element === undefined ? window.length + this.#elements.aside : 0);
    return element;
  }

  #keep(bytes: number): void {
    if (bytes === this.#kept) return;
    this.#kept = bytes;
    this.#keeps(bytes);
  }

  /** Throws `HTTP_REFUSED` and `TLS_UNEXPECTED`, and `XML_NO_ELEMENT` where a first word does not end. */
  #speaksOther(window: ByteWindow, http: HttpDetector): Exclude<HeadVerdict, 'yes'> {
    const verdict = http.push(window.view(this.#looked, window.length));
    this.#looked = window.length;
    if (verdict === 'yes') throw tcpErrors.error('HTTP_REFUSED');
    const tls = isTlsClientHello(window.view(0, window.length));
    if (tls === 'yes') throw tcpErrors.error('TLS_UNEXPECTED');
    const { noise } = indiLimits.values;
    const undecided = verdict === 'undecided' || tls === 'undecided';
    if (undecided && window.length > noise) throw indiErrors.error('XML_NO_ELEMENT', { limit: noise });
    return undecided ? 'undecided' : 'no';
  }
}
