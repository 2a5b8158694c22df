import { cliErrors } from '../catalogue.ts';

/** Decodes text with hexadecimal digits, with or without spaces and line ends, in chunks of any size. */
export class HexText {
  #half = '';
  #offset = 0;

  /** Throws `HEX_INVALID`. */
  write(chunk: Uint8Array | string): Buffer {
    const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('latin1');
    const stranger = text.search(/[^0-9a-fA-F\s]/);
    if (stranger >= 0) {
      const found = JSON.stringify(text[stranger]);
      throw cliErrors.error('HEX_INVALID', { found, offset: this.#offset + stranger });
    }
    this.#offset += text.length;
    const digits = this.#half + text.replaceAll(/\s+/g, '');
    const even = digits.length & ~1;
    this.#half = digits.slice(even);
    return Buffer.from(digits.slice(0, even), 'hex');
  }

  /** Throws `HEX_INVALID` if half a byte is left. */
  end(): void {
    if (this.#half !== '')
      throw cliErrors.error('HEX_INVALID', {
        found: 'the end of input after half a byte',
        offset: this.#offset,
      });
  }
}
