import type { BusMessage } from '../port.ts';
import { checkExtras, expirySeconds } from '../properties.ts';

const MESSAGE_EXPIRY = 0x02;
const CORRELATION = 0x09;
const USER_PROPERTY = 0x26;
/** Room for the length field in front of the properties. */
const LENGTH_FIELD = 4;
const FIRST_SCRATCH = 1_024;

const NOTHING: Uint8Array = Buffer.alloc(0);
const NO_PROPERTIES: Uint8Array = Buffer.of(0);

/**
 * The properties of a PUBLISH of MQTT 5 (2.2.2), with their length in front; nothing for 3.1.1.
 *
 *     ┌───────────────┬──────────────┬────────────────────────┬──────────────────────────────┐
 *     │ length        │ 02           │ 09                     │ 26, for each property        │
 *     │ 1 to 4 bytes  │ 4: seconds   │ 2: length, correlation │ 2: length, name, 2, value    │
 *     └───────────────┴──────────────┴────────────────────────┴──────────────────────────────┘
 */
export class PropertyEncoder {
  readonly #version: 4 | 5;
  #scratch: Buffer = NOTHING as Buffer;
  #at = 0;

  constructor(version: 4 | 5) {
    this.#version = version;
  }

  /** Valid until the next call. Throws BUS_PROPERTY_INVALID. */
  encode(message: BusMessage): Uint8Array {
    if (this.#version === 4) return NOTHING;
    const { properties, expiry, correlation } = message;
    if (properties === undefined && expiry === undefined && correlation === undefined) return NO_PROPERTIES;
    checkExtras(message);
    this.#at = LENGTH_FIELD;
    if (expiry !== undefined) {
      this.#reserve(5);
      this.#scratch[this.#at++] = MESSAGE_EXPIRY;
      this.#at = this.#scratch.writeUInt32BE(expirySeconds(expiry), this.#at);
    }
    if (correlation !== undefined) {
      this.#reserve(3 + correlation.length);
      this.#scratch[this.#at++] = CORRELATION;
      this.#at = this.#scratch.writeUInt16BE(correlation.length, this.#at);
      this.#scratch.set(correlation, this.#at);
      this.#at += correlation.length;
    }
    for (const name in properties) {
      const value = properties[name] as string;
      // UTF-8 has at most three bytes for each unit of a string.
      this.#reserve(5 + 3 * (name.length + value.length));
      this.#scratch[this.#at++] = USER_PROPERTY;
      this.#text(name);
      this.#text(value);
    }
    return this.#withLength();
  }

  #text(text: string): void {
    const size = this.#scratch.write(text, this.#at + 2, 'utf8');
    this.#scratch.writeUInt16BE(size, this.#at);
    this.#at += 2 + size;
  }

  #withLength(): Uint8Array {
    let length = this.#at - LENGTH_FIELD;
    const field: number[] = [];
    for (; length >= 0x80; length >>>= 7) field.push((length & 0x7f) | 0x80);
    field.push(length);
    const start = LENGTH_FIELD - field.length;
    this.#scratch.set(field, start);
    return this.#scratch.subarray(start, this.#at);
  }

  #reserve(more: number): void {
    if (this.#at + more <= this.#scratch.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(FIRST_SCRATCH, 2 * (this.#at + more)));
    this.#scratch.copy(grown, 0, 0, this.#at);
    this.#scratch = grown;
  }
}
