/**
 * What the values of a message occupy in memory, by an estimate. A value of one byte on the wire may take 64 bytes here, so
 * that bytes on the wire bound nothing. The estimate is made of the bytes, before a value is.
 */
import { tcpLimits } from '../limits.ts';
import { invalid } from './wire.ts';

/** Bytes that values occupy beside their bytes on the wire: V8 with pointers of 64 bits, the place in their container included. */
const COST = {
  /** null, true, false, a number. */
  scalar: 8,
  /** Its header. */
  text: 32,
  /** Text, and its part in the shape of the object. */
  key: 48,
  container: 64,
  /** A Uint8Array, a Date or a bigint. */
  object: 104,
} as const;

export class Memory {
  bytes: number;
  readonly #limit: number;

  /** @param size bytes on the wire @param max the largest message */
  constructor(size: number, max: number) {
    this.bytes = size;
    this.#limit = memoryLimit(max);
  }

  /** Throws `MESSAGE_INVALID` when the message would occupy too much. */
  add(kind: keyof typeof COST): void {
    this.bytes += COST[kind];
    if (this.bytes > this.#limit) throw this.#tooMuch();
  }

  #tooMuch(): Error {
    return invalid('the top', `its values would occupy more than ${this.#limit} bytes of memory`);
  }
}

/** Bytes that the values of a message may occupy, where its largest size on the wire is `max`. */
export function memoryLimit(max: number): number {
  const { messageMemory, frame } = tcpLimits.values;
  return messageMemory * Math.max(1, max / frame);
}
