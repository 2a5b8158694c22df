import type { ParsedMatch } from './spec-schema.ts';
import type { ByteWindow } from './window.ts';

/** Whether a rule is for what stands at the head of the window. */
export const NO = 0;
export const YES = 1;
/** Too few bytes to tell. */
export const UNDECIDED = 2;

export class Matcher {
  readonly #at: number;
  readonly #bytes: Buffer;
  readonly #mask: Buffer;
  readonly #hit: typeof NO | typeof YES;
  readonly #miss: typeof NO | typeof YES;

  constructor({ at, bytes, mask, not }: ParsedMatch) {
    this.#at = at;
    this.#mask = mask ?? Buffer.alloc(bytes.length, 0xff);
    this.#bytes = Buffer.from(bytes.map((byte, i) => byte & (this.#mask[i] as number)));
    this.#hit = not ? NO : YES;
    this.#miss = not ? YES : NO;
  }

  test(window: ByteWindow): typeof NO | typeof YES | typeof UNDECIDED {
    const bytes = window.bytes;
    const wanted = this.#bytes;
    const from = window.start + this.#at;
    for (let i = 0; i < wanted.length; i++) {
      if (from + i >= window.end) return UNDECIDED;
      if (((bytes[from + i] as number) & (this.#mask[i] as number)) !== wanted[i]) return this.#miss;
    }
    return this.#hit;
  }

  /** Bytes from the window's start with which more can be said than now. */
  needed(window: ByteWindow): number {
    return Math.max(window.length, this.#at) + 1;
  }
}
