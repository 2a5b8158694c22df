import { RawElement } from '../wire/element.ts';
import { isSpace } from '../wire/text.ts';
import { OPENING, tagEnd } from './blob-check.ts';
import { type Parcel, packEach } from './parcel.ts';

const LF = 0x0a;
const LT = 0x3c;
const SLASH = 0x2f;
const SPACE = 0x20;
/** Characters of a line of base64 that a C++ driver writes. */
const USUAL = 72;

/** A BLOB vector as drivers in C++ want it, which is as it came, and as clients do. The element itself is used up. */
export function blobParcels(
  element: RawElement,
  wantsOriginal: boolean,
): { readonly original: readonly Parcel[]; readonly joined: readonly Parcel[] } {
  const original = wantsOriginal ? packEach([copyOf(element)]) : [];
  return { original, joined: packEach([inOneLine(element)]) };
}

function copyOf({ pieces, tag, headLength }: RawElement): RawElement {
  const copies = pieces.map((piece) => Buffer.from(piece));
  return new RawElement(copies, tag, headLength);
}

/**
 * A BLOB vector as C++ clients can take it: the base64 of each BLOB in one line, its `enclen` blanked.
 *
 *     <oneBLOB name="CCD1" size="120" enclen="160" format=".fits">     <oneBLOB name="CCD1" size="120"              format=".fits">
 *     U0lNUExFICA9ICAgICAgICAgICAgICAgICAgICBUIC8gZ                -->  U0lNUExFICA9ICAgICAgICAgICAgICAgICAgICBUIC8gZmlsZSBkb2Vz...
 *     mlsZSBkb2Vz...
 *
 * Drivers in C++ write it in lines; clients in C++ count each line end as base64, so that their BLOB is longer than it is
 * and they read beyond its end. Told `enclen`, they skip so many bytes and the line ends that they expect. The bytes are
 * changed where they lie, which takes half the time of copying them: nobody may have seen them before.
 */
export function inOneLine(element: RawElement): RawElement {
  const pieces: Buffer[] = [];
  let changed = false;
  let inside = false;
  let at = element.headLength;
  for (const piece of element.pieces) {
    let from = 0;
    while (at < piece.length) {
      const found = piece.indexOf(LT, at);
      const to = found < 0 ? piece.length : found;
      const end = inside ? joinLines(piece, at, to, at > 0) : to;
      if (end < to) {
        changed = true;
        if (end > from) pieces.push(piece.subarray(from, end));
        from = to;
      }
      if (found < 0) break;
      at = tagEnd(piece, found);
      inside = piece[at - 2] !== SLASH && piece.toString('latin1', found, found + OPENING.length) === OPENING;
      if (inside) blankLength(piece, found + OPENING.length, at);
    }
    if (from < piece.length) pieces.push(piece.subarray(from));
    at = 0;
  }
  return changed ? new RawElement(pieces, element.tag, element.headLength) : element;
}

/**
 * Moves the lines between two offsets together, and returns where they end now. White space before the first and after
 * the last is left where that is the end of the text: nobody minds it.
 * @param begins whether the text begins at `from`, rather than going on
 */
function joinLines(bytes: Buffer, from: number, to: number, begins: boolean): number {
  const start = begins ? skipSpace(bytes, from, to) : from;
  const first = lineEnd(bytes, start, to);
  if (to < bytes.length && skipSpace(bytes, first, to) === to) return to;
  const end = gather(bytes, start, to, usualEnd);
  // What looked like a line of the usual length may have been several short ones.
  return lineEnd(bytes, start, end) === end ? end : gather(bytes, start, end, lineEnd);
}

/** Returns where the text ends once its lines have been moved together. */
function gather(bytes: Buffer, start: number, to: number, endOf: typeof lineEnd): number {
  let end = start;
  for (let at = start; at < to; ) {
    const next = endOf(bytes, at, to);
    let last = next;
    while (last > at && isSpace(bytes[last - 1] as number)) last--;
    bytes.copyWithin(end, at, last);
    end += last - at;
    at = skipSpace(bytes, next, to);
  }
  return end;
}

function lineEnd(bytes: Buffer, from: number, to: number): number {
  const found = bytes.indexOf(LF, from);
  return found < 0 || found > to ? to : found;
}

/** As {@link lineEnd}, without a search where a line is as long as C++ drivers write it. */
function usualEnd(bytes: Buffer, from: number, to: number): number {
  const usual = from + USUAL;
  return usual < to && bytes[usual] === LF ? usual : lineEnd(bytes, from, to);
}

function skipSpace(bytes: Buffer, from: number, to: number): number {
  let at = from;
  while (at < to && isSpace(bytes[at] as number)) at++;
  return at;
}

/** Overwrites the attribute `enclen` of a tag, if it has one, with spaces. */
function blankLength(bytes: Buffer, from: number, to: number): void {
  const attributes = /\s*([^\s=]+)\s*=\s*(?:"[^"]*"|'[^']*')/y;
  const tag = bytes.toString('latin1', from, to);
  for (let match = attributes.exec(tag); match !== null; match = attributes.exec(tag))
    if (match[1] === 'enclen') bytes.fill(SPACE, from + match.index, from + attributes.lastIndex);
}
