import { tcpErrors } from '../../../catalogue.ts';
import type { Measure } from '../../measure.ts';
import type { ByteWindow } from '../../window.ts';

/** Frames that end with silence or with the close. */
export class SilenceMeasure implements Measure {
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  measure(window: ByteWindow): number {
    const have = window.length;
    if (have > this.#max) throw tcpErrors.error('FRAME_TOO_LARGE', { size: have, limit: this.#max });
    window.short(have + 1);
    return 0;
  }

  finish(window: ByteWindow): number {
    return window.length;
  }
}

/** Frames that are one of some byte strings, none of which begins with another. */
export class LiteralMeasure implements Measure {
  readonly #literals: readonly Buffer[];

  constructor(literals: readonly Buffer[]) {
    this.#literals = literals;
  }

  measure(window: ByteWindow): number {
    for (const literal of this.#literals) {
      if (window.length >= literal.length && window.view(0, literal.length).equals(literal))
        return literal.length;
    }
    window.short(window.length + 1);
    return 0;
  }
}

/** The code byte at a fixed place chooses what measures the frame. */
export class TableMeasure implements Measure {
  readonly #at: number;
  readonly #byCode: ReadonlyMap<number, Measure>;

  constructor(at: number, byCode: ReadonlyMap<number, Measure>) {
    this.#at = at;
    this.#byCode = byCode;
  }

  measure(window: ByteWindow): number {
    if (window.length <= this.#at) {
      window.short(this.#at + 1);
      return 0;
    }
    const measure = this.#byCode.get(window.at(this.#at));
    if (measure === undefined)
      throw tcpErrors.error('FRAME_NO_RULE', { found: window.view(0, this.#at + 1).toString('hex') });
    return measure.measure(window);
  }
}
