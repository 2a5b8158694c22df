import { tcpErrors } from '../../../catalogue.ts';
import type { ByteWindow } from '../../window.ts';
import type { RuleMeasure } from '../shape.ts';
import { badEscape, type Transform } from './escape.ts';

export interface MarkersLayout {
  readonly start: Buffer;
  readonly end: Buffer;
  /** Whether the start mark may be missing, as it was the end of the frame before. */
  readonly shared: boolean;
  readonly empty: boolean;
  /** -1: none. */
  readonly double: number;
  readonly nest: boolean;
  /** -1: none. */
  readonly quote: number;
  readonly quoteEscape: number;
  readonly transform: Transform;
  /** Largest content, and largest frame on the wire that can hold that. */
  readonly max: number;
  readonly maxWire: number;
}

/**
 *     START content END                   the first end mark ends it: within, it is escaped
 *     FLAG content FLAG content FLAG      shared: HDLC
 *     content END                         no start mark: SLIP; with both marks the same, empty frames keep it in step
 *     [ a [ b ] c ]                       nest: as many ends as starts
 *     DLE STX .. DLE DLE .. DLE ETX       double: the end mark begins with a byte that stands twice in content
 *
 * It goes on where it stopped when more bytes come, so that every byte is looked at once.
 */
export class MarkersMeasure implements RuleMeasure {
  readonly head = 0;
  readonly tail = 0;
  readonly #layout: MarkersLayout;
  #from = 0;
  #at = 0;
  #depth = 0;
  #quoted = false;

  constructor(layout: MarkersLayout) {
    this.#layout = layout;
  }

  measure(window: ByteWindow): number {
    const { start, end, maxWire, empty } = this.#layout;
    if (this.#at === 0) {
      if (window.length < start.length && this.#startsAt(window, 0, window.length)) {
        window.short(start.length);
        return 0;
      }
      this.#at = this.#from = this.#startsAt(window, 0, start.length) ? start.length : 0;
    }
    const endAt = this.#findEnd(window);
    if (endAt < 0) {
      if (window.length >= maxWire) throw this.#tooLarge(window.length);
      window.short(window.length + 1);
      return 0;
    }
    const from = this.#from;
    this.#at = this.#depth = 0;
    this.#quoted = false;
    if (endAt === from && !empty) {
      // Of two equal marks in a row the second starts a frame.
      window.skip(from > 0 && start.equals(end) ? from : endAt + end.length);
      window.short(1);
      return 0;
    }
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

  #startsAt(window: ByteWindow, at: number, length: number): boolean {
    const { start } = this.#layout;
    for (let i = 0; i < length; i++) if (window.at(at + i) !== start[i]) return false;
    return length > 0;
  }

  /** Where the end mark begins, or -1. */
  #findEnd(window: ByteWindow): number {
    const { end, double, nest } = this.#layout;
    if (nest) return this.#findNested(window);
    if (double >= 0 && end[0] === double) return this.#findUndoubled(window, double);
    const at = window.find(end.length === 1 ? (end[0] as number) : end, this.#at, window.length);
    if (at < 0) this.#at = Math.max(this.#from, window.length - end.length + 1);
    return at;
  }

  #findUndoubled(window: ByteWindow, double: number): number {
    const { end, maxWire } = this.#layout;
    // Beyond the limit nothing matters any more, whatever stands there.
    const to = Math.min(window.length, maxWire);
    for (;;) {
      const at = this.#at >= to ? -1 : window.find(double, this.#at, to);
      if (at < 0 || at + 1 >= window.length) {
        this.#at = at < 0 ? Math.max(this.#at, to) : at;
        return -1;
      }
      if (window.at(at + 1) === double) {
        this.#at = at + 2;
        continue;
      }
      this.#at = at;
      for (let i = 1; i < end.length; i++) {
        if (at + i >= window.length) return -1;
        if (window.at(at + i) !== end[i]) throw badEscape(window, at, window.length);
      }
      return at;
    }
  }

  #findNested(window: ByteWindow): number {
    const { quote, quoteEscape } = this.#layout;
    const open = this.#layout.start[0];
    const close = this.#layout.end[0];
    const { bytes, start, end } = window;
    let quoted = this.#quoted;
    let depth = this.#depth;
    let at = start + this.#at;
    for (; at < end; at++) {
      const byte = bytes[at] as number;
      if (quoted) {
        if (byte === quote) quoted = false;
        else if (byte === quoteEscape) {
          if (at + 1 >= end) break;
          at++;
        }
      } else if (byte === quote) quoted = true;
      else if (byte === open) depth++;
      else if (byte === close && depth-- === 0) return at - start;
    }
    this.#at = at - start;
    this.#depth = depth;
    this.#quoted = quoted;
    return -1;
  }

  #tooLarge(size: number): Error {
    const { max } = this.#layout;
    return tcpErrors.error('FRAME_TOO_LARGE', { size: Math.max(size, max + 1), limit: max });
  }
}
