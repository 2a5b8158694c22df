/** Turns what a peer sends into events of an exchange: frames into text, and the end of the link into `left` or `failed`. */
import { asFairleadError, type FairleadError, isFairleadError } from '@fairlead/core';
import type { Reader, Unfinished } from '@fairlead/tcp';
import type { ExchangeEvent, Incomplete } from '../engine/types.ts';
import type { CodePage } from '../ports.ts';

/** The part of a link that receiving uses. `Session` of `@fairlead/tcp` fits. */
export interface Source {
  take(reader: Reader<Buffer>): Buffer | undefined;
  /** The received part of the next message, if it is incomplete. */
  unfinished?(): Unfinished | undefined;
}

const MARK = 0xfeff;
/** Bytes that are kept of reads without a whole character: more than any character has. */
const HELD = 16;

export class Incoming implements Reader<Buffer> {
  readonly #source: Source;
  readonly #page: CodePage;
  readonly #arrived: (event: ExchangeEvent) => void;
  readonly #stream: ReturnType<CodePage['decoder']> | undefined;
  /** The last bytes of reads that contained no whole character. */
  #held: Buffer = Buffer.alloc(0);
  /** The error that ended the last receive. The next receive reports it. */
  #gone: FairleadError | undefined;

  /**
   * @param stream whether bytes arrive as a stream, cut anywhere, instead of in whole messages
   * @param arrived called with an event that {@link next} could not return at once
   */
  constructor(source: Source, page: CodePage, stream: boolean, arrived: (event: ExchangeEvent) => void) {
    this.#source = source;
    this.#page = page;
    this.#stream = stream ? page.decoder() : undefined;
    this.#arrived = arrived;
  }

  /** The next event if there is one; undefined: it follows later. */
  next(): ExchangeEvent | undefined {
    if (this.#gone !== undefined) return this.#ended(this.#gone);
    for (;;) {
      const bytes = this.#source.take(this);
      if (bytes === undefined) return undefined;
      const event = this.#read(bytes);
      if (event !== undefined) return event;
    }
  }

  /**
   * The received part of an incomplete message; undefined: nothing was received.
   * @param hex formats bytes in hexadecimal, with secrets masked
   */
  incomplete(framing: string, hex: (bytes: Buffer) => string): Incomplete | undefined {
    const held = this.#held;
    if (held.length > 0) {
      const missing = `they are the beginning of a character of ${this.#page.name}`;
      return { size: counted(held.length), last: spaced(hex(held.subarray(-16))), missing };
    }
    const { size, last, missing } = this.#source.unfinished?.() ?? {};
    if (size === undefined || last === undefined) return undefined;
    return { size: counted(size), last: spaced(hex(last)), missing: lacking(framing, missing) };
  }

  /** Called by the link. */
  frame(bytes: Buffer): void {
    const event = this.#read(bytes) ?? this.next();
    if (event !== undefined) this.#arrived(event);
  }

  /** Called by the link. */
  failed(cause: FairleadError): void {
    this.#gone = cause;
    this.#arrived(this.#ended(cause));
  }

  /** undefined: no whole character yet. */
  #read(bytes: Buffer): ExchangeEvent | undefined {
    try {
      const text = this.#decode(bytes);
      if (text === '' && this.#stream !== undefined) {
        // A copy: a stream of byte order marks must not keep all that was read in memory.
        this.#held = Buffer.from(Buffer.concat([this.#held, bytes]).subarray(-HELD));
        return undefined;
      }
      return received(text, this.#withHeld(bytes));
    } catch (error) {
      return failed(error);
    }
  }

  /**
   * Removes a byte order mark: programs that encode each message separately write one before each. Throws TEXT_INVALID if
   * the code page is strict: a stream returns the text before invalid bytes, and that is not a message.
   */
  #decode(bytes: Buffer): string {
    const text = this.#stream === undefined ? this.#page.decode(bytes) : this.#stream.write(bytes);
    if (this.#stream?.failure !== undefined) throw this.#stream.failure;
    return text.charCodeAt(0) === MARK ? text.slice(1) : text;
  }

  #withHeld(bytes: Buffer): Buffer {
    if (this.#held.length === 0) return bytes;
    const whole = Buffer.concat([this.#held, bytes]);
    this.#held = Buffer.alloc(0);
    return whole;
  }

  /** The peer closed. An incomplete character before it is a last message, or an error if the code page is strict. */
  #ended(cause: FairleadError): ExchangeEvent {
    if (!isFairleadError(cause, 'PEER_CLOSED')) return failed(cause);
    try {
      const rest = this.#stream?.end() ?? '';
      if (rest !== '') return received(rest, this.#withHeld(Buffer.alloc(0)));
    } catch (error) {
      return failed(error);
    }
    return { type: 'left' };
  }
}

/** What an incomplete message needs. @param missing bytes, if the framing knows it */
function lacking(framing: string, missing: number | undefined): string {
  if (missing !== undefined) return `${counted(missing)} more are missing`;
  return framing === 'line'
    ? 'no line end was received after them'
    : `the framing "${framing}" finds no end in them`;
}

const counted = (bytes: number): string => (bytes === 1 ? '1 byte' : `${bytes} bytes`);
const spaced = (hex: string): string => hex.replace(/..(?=.)/g, '$& ');

function received(text: string, bytes: Uint8Array): ExchangeEvent {
  return { type: 'received', message: { text, bytes, direction: 'received' } };
}

/** The event for an error during an exchange. */
export function failed(error: unknown): ExchangeEvent {
  return { type: 'failed', error: asFairleadError(error) };
}
