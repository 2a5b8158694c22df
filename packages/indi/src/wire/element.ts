import { indiErrors } from '../catalogue.ts';
import { isNameEnd, isSpace, resolveEntities, Utf8 } from './text.ts';

const EQUALS = 0x3d;
const QUOTE = 0x22;
const APOSTROPHE = 0x27;
const SLASH = 0x2f;

/** Attributes of an element by name, with entities resolved. It has no prototype, because any name may occur. */
export type Attributes = Readonly<Record<string, string | undefined>>;

/**
 * One top-level element as received, not parsed: its bytes, its name, and its attributes on request.
 *
 *     <setBLOBVector device='CCD' name='CCD1' ...>  ...children...  </setBLOBVector>
 *     |------------------- head -----------------|
 *     |---------------------------------- bytes ------------------------------------|
 *
 * The bytes are a view of the received data: forward them as they are, and copy them to keep them. A large BLOB stays
 * in the pieces in which it arrived until `bytes` is read: forward its pieces.
 */
export class RawElement {
  #bytes: Buffer | undefined;
  #pieces: readonly Buffer[] | undefined;
  /** The name of the element: `setNumberVector`, ... */
  readonly tag: string;
  /** Length of the opening tag in bytes, its `>` included. */
  readonly headLength: number;
  #attributes: Attributes | undefined;

  /**
   * @param bytes the whole element, or pieces that are not split within tags, with the opening tag in the first
   * @param headLength see {@link RawElement.headLength}
   */
  constructor(bytes: Buffer | readonly Buffer[], tag: string, headLength: number) {
    if (bytes instanceof Uint8Array) this.#bytes = bytes;
    else this.#pieces = bytes;
    this.tag = tag;
    this.headLength = headLength;
  }

  /** The whole element in one buffer. */
  get bytes(): Buffer {
    this.#bytes ??= Buffer.concat(this.#pieces as readonly Buffer[]);
    return this.#bytes;
  }

  /** The whole element in the pieces in which it arrived. No piece ends within a tag. */
  get pieces(): readonly Buffer[] {
    return this.#pieces ?? [this.bytes];
  }

  /** The first piece: it contains at least the opening tag. */
  get first(): Buffer {
    return this.#pieces?.[0] ?? this.bytes;
  }

  /** Attributes of the opening tag. Throws `XML_SYNTAX`. */
  get attributes(): Attributes {
    this.#attributes ??= parseAttributes(
      new Utf8(this.first.subarray(0, this.headLength)),
      1 + Buffer.byteLength(this.tag),
      this.headLength - 1,
    );
    return this.#attributes;
  }

  get device(): string | undefined {
    return this.attributes.device;
  }

  /** The name of the property. */
  get name(): string | undefined {
    return this.attributes.name;
  }

  /** Whether it is a vector of BLOBs. */
  get isBlob(): boolean {
    return this.tag === 'setBLOBVector' || this.tag === 'newBLOBVector';
  }

  toString(): string {
    return this.bytes.toString();
  }
}

/** Reads `name='value' name="value"` between two offsets; a `/` before the end is skipped. Throws `XML_SYNTAX`. */
export function parseAttributes(text: Utf8, from: number, to: number): Attributes {
  const { bytes } = text;
  const attributes: Record<string, string> = Object.create(null);
  let at = from;
  for (;;) {
    while (at < to && isSpace(bytes[at] as number)) at++;
    if (at >= to || (bytes[at] === SLASH && at === to - 1)) return attributes;
    const nameAt = at;
    while (at < to && bytes[at] !== EQUALS && !isNameEnd(bytes[at] as number)) at++;
    const nameEnd = at;
    while (at < to && isSpace(bytes[at] as number)) at++;
    if (nameEnd === nameAt || bytes[at] !== EQUALS || at >= to)
      throw attributeSyntax('an attribute without a value', bytes, nameAt, to);
    at++;
    while (at < to && isSpace(bytes[at] as number)) at++;
    const quote = bytes[at] as number;
    if (at >= to || (quote !== QUOTE && quote !== APOSTROPHE))
      throw attributeSyntax('an attribute value without quotes', bytes, nameAt, to);
    const valueAt = ++at;
    while (at < to && bytes[at] !== quote) at++;
    if (at >= to) throw attributeSyntax('an attribute value that does not end', bytes, nameAt, to);
    attributes[text.slice(nameAt, nameEnd)] = resolveEntities(text.slice(valueAt, at));
    at++;
  }
}

function attributeSyntax(reason: string, bytes: Buffer, from: number, to: number): Error {
  return indiErrors.error('XML_SYNTAX', {
    reason,
    found: bytes.toString('utf8', from, Math.min(to, from + 40)),
  });
}
