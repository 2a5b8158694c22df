/**
 * Recognises HTTP at the head of a connection. A web page can make the browser of its visitor send a request, with a body
 * of its choice, to any port that the browser reaches; a port without authentication must not take that for its own
 * protocol.
 *
 *     request-line   = method SP request-target SP "HTTP/" DIGIT ...      HTTP/1.0, 1.1; the HTTP/2 preface is PRI * HTTP/2.0
 *     simple-request = "GET" SP "/" ... [CR] LF                           HTTP/0.9
 *     method         = 1*tchar
 *
 * Source: RFC 9112 sections 3 and 2.3, RFC 9113 section 3.4, RFC 9110 section 5.6.2 (tchar), RFC 1945 section 4.1.
 */

/** `undecided`: the bytes so far may be the beginning of it. */
export type HeadVerdict = 'yes' | 'no' | 'undecided';

const METHOD = 0;
const TARGET_START = 1;
const TARGET = 2;
const VERSION = 3;

const GET = Buffer.from('GET');
const HTTP = Buffer.from('HTTP/');
const SPACE = 0x20;
const SLASH = 0x2f;
const LF = 0x0a;
const CR = 0x0d;

/** By byte: whether it may stand in a method (RFC 9110, tchar). */
const isTokenByte = Array.from({ length: 256 }, (_, byte) =>
  /[!#$%&'*+\-.^_`|~0-9A-Za-z]/.test(String.fromCharCode(byte)),
);

/**
 * Looks at the bytes of one connection as they arrive. It keeps no bytes, and looks at each byte once. As long as it is
 * undecided no line has ended: who reads lines has not seen one yet.
 */
export class HttpDetector {
  verdict: HeadVerdict = 'undecided';
  #state = METHOD;
  /** Bytes of the part that `#state` names. */
  #length = 0;
  #isGet = true;
  #isPath = false;
  /** Whether the byte before this one was a CR, which only LF may follow. */
  #afterReturn = false;

  /** Adds the next bytes of the connection. After the verdict is `yes` or `no` it stays. */
  push(chunk: Uint8Array): HeadVerdict {
    for (let i = 0; i < chunk.length && this.verdict === 'undecided'; i++)
      this.verdict = this.#next(chunk[i] as number);
    return this.verdict;
  }

  #next(byte: number): HeadVerdict {
    switch (this.#state) {
      case METHOD:
        if (byte === SPACE && this.#length > 0) {
          this.#isGet &&= this.#length === GET.length;
          return this.#enter(TARGET_START);
        }
        if (!isTokenByte[byte]) return 'no';
        this.#isGet &&= byte === GET[this.#length];
        this.#length++;
        return 'undecided';
      case TARGET_START:
        this.#isPath = byte === SLASH;
        return byte > SPACE ? this.#enter(TARGET) : 'no';
      case TARGET:
        return this.#inTarget(byte);
      default:
        if (this.#length === HTTP.length) return byte >= 0x30 && byte <= 0x39 ? 'yes' : 'no';
        return byte === HTTP[this.#length++] ? 'undecided' : 'no';
    }
  }

  #inTarget(byte: number): HeadVerdict {
    if (byte === LF) return this.#isGet && this.#isPath ? 'yes' : 'no';
    if (this.#afterReturn) return 'no';
    if (byte === SPACE) return this.#enter(VERSION);
    this.#afterReturn = byte === CR;
    return byte > SPACE || byte === CR ? 'undecided' : 'no';
  }

  #enter(state: number): HeadVerdict {
    this.#state = state;
    this.#length = 0;
    return 'undecided';
  }
}

/**
 * Whether a connection that begins with these bytes speaks HTTP (0.9 to 2, any method). To ask again each time when more
 * bytes have arrived, use {@link HttpDetector}. Refuse such a peer with `HTTP_REFUSED`.
 */
export function isHttpRequestHead(bytes: Uint8Array): HeadVerdict {
  return new HttpDetector().push(bytes);
}
