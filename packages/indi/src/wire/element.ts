import { indiErrors } from '../catalogue.ts';
import { isNameEnd, isSpace, resolveEntities, Utf8 } from './text.ts';

const EQUALS = 0x3d;
const QUOTE = 0x22;
const APOSTROPHE = 0x27;
const SLASH = 0x2f;

/** Attributes of an element by name, entities resolved. Without a prototype: any name may come. */
export type Attributes = Readonly<Record<string, string | undefined>>;

/**
 * One top-level element as it came over the wire, not parsed: its bytes, its name, and its attributes when asked for.
 *
 *     <setBLOBVector device='CCD' name='CCD1' ...>  ...children...  </setBLOBVector>
 *     |------------------- head -----------------|
 *     |---------------------------------- bytes ------------------------------------|
 *
 * The bytes are a view of what was received: forward them as they are, and copy what you keep long.
 */
export class RawElement {
  readonly bytes: Buffer;
  /** The name of the element: `setNumberVector`, ... */
  readonly tag: string;
  /** Where the opening tag ends: bytes from the start, its `>` included. */
  readonly headLength: number;
  #attributes: Attributes | undefined;

  /** @param headLength see {@link RawElement.headLength} */
  constructor(bytes: Buffer, tag: string, headLength: number) {
    this.bytes = bytes;
    this.tag = tag;
    this.headLength = headLength;
  }

  /** Attributes of the opening tag. Throws `XML_SYNTAX`. */
  get attributes(): Attributes {
    this.#attributes ??= parseAttributes(
      new Utf8(this.bytes.subarray(0, this.headLength)),
      1 + Buffer.byteLength(this.tag),
      this.headLength - 1,
    );
    return this.#attributes;
  }

  get device(): string | undefined {
    return this.attributes.device;
  }

  /** Of the property. */
  get name(): string | undefined {
    return this.attributes.name;
  }

  /** Whether it is a vector with BLOBs in it. */
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
