import { indiErrors } from '../catalogue.ts';
import { indiLimits } from '../limits.ts';
import { type Attributes, parseAttributes } from './element.ts';
import { isNameEnd, isSpace, resolveEntities, Utf8 } from './text.ts';

const LT = 0x3c;
const GT = 0x3e;
const SLASH = 0x2f;
const QUESTION = 0x3f;
const BANG = 0x21;
const QUOTE = 0x22;
const APOSTROPHE = 0x27;

/** An element as a tree. Text is decoded on request, so that the base64 of a BLOB stays bytes. */
export class XmlElement {
  readonly name: string;
  readonly attributes: Attributes;
  readonly children: XmlElement[] = [];
  readonly #source: Utf8;
  /** Pieces of text: from, to, and 1 for CDATA. */
  readonly #text: number[] = [];

  constructor(source: Utf8, name: string, attributes: Attributes) {
    this.#source = source;
    this.name = name;
    this.attributes = attributes;
  }

  addText(from: number, to: number, cdata: boolean): void {
    if (to > from) this.#text.push(from, to, cdata ? 1 : 0);
  }

  /** Its own text without that of its children, with entities resolved and without spaces at both ends. */
  get text(): string {
    const pieces = this.#text;
    let text = '';
    for (let i = 0; i < pieces.length; i += 3) {
      const piece = this.#source.slice(pieces[i] as number, pieces[i + 1] as number);
      text += pieces[i + 2] === 1 ? piece : resolveEntities(piece);
    }
    return text.trim();
  }

  /** Its own text as bytes, without spaces at both ends. A view if the text is in one piece, as base64 always is. */
  get rawText(): Buffer {
    const pieces = this.#text;
    const { bytes } = this.#source;
    if (pieces.length === 3) return trimmed(bytes.subarray(pieces[0], pieces[1]));
    const views: Buffer[] = [];
    for (let i = 0; i < pieces.length; i += 3) views.push(bytes.subarray(pieces[i], pieces[i + 1]));
    return trimmed(Buffer.concat(views));
  }
}

function trimmed(bytes: Buffer): Buffer {
  let from = 0;
  let to = bytes.length;
  while (from < to && isSpace(bytes[from] as number)) from++;
  while (to > from && isSpace(bytes[to - 1] as number)) to--;
  return bytes.subarray(from, to);
}

/**
 * Parses one element and its content. Before and after it only spaces, comments and instructions may occur. Throws
 * `XML_SYNTAX`, `XML_UNBALANCED` or `XML_TOO_DEEP`. Namespaces, DTDs and entity declarations are not supported: INDI
 * has none.
 */
export function parseXml(bytes: Buffer): XmlElement {
  return new XmlReader(bytes).read();
}

class XmlReader {
  readonly #bytes: Buffer;
  readonly #source: Utf8;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#source = new Utf8(bytes);
  }

  read(): XmlElement {
    const bytes = this.#bytes;
    const open: XmlElement[] = [];
    let root: XmlElement | undefined;
    for (;;) {
      const found = bytes.indexOf(LT, this.#at);
      const textEnd = found < 0 ? bytes.length : found;
      const inside = open.at(-1);
      if (inside !== undefined) inside.addText(this.#at, textEnd, false);
      else this.#onlySpace(this.#at, textEnd);
      if (found < 0) {
        if (inside !== undefined) throw this.#syntax(`<${inside.name}> is never closed`, bytes.length);
        if (root === undefined) throw this.#syntax('no element', bytes.length);
        return root;
      }
      this.#at = found + 1;
      const next = bytes[found + 1];
      if (next === SLASH) this.#close(open);
      else if (next === QUESTION) this.#skipTo('?>', found + 2);
      else if (next === BANG) this.#bang(found, inside);
      else {
        if (inside === undefined && root !== undefined) throw this.#syntax('a second element', found);
        const { element, empty } = this.#open(found);
        root ??= element;
        inside?.children.push(element);
        if (empty) continue;
        if (open.length >= indiLimits.values.depth)
          throw indiErrors.error('XML_TOO_DEEP', { limit: indiLimits.values.depth });
        open.push(element);
      }
    }
  }

  #open(from: number): { element: XmlElement; empty: boolean } {
    const bytes = this.#bytes;
    let nameEnd = from + 1;
    while (nameEnd < bytes.length && !isNameEnd(bytes[nameEnd] as number)) nameEnd++;
    if (nameEnd === from + 1) throw this.#syntax('"<" is not followed by a name', from);
    let at = nameEnd;
    let quote = 0;
    for (; at < bytes.length; at++) {
      const byte = bytes[at] as number;
      if (quote !== 0) quote = byte === quote ? 0 : quote;
      else if (byte === QUOTE || byte === APOSTROPHE) quote = byte;
      else if (byte === GT) break;
      else if (byte === LT) throw this.#syntax('a tag that does not end', from);
    }
    if (at >= bytes.length) throw this.#syntax('a tag that does not end', from);
    this.#at = at + 1;
    const name = this.#source.slice(from + 1, nameEnd);
    const element = new XmlElement(this.#source, name, parseAttributes(this.#source, nameEnd, at));
    return { element, empty: bytes[at - 1] === SLASH };
  }

  #close(open: XmlElement[]): void {
    const from = this.#at + 1;
    const to = this.#bytes.indexOf(GT, from);
    if (to < 0) throw this.#syntax('a tag that does not end', from - 2);
    const close = this.#source.slice(from, to).trim();
    const element = open.pop();
    if (element === undefined) throw this.#syntax('a closing tag that nothing opened', from - 2);
    if (element.name !== close)
      throw indiErrors.error('XML_UNBALANCED', { open: element.name, close: close.slice(0, 40) });
    this.#at = to + 1;
  }

  #bang(from: number, inside: XmlElement | undefined): void {
    const bytes = this.#bytes;
    if (bytes.toString('latin1', from, from + 4) === '<!--') this.#skipTo('-->', from + 4);
    else if (inside !== undefined && bytes.toString('latin1', from, from + 9) === '<![CDATA[') {
      this.#skipTo(']]>', from + 9);
      inside.addText(from + 9, this.#at - 3, true);
    } else throw this.#syntax('a declaration, which INDI does not have', from);
  }

  #skipTo(stop: string, from: number): void {
    const found = this.#bytes.indexOf(stop, from);
    if (found < 0) throw this.#syntax('markup that does not end', from);
    this.#at = found + stop.length;
  }

  #onlySpace(from: number, to: number): void {
    for (let at = from; at < to; at++)
      if (!isSpace(this.#bytes[at] as number)) throw this.#syntax('text outside of an element', at);
  }

  #syntax(reason: string, at: number): Error {
    const found = this.#bytes.toString('utf8', at, Math.min(this.#bytes.length, at + 40));
    return indiErrors.error('XML_SYNTAX', { reason, found });
  }
}
