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
/** Bytes that are kept of reads without a character: more than any character takes. */
const HELD = 16;

export class Incoming implements Reader<Buffer> {
  readonly #source: Source;
  readonly #page: CodePage;
  readonly #arrived: (event: ExchangeEvent) => void;
  readonly #stream: ReturnType<CodePage['decoder']> | undefined;
  /** The last bytes of reads that brought no more than half a character. */
  #held: Buffer = Buffer.alloc(0);
  /** What ended a receive before: told at the next one. */
  #gone: FairleadError | undefined;

  /**
   * @param stream whether bytes come as they arrive, cut anywhere, instead of in whole messages
   * @param arrived called with an event that {@link next} could not give at once
   */
  constructor(source: Source, page: CodePage, stream: boolean, arrived: (event: ExchangeEvent) => void) {
    this.#source = source;
    this.#page = page;
    this.#stream = stream ? page.decoder() : undefined;
    this.#arrived = arrived;
  }

  /** The next event where there is nothing to wait for; undefined: it comes later. */
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
   * What has come of a message that is not complete; undefined: nothing.
   * @param hex bytes in hexadecimal, as they may be shown
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
        // A copy: byte order marks without an end must not keep all that was read in memory.
        this.#held = Buffer.from(Buffer.concat([this.#held, bytes]).subarray(-HELD));
        return undefined;
      }
      return received(text, this.#withHeld(bytes));
    } catch (error) {
      return failed(error);
    }
  }

  /**
   * Programs that encode each message for itself put a byte order mark before each: it is no part of the text. Throws
   * TEXT_INVALID where the code page is strict: a stream returns the text before invalid bytes, and that is no message.
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

  /** The peer's end: half a character that it left behind is a last message, or an error where that is strict. */
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

/** What a message lacks. @param missing bytes, where the framing tells */
function lacking(framing: string, missing: number | undefined): string {
  if (missing !== undefined) return `${counted(missing)} more are missing`;
  return framing === 'line'
    ? 'no line end has come after them'
    : `the framing "${framing}" sees no end in them`;
}

const counted = (bytes: number): string => (bytes === 1 ? '1 byte' : `${bytes} bytes`);
const spaced = (hex: string): string => hex.replace(/..(?=.)/g, '$& ');

function received(text: string, bytes: Uint8Array): ExchangeEvent {
  return { type: 'received', message: { text, bytes, direction: 'received' } };
}

/** Something went wrong in the middle of an exchange. */
export function failed(error: unknown): ExchangeEvent {
  return { type: 'failed', error: asFairleadError(error) };
}
