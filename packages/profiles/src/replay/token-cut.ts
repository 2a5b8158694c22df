/** The AccessToken at the start of a link, which is no part of the profile's framing. Its digits may be asterisks. */
const GENERATED = /^fl_[0-9a-f*]{32}/;
/** Bytes of `fl_` and 32 digits. */
const LENGTH = 35;
/** Bytes within which a token of another system must end. */
const LONGEST = 512;
const LF = 0x0a;
const CR = 0x0d;

export class TokenCut {
  #held: Buffer = Buffer.alloc(0);
  /** A generated token was cut off: a line end after it is skipped. */
  #skipsEnd = false;
  #done = false;

  /** The bytes after the token; empty while it is not complete. */
  next(chunk: Buffer): Buffer {
    if (this.#done) return chunk;
    this.#held = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    if (this.#skipsEnd) return this.#afterEnd();
    const text = this.#held.toString('latin1', 0, LENGTH);
    if (GENERATED.test(text)) {
      this.#held = this.#held.subarray(LENGTH);
      this.#skipsEnd = true;
      return this.#afterEnd();
    }
    if (text.startsWith('fl_') && text.length < LENGTH && !text.includes('\n')) return NOTHING;
    const end = this.#held.indexOf(LF);
    if (end >= 0) return this.#rest(end + 1);
    return this.#held.length > LONGEST ? this.#rest(0) : NOTHING;
  }

  /** Nothing came for a while: a token that has no end of its own ends here. */
  silence(): void {
    if (this.#held.length > 0) this.#rest(this.#held.length);
  }

  #afterEnd(): Buffer {
    const [first, second] = this.#held;
    if (first === undefined || (first === CR && second === undefined)) return NOTHING;
    return this.#rest(first === LF ? 1 : first === CR && second === LF ? 2 : 0);
  }

  #rest(at: number): Buffer {
    const rest = this.#held.subarray(at);
    this.#held = NOTHING;
    this.#done = true;
    return rest;
  }
}

const NOTHING = Buffer.alloc(0);
