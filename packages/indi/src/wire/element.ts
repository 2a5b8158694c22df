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
 * The bytes are a view of what was received: forward them as they are, and copy what you keep long. A large BLOB stays in
 * the pieces that it came in until somebody asks for its `bytes`: forward the pieces.
 */
export class RawElement {
  #bytes: Buffer | undefined;
  #pieces: readonly Buffer[] | undefined;
  /** The name of the element: `setNumberVector`, ... */
  readonly tag: string;
  /** Where the opening tag ends: bytes from the start, its `>` included. */
  readonly headLength: number;
  #attributes: Attributes | undefined;

  /**
   * @param bytes all of it, or pieces that are cut outside of tags, the head within the first
   * @param headLength see {@link RawElement.headLength}
   */
  constructor(bytes: Buffer | readonly Buffer[], tag: string, headLength: number) {
    if (bytes instanceof Uint8Array) this.#bytes = bytes;
    else this.#pieces = bytes;
    this.tag = tag;
    this.headLength = headLength;
  }

  /** All of it; joined where it came in pieces. */
  get bytes(): Buffer {
    this.#bytes ??= Buffer.concat(this.#pieces as readonly Buffer[]);
    return this.#bytes;
  }

  /** All of it, as it came: no piece ends within a tag. */
  get pieces(): readonly Buffer[] {
    return this.#pieces ?? [this.bytes];
  }

  /** The beginning: at least the opening tag. */
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
