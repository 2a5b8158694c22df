/** Searches bytes in a stream of chunks. Each peer has its own instance. */
export class Expectation {
  readonly #wanted: Buffer;
  readonly #joined: boolean;
  #tail: Buffer = Buffer.alloc(0);

  /** @param joined whether a match may start in one chunk and end in the next */
  constructor(wanted: Buffer, joined: boolean) {
    this.#wanted = wanted;
    this.#joined = joined;
  }

  /** Whether this chunk completes a match. */
  meets(piece: Buffer): boolean {
    if (!this.#joined) return piece.includes(this.#wanted);
    const bytes = Buffer.concat([this.#tail, piece]);
    this.#tail = Buffer.from(bytes.subarray(Math.max(0, bytes.length - this.#wanted.length + 1)));
    return bytes.includes(this.#wanted);
  }
}
