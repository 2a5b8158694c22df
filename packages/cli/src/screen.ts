/**
 * Makes text safe for a screen. Text of a peer can move the cursor, rename the window, type answers, or show text in
 * another order. On a terminal, such characters are written as `\u001b` and similar escapes. Files and pipes get the text unchanged.
 */
import { StringDecoder } from 'node:string_decoder';

/** C0, DEL, C1, separators of lines that are no line ends here, and the controls of writing direction (bidi). */
export const CONTROLS =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the expression searches for them
  /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;

/** The styles of `paint`: bold, dim and three colours. No other output starts with an escape. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the expression searches for it
const STYLE = /\u001b\[(?:1|2|22|32|33|36|39)m/;
const TAB_OR_LINE_END = /\t|\r?\n/;
const PARTS = new RegExp(`(${STYLE.source}|${TAB_OR_LINE_END.source})|(${CONTROLS.source})`, 'g');

/** Text that is safe for a screen. Line ends, tabs and our styles are kept. JSON keeps the same value. */
export function forScreen(text: string): string {
  return text.replace(PARTS, (_, kept: string | undefined, control: string) =>
    kept === undefined ? `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}` : kept,
  );
}

/** Bytes as UTF-8 text that is safe for a screen, independent of the chunks. */
export class ScreenBytes {
  readonly #decoder = new StringDecoder('utf8');
  /** A CR that may be followed by a line feed. */
  #cr = '';

  write(bytes: Uint8Array): string {
    const text =
      this.#cr + this.#decoder.write(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    this.#cr = text.endsWith('\r') ? '\r' : '';
    return forScreen(this.#cr === '' ? text : text.slice(0, -1));
  }

  /** The remaining incomplete input. */
  end(): string {
    const rest = this.#cr + this.#decoder.end();
    this.#cr = '';
    return forScreen(rest);
  }
}
