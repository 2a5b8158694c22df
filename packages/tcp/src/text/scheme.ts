/** How one family of encodings turns bytes into text and back. Pure and without state: {@link TextStream} keeps that. */
export interface Scheme {
  /** Whether U+FEFF at the head of a text is a byte order mark. */
  readonly marked: boolean;
  /** How many bytes, from the head, hold whole characters. What is left waits for more; it is a few bytes at most. */
  whole(bytes: Buffer): number;
  /** The text of whole characters, U+FFFD for each sequence that is not valid. */
  text(bytes: Buffer): string;
  /** The first sequence among whole characters that is not valid. Asked only where the text shows a U+FFFD. */
  invalid(bytes: Buffer): InvalidBytes | undefined;
  /** How many U+FFFD stand for bytes that were still waiting when the text ended. */
  broken(bytes: Buffer): number;
  /** The bytes of a text; a number: where the first character stands that has none. */
  encode(text: string): Buffer | number;
  /** The bytes of a text; a character that has none becomes `?`, or U+FFFD where the encoding has that. */
  replace(text: string): Buffer;
}

export interface InvalidBytes {
  readonly at: number;
  readonly length: number;
}

export const REPLACEMENT = '\ufffd';

/** Where the first half of a surrogate pair stands that has no other half; -1: nowhere. */
export function loneSurrogate(text: string): number {
  if (text.isWellFormed()) return -1;
  return text.search(/\p{Surrogate}/u);
}
