import type { FairleadError } from '@fairlead/core';
import { Check, type CheckResult, type ParsedChecksum } from './check.ts';

/** A rule whose frames may hold checksums. */
export interface CheckedRule {
  readonly checksum?: readonly ParsedChecksum[] | undefined;
}

/** All checksums of a rule: a frame is right if each of them is. */
export class Checks {
  /** The checksums of a rule, if it has any. */
  static of({ checksum = [] }: CheckedRule): Checks | undefined {
    return checksum.length === 0 ? undefined : new Checks(checksum.map((one) => new Check(one)));
  }

  readonly list: readonly Check[];
  /** Whether one of them covers unescaped content. */
  readonly readsContent: boolean;
  /** Those that can be tested before the frame is complete. */
  readonly #early: readonly Check[];
  /** Bytes with which the first of them can be tested. */
  readonly reach: number;
  readonly #only: Check | undefined;
  #wrong: Check;

  private constructor(list: readonly Check[]) {
    this.list = list;
    this.#wrong = list[0] as Check;
    this.#only = list.length === 1 ? list[0] : undefined;
    this.readsContent = list.some(({ over }) => over === 'content');
    this.#early = list.filter(({ reach }) => reach !== undefined);
    this.reach = Math.min(...this.#early.map(({ reach = 0 }) => reach));
  }

  /** Bytes of the checksums that are in the content. */
  get contentSize(): number {
    return this.list.reduce((sum, { over, size }) => sum + (over === 'content' ? size : 0), 0);
  }

  /**
   * Checks a frame of `total` bytes. Throws `FRAME_TOO_SHORT` or `FRAME_CHECKSUM_MISSING`.
   * @param content the unescaped bytes, if the framing escapes content
   */
  test(bytes: Buffer, start: number, total: number, content: Buffer | undefined): CheckResult {
    let result: CheckResult = 'none';
    for (const check of this.list) {
      const one =
        content !== undefined && check.over === 'content'
          ? check.test(content, 0, content.length)
          : check.test(bytes, start, total);
      if (one === 'bad') {
        this.#wrong = check;
        return one;
      }
      if (one === 'ok') result = one;
    }
    return result;
  }

  /** Whether the frame is valid; if not, {@link test} gives the reason. */
  isGood(bytes: Buffer, start: number, total: number): boolean {
    if (this.#only !== undefined) return this.#only.isGood(bytes, start, total);
    for (const check of this.list) if (!check.isGood(bytes, start, total)) return false;
    return true;
  }

  /**
   * Whether the first `have` bytes of a frame hold a checksum that is wrong, so that no more bytes must be waited for. Those
   * that could be tested with the first `before` bytes are not tested again.
   */
  isWrongAlready(bytes: Buffer, start: number, before: number, have: number): boolean {
    for (const check of this.#early) {
      const reach = check.reach as number;
      if (have < reach || before >= reach || check.isGood(bytes, start, have)) continue;
      this.#wrong = check;
      return true;
    }
    return false;
  }

  /** The error of the last frame that was wrong. */
  mismatch(): FairleadError {
    return this.#wrong.mismatch();
  }

  /** Writes the checksums that are in the bytes of `over`, in the order of the list, inner ones first. Returns false if a place is missing. */
  write(frame: Buffer, over: Check['over']): boolean {
    return this.list.every((check) => check.over !== over || check.write(frame));
  }
}
