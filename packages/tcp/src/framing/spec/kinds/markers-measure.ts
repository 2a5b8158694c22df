import { tcpErrors } from '../../../catalogue.ts';
import type { Measure } from '../../measure.ts';
import { type ByteWindow, standsAt } from '../../window.ts';
import { badEscape, type Transform } from '../parts/escape.ts';

interface MarkersLayout {
  readonly start: Buffer;
  readonly end: Buffer;
  /** Whether the start mark may be missing because it was the end mark of the frame before. */
  readonly shared: boolean;
  readonly empty: boolean;
  /** -1: none. */
  readonly double: number;
  /** The escape byte, if an escaped byte may look like a mark; -1: none. */
  readonly escape: number;
  readonly nest: boolean;
  /** -1: none. */
  readonly quote: number;
  readonly quoteEscape: number;
  /** Sequences that start a new frame; each begins with the start mark. */
  readonly restarts: readonly Buffer[];
  /** Bytes that cancel the received part of a frame. */
  readonly cancels: readonly number[];
  readonly transform: Transform;
  /** Largest content, and largest frame on the wire that can hold that. */
  readonly max: number;
  readonly maxWire: number;
}

/** Results of a search that found no end mark. */
const NO_END = -1;
const RESTARTED = -2;

/**
 *     START content END                   the first end mark ends it: within, it is escaped
 *     START content START content END     restart: a frame that was cut off before its end mark is skipped
 *     FLAG content FLAG content FLAG      shared: HDLC
 *     content END                         no start mark: SLIP; with both marks the same, empty frames keep it in step
 *     [ a [ b ] c ]                       nest: as many ends as starts
 *     DLE STX .. DLE DLE .. DLE ETX       double: the end mark begins with a byte that is doubled in content
 *     a b CANCEL c END                    cancel: only c is the frame
 *     < a \\ > b >                         escape: an escaped byte is never a mark
 *
 * When more bytes come it continues where it stopped, so that each byte is searched once. It does not search beyond the
 * largest frame, so that frames are the same whatever the chunks.
 */
export class MarkersMeasure implements Measure {
  readonly head = 0;
  readonly tail = 0;
  /** Bytes of an unfinished frame that were skipped when another began. */
  lost = 0;
  readonly #layout: MarkersLayout;
  #from = 0;
  #at = 0;
  #depth = 0;
  #quoted = false;
  /** Bytes from the start that were searched for a restart. */
  #startless = 0;
  /** Bytes from the start that were searched for a byte that cancels. */
  #cancelless = 0;
  /** Where the new frame starts. */
  #restartAt = 0;

  constructor(layout: MarkersLayout) {
    this.#layout = layout;
  }

  get looked(): number {
    return this.#at;
  }

  measure(window: ByteWindow): number {
    const { start, end, maxWire, empty } = this.#layout;
    this.lost = 0;
    if (this.#at === 0) {
      if (window.length < start.length && this.#startsAt(window, 0, window.length)) {
        window.short(start.length);
        return 0;
      }
      this.#at = this.#from = this.#startsAt(window, 0, start.length) ? start.length : 0;
      this.#startless = this.#from;
    }
    const to = Math.min(window.length, maxWire);
    const endAt = this.#findEnd(window, to);
    const searched = endAt < 0 ? to : endAt;
    if (
      endAt === RESTARTED ||
      this.#findCancel(window, searched) ||
      this.#findRestart(window, endAt < 0 ? to : endAt + end.length - 1)
    ) {
      this.#reset();
      this.lost = this.#restartAt;
      return this.#skip(window, this.#restartAt);
    }
    if (endAt < 0) {
      if (window.length >= maxWire) throw this.#tooLarge(window.length);
      window.short(window.length + 1);
      return 0;
    }
    const from = this.#from;
    this.#reset();
    // Of two equal marks in a row, the second starts a frame.
    if (endAt === from && !empty)
      return this.#skip(window, from > 0 && start.equals(end) ? from : endAt + end.length);
    const total = endAt + end.length;
    if (total > maxWire) throw this.#tooLarge(total);
    return total;
  }

  content(window: ByteWindow, total: number): Buffer {
    const { end, transform, max } = this.#layout;
    const content = transform.decode(window, this.#from, total - end.length);
    if (content.length > max) throw this.#tooLarge(content.length);
    return content;
  }

  #reset(): void {
    this.#at = this.#depth = this.#startless = this.#cancelless = 0;
    this.#quoted = false;
  }

