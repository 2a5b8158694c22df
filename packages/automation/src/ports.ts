/** What automation needs of the rest of the house; only the server brings them together. */

/** Turns text into bytes and back. `codePage()` of `@fairlead/tcp` fits. */
export interface CodePage {
  readonly name: string;
  /** Throws TEXT_NOT_ENCODABLE where it is strict. */
  encode(text: string): Uint8Array;
  /** Throws TEXT_INVALID where it is strict. */
  decode(bytes: Uint8Array): string;
  /** For bytes that come in pieces. */
  decoder(): { write(bytes: Uint8Array): string; end(): string };
}

/** An encoding by its name. Throws CODE_PAGE_UNKNOWN. */
export type CodePages = (name: string, options: { onInvalid: 'strict' | 'replace' }) => CodePage;

/** What `pino` offers, and as much as is used of it. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
