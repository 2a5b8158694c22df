import type { Measure } from '../../measure.ts';
import type { ByteWindow } from '../../window.ts';
import { badEscape, Doubling } from '../parts/escape.ts';

/**
 *     MARK CODE .. MARK MARK ..      as many bytes as the code says, counting each pair once
 *     1a   33   .. 1a   1a   ..
 */
export class DoubledMeasure implements Measure {
  readonly head = 0;
  readonly tail = 0;
  readonly #byte: number;
  readonly #doubling: Doubling;
  readonly #sizes: ReadonlyMap<number, number>;
  #at = 2;
  /** Bytes of content before `#at`. */
  #size = 2;

  constructor(byte: number, sizes: ReadonlyMap<number, number>) {
    this.#byte = byte;
    this.#doubling = new Doubling(byte);
    this.#sizes = sizes;
  }

  get looked(): number {
    return this.#at;
  }

  measure(window: ByteWindow): number {
    if (window.length < 2) {
      window.short(2);
      return 0;
    }
    const wanted = this.#sizes.get(window.at(1)) ?? 2;
    while (this.#size < wanted) {
      const most = this.#at + wanted - this.#size;
      const found = window.find(this.#byte, this.#at, Math.min(window.length, most));
      const to = found < 0 ? Math.min(window.length, most) : found;
      this.#size += Math.max(0, to - this.#at);
      this.#at = Math.max(this.#at, to);
      if (found < 0) {
        if (this.#size < wanted) {
          window.short(window.length + 1); // each byte may show that this is no frame
          return 0;
        }
      } else if (found + 1 >= window.length) {
        window.short(found + 2);
        return 0;
      } else {
        if (window.at(found + 1) !== this.#byte) throw badEscape(window, found, found + 2);
        this.#at = found + 2;
        this.#size++;
      }
    }
    const total = this.#at;
    this.#at = this.#size = 2;
    return total;
  }

  content(window: ByteWindow, total: number): Buffer {
    const rest = this.#doubling.decode(window, 2, total);
    // Without pairs the frame is what stands on the wire.
    return rest.length === total - 2 ? window.view(0, total) : Buffer.concat([window.view(0, 2), rest]);
  }
}
