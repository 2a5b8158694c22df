/** Looks for bytes in a stream that comes in pieces; one for each peer. */
export class Expectation {
  readonly #wanted: Buffer;
  readonly #joined: boolean;
  #tail: Buffer = Buffer.alloc(0);

  /** @param joined whether what is looked for may begin in one piece and end in the next */
  constructor(wanted: Buffer, joined: boolean) {
    this.#wanted = wanted;
    this.#joined = joined;
  }

  /** Whether it has come with this piece. */
  meets(piece: Buffer): boolean {
    if (!this.#joined) return piece.includes(this.#wanted);
    const bytes = Buffer.concat([this.#tail, piece]);
    this.#tail = Buffer.from(bytes.subarray(Math.max(0, bytes.length - this.#wanted.length + 1)));
    return bytes.includes(this.#wanted);
  }
}
