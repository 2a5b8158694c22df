import type { FrameEncoder, Payload } from './codec.ts';
import { notEncodable, payloadBytes } from './payload.ts';
import type { ByteSink } from './sink.ts';

/** Lines of bytes. */
export class LineRuleEncoder implements FrameEncoder<Payload> {
  readonly #terminator: string;

  constructor(terminator: string) {
    this.#terminator = terminator;
  }

  encode(message: Payload, sink: ByteSink): void {
    const bytes = payloadBytes(message, 'line');
    if (bytes.includes(0x0a)) throw notEncodable('line', 'it holds a line feed');
    if (this.#terminator === '\n' && bytes.at(-1) === 0x0d)
      throw notEncodable('line', 'it ends with a CR, which the receiver takes for a part of the line end');
    sink.bytes(bytes);
    sink.text(this.#terminator);
  }
}

/** Frames of one size, around the payload what is known to stand there. */
export class FixedRuleEncoder implements FrameEncoder<Payload> {
  readonly #payload: number;
  readonly #head: Buffer;
  readonly #tail: Buffer;

  constructor(size: number, head: Buffer, tail: Buffer) {
    this.#payload = size - head.length - tail.length;
    this.#head = head;
    this.#tail = tail;
  }

  encode(message: Payload, sink: ByteSink): void {
    const bytes = payloadBytes(message, 'fixed');
    if (bytes.length !== this.#payload)
      throw notEncodable('fixed', `it has ${bytes.length} bytes, the framing wants ${this.#payload}`);
    sink.bytes(this.#head);
    sink.bytes(bytes);
    sink.bytes(this.#tail);
  }
}

/** For a rule whose frames come without bytes that nobody here could write back. */
export class UnknownEncoder implements FrameEncoder<Payload> {
  readonly #kind: string;
  readonly #head: number;
  readonly #tail: number;

  constructor(kind: string, head: number, tail: number) {
    this.#kind = kind;
    this.#head = head;
    this.#tail = tail;
  }

  encode(): void {
    throw notEncodable(
      this.#kind,
      `the framing strips ${this.#head} bytes of the head and ${this.#tail} of the end that this side does not know`,
    );
  }
}
