import { tcpErrors } from '../../../catalogue.ts';
import type { Measure } from '../../measure.ts';
import type { ByteWindow } from '../../window.ts';
import { badEscape } from '../parts/escape.ts';

export interface SequenceLayout {
  readonly start: number;
  readonly mark: Buffer;
  readonly end: Buffer;
  readonly tail: number;
  readonly align: number;
  readonly max: number;
}

/**
 *     START content ESCAPE END tail
 *     1b1b1b1b 01010101  ..  1b1b1b1b 1b1b1b1b  ..  1b1b1b1b 1a pp cc cc      SML: an escape sequence in content stands twice
 */
export class SequenceMeasure implements Measure {
  readonly head = 0;
  readonly tail = 0;
  readonly #layout: SequenceLayout;
  #at: number;
  /** Where doubled escape sequences stand in the frame that is being measured. */
  #doubled: number[] = [];
  #endAt = 0;

  constructor(layout: SequenceLayout) {
    this.#layout = layout;
    this.#at = layout.start;
  }

  get looked(): number {
    return this.#at;
  }

  measure(window: ByteWindow): number {
    const { start, mark, end, tail, align } = this.#layout;
    for (;;) {
      const at = window.find(mark, this.#at, window.length);
      if (at < 0) {
        this.#at = Math.max(this.#at, window.length - mark.length + 1);
        return this.#wait(window, window.length + 1);
      }
      if (at % align !== 0) {
        this.#at = at + 1;
        continue;
      }
      this.#at = at;
      this.#checkSize();
      const next = at + mark.length;
      const doubled = meets(window, next, mark);
      const ended = meets(window, next, end);
      if (doubled === true) {
        this.#doubled.push(at);
        this.#at = next + mark.length;
      } else if (ended === true) {
        const total = next + end.length + tail;
        if (window.length < total) return this.#wait(window, total);
        this.#endAt = at;
        this.#at = start;
        return total;
      } else if (doubled === undefined || ended === undefined) {
        return this.#wait(window, window.length + 1);
      } else throw badEscape(window, next, next + mark.length);
    }
  }

  content(window: ByteWindow): Buffer {
    const { start, mark } = this.#layout;
    const places = this.#doubled;
    if (places.length === 0) return window.view(start, this.#endAt);
    this.#doubled = [];
    const parts: Buffer[] = [];
    let from = start;
    for (const place of places) {
      parts.push(window.view(from, place + mark.length));
      from = place + 2 * mark.length;
    }
    parts.push(window.view(from, this.#endAt));
    return Buffer.concat(parts);
  }

  #checkSize(): void {
    const { start, mark, max } = this.#layout;
    const size = this.#at - start - this.#doubled.length * mark.length;
    if (size > max) throw tcpErrors.error('FRAME_TOO_LARGE', { size, limit: max });
  }

  #wait(window: ByteWindow, needed: number): 0 {
    this.#checkSize();
    window.short(needed);
    return 0;
  }
}

/** Whether `what` stands at `at`; undefined where too few bytes are there to tell. */
function meets(window: ByteWindow, at: number, what: Buffer): boolean | undefined {
  for (let i = 0; i < what.length; i++) {
    if (at + i >= window.length) return undefined;
    if (window.at(at + i) !== what[i]) return false;
  }
  return true;
}

/** Escapes content as {@link SequenceMeasure} reads it. */
export function doubleSequences(content: Buffer, { start, mark, align }: SequenceLayout): Buffer {
  const parts: Buffer[] = [];
  let from = 0;
  let added = 0;
  for (let at = content.indexOf(mark); at >= 0; ) {
    if ((start + at + added) % align !== 0) {
      at = content.indexOf(mark, at + 1);
      continue;
    }
    parts.push(content.subarray(from, at), mark);
    added += mark.length;
    from = at;
    at = content.indexOf(mark, at + mark.length);
  }
  parts.push(content.subarray(from));
  return Buffer.concat(parts);
}
