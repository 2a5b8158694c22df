/**
 * Converts bytes to text and back, for one family of encodings. Pure and without state; {@link TextStream} keeps the
 * state.
 */
export interface Scheme {
  /** Whether U+FEFF at the start of a text is a byte order mark. */
  readonly marked: boolean;
  /**
   * The number of bytes, from the start, that contain complete characters. The rest, a few bytes at most, waits for
   * more.
   */
  whole(bytes: Buffer): number;
  /** Decodes complete characters. Each invalid sequence becomes U+FFFD. */
  text(bytes: Buffer): string;
  /** The first invalid sequence in complete characters. Called only if the text contains U+FFFD. */
  invalid(bytes: Buffer): InvalidBytes | undefined;
  /** The number of U+FFFD that replace the incomplete bytes at the end of a text. */
  broken(bytes: Buffer): number;
  /** Encodes a text. A number: the offset of the first character that the encoding does not have. */
  encode(text: string): Buffer | number;
  /** Encodes a text. A character that the encoding does not have becomes `?`, or U+FFFD if the encoding has it. */
  replace(text: string): Buffer;
}

export interface InvalidBytes {
  readonly at: number;
  readonly length: number;
}

export const REPLACEMENT = '\ufffd';

/** The offset of the first unpaired surrogate; -1: there is none. */
export function loneSurrogate(text: string): number {
  if (text.isWellFormed()) return -1;
  return text.search(/\p{Surrogate}/u);
}
