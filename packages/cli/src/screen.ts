/**
 * What may reach a screen. A peer's text can hold what moves the cursor, renames the window, types answers, or shows text in
 * another order than it has: on a terminal all of it is written as `\u001b` and the like. Files and pipes get what it is.
 */
import { StringDecoder } from 'node:string_decoder';

/** C0, DEL, C1, separators of lines that are no line ends here, and the controls of writing direction (bidi). */
export const CONTROLS =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;

/** The styles of our own paint: bold, dim and three colours. Nothing else begins with an escape. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is what is looked for
const STYLE = /\u001b\[(?:1|2|22|32|33|36|39)m/;
const TAB_OR_LINE_END = /\t|\r?\n/;
const PARTS = new RegExp(`(${STYLE.source}|${TAB_OR_LINE_END.source})|(${CONTROLS.source})`, 'g');

/** A text as a screen may show it: line ends, tabs and our styles stay. In JSON it stays the same value. */
export function forScreen(text: string): string {
  return text.replace(PARTS, (_, kept: string | undefined, control: string) =>
    kept === undefined ? `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}` : kept,
  );
}

/** Bytes as a screen may show them, as UTF-8, however they are cut. */
export class ScreenBytes {
  readonly #decoder = new StringDecoder('utf8');
  /** A CR, of which it is not known whether a line feed follows. */
  #cr = '';

  write(bytes: Uint8Array): string {
    const text =
      this.#cr + this.#decoder.write(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    this.#cr = text.endsWith('\r') ? '\r' : '';
    return forScreen(this.#cr === '' ? text : text.slice(0, -1));
  }

  /** What waited for more. */
  end(): string {
    const rest = this.#cr + this.#decoder.end();
    this.#cr = '';
    return forScreen(rest);
  }
}
