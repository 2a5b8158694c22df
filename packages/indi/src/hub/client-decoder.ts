import type { ByteWindow, FrameDecoder } from '@fairlead/tcp';
import { ElementSplitter, type RawElement, type SplitterOptions } from '../wire/index.ts';

/** Elements of one client of the hub, with what of an element has arrived and is not complete. */
export class ClientDecoder implements FrameDecoder<RawElement> {
  readonly #elements: ElementSplitter;
  readonly #keeps: (bytes: number) => void;
  #kept = 0;

  /**
   * @param keeps called with the bytes of an element that is not complete whenever their number changes; what it throws
   * ends the link
   */
  constructor(options: SplitterOptions, keeps: (bytes: number) => void) {
    this.#elements = new ElementSplitter(options);
    this.#keeps = keeps;
  }

  get aside(): number {
    return this.#elements.aside;
  }

  decode(window: ByteWindow): RawElement | undefined {
    const element = this.#elements.decode(window);
    const kept = element === undefined ? window.length + this.#elements.aside : 0;
    if (kept !== this.#kept) {
      this.#kept = kept;
      this.#keeps(kept);
    }
    return element;
  }
}