  #skip(window: ByteWindow, size: number): 0 {
    window.skip(size);
    window.short(1);
    return 0;
  }

  #startsAt(window: ByteWindow, at: number, length: number): boolean {
    const { start } = this.#layout;
    for (let i = 0; i < length; i++) if (window.at(at + i) !== start[i]) return false;
    return length > 0;
  }

  /** Where the end mark begins. */
  #findEnd(window: ByteWindow, to: number): number {
    const { end, double, nest, escape: escapeByte } = this.#layout;
    if (nest) return this.#findNested(window, to);
    if (double >= 0 && end[0] === double) return this.#findUndoubled(window, double, to);
    if (escapeByte >= 0) return this.#findUnescaped(window, escapeByte, to);
    return this.#findPlain(window, to);
  }

  #findPlain(window: ByteWindow, to: number): number {
    const { end } = this.#layout;
    const at = window.find(end.length === 1 ? (end[0] as number) : end, this.#at, to);
    if (at < 0) this.#at = Math.max(this.#at, to - end.length + 1);
    return at;
  }

  #findUnescaped(window: ByteWindow, escapeByte: number, to: number): number {
    let from = this.#at;
    let endAt = this.#findPlain(window, to);
    for (;;) {
      const at = window.find(escapeByte, from, endAt < 0 ? to : endAt);
      if (at < 0) {
        if (endAt < 0) this.#at = Math.max(this.#at, from);
        return endAt;
      }
      if (at + 1 >= to) {
        this.#at = at;
        return NO_END;
      }
      from = at + 2;
      if (endAt < 0 || endAt >= from) continue;
      this.#at = from;
      endAt = this.#findPlain(window, to);
    }
  }

  #findUndoubled(window: ByteWindow, double: number, to: number): number {
    const { end } = this.#layout;
    for (;;) {
      const at = this.#at >= to ? NO_END : window.find(double, this.#at, to);
      if (at < 0 || at + 1 >= window.length) {
        this.#at = at < 0 ? Math.max(this.#at, to) : at;
        return NO_END;
      }
      if (window.at(at + 1) === double) {
        this.#at = at + 2;
        continue;
      }
      this.#at = at;
      const ends = standsAt(window, at, end, window.length);
      if (ends === true) return at;
      const restarts = this.#restartsAt(window, at, window.length);
      if (restarts === true) return RESTARTED;
      if (ends === undefined || restarts === undefined) return NO_END;
      throw badEscape(window, at, window.length);
    }
  }

  #findNested(window: ByteWindow, to: number): number {
    const { quote, quoteEscape, restarts, escape: escapeByte } = this.#layout;
    const open = this.#layout.start[0];
    const close = this.#layout.end[0];
    const { bytes, start } = window;
    const end = start + to;
    let quoted = this.#quoted;
    let depth = this.#depth;
    let at = start + this.#at;
    for (; at < end; at++) {
      const byte = bytes[at] as number;
      if (byte === open && restarts.length > 0) {
        const again = this.#restartsAt(window, at - start, to);
        if (again === true) return RESTARTED;
        if (again === undefined) break;
      }
      if (quoted) {
        if (byte === quote) quoted = false;
        else if (byte === quoteEscape) {
          if (at + 1 >= end) break;
          at++;
        }
      } else if (byte === escapeByte) {
        if (at + 1 >= end) break;
        at++;
      } else if (byte === quote) quoted = true;
      else if (byte === open) depth++;
      else if (byte === close && depth-- === 0) return at - start;
    }
    this.#at = at - start;
    this.#depth = depth;
    this.#quoted = quoted;
    return NO_END;
  }

  /** Whether a new frame starts there; undefined if there are too few bytes before `to` to decide. */
  #restartsAt(window: ByteWindow, at: number, to: number): boolean | undefined {
    let answer: boolean | undefined = false;
    for (const restart of this.#layout.restarts) {
      const one = standsAt(window, at, restart, to);
      if (one === true) {
        this.#restartAt = at;
        return true;
      }
      if (one === undefined) answer = undefined;
    }
    return answer;
  }

  /** Finds the last place before `to` where a new frame starts, unless marks are told apart by nesting or doubling. */
  #findRestart(window: ByteWindow, to: number): boolean {
    const { restarts, nest, double, end } = this.#layout;
    if (restarts.length === 0 || nest || (double >= 0 && end[0] === double && restarts[0]?.[0] === double))
      return false;
    let last = -1;
    let longest = 0;
    for (const restart of restarts) {
      longest = Math.max(longest, restart.length);
      let at = window.find(restart, this.#startless, to);
      for (; at >= 0; at = window.find(restart, at + 1, to))
        if (!this.#isEscaped(window, at)) last = Math.max(last, at);
    }
    this.#startless = Math.max(this.#startless, to - longest + 1);
    this.#restartAt = last;
    return last >= 0;
  }

  /** Finds the last byte before `to` that cancels the frame: a new one begins after it. */
  #findCancel(window: ByteWindow, to: number): boolean {
    let last = -1;
    for (const cancel of this.#layout.cancels)
      for (let at = window.find(cancel, this.#cancelless, to); at >= 0; at = window.find(cancel, at + 1, to))
        if (!this.#isEscaped(window, at)) last = Math.max(last, at);
    this.#cancelless = Math.max(this.#cancelless, to);
    this.#restartAt = last + 1;
    return last >= 0;
  }

  /** Whether the byte is escaped: an odd number of escape bytes is before it. */
  #isEscaped(window: ByteWindow, at: number): boolean {
    const { escapeByte } = this.#layout.transform;
    let from = at;
    while (from > this.#from && window.at(from - 1) === escapeByte) from--;
    return (at - from) % 2 === 1;
  }

  #tooLarge(size: number): Error {
    const { max } = this.#layout;
    return tcpErrors.error('FRAME_TOO_LARGE', { size: Math.max(size, max + 1), limit: max });
  }
}
