/**
 * Scans JSON text before it is parsed, for its depth of nesting and the memory of its values. It reads each byte once.
 * It does not check the syntax; the parser does. Short text needs no scan: see {@link isHarmless}.
 */
import { tcpLimits } from '@fairlead/tcp';
import { cost } from './cost.ts';
import { checkMemory } from './memory.ts';
import { invalid } from './wire.ts';

const MAX_DEPTH = tcpLimits.values.jsonDepth;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/**
 * Whether text of this many bytes cannot be nested too deeply, because each level has two brackets. Then its values cannot use
 * too much memory either.
 */
export function isHarmless(size: number): boolean {
  return size < 2 * MAX_DEPTH;
}

/**
 * Returns the memory that the values will use, in bytes. Throws `MESSAGE_INVALID` if they would use too much, or are nested so
 * deeply that recursive code would overflow the stack.
 * @param max the largest message
 */
export function scanJson(text: Uint8Array, max: number): number {
  const end = text.length;
  let memory = end;
  let depth = 0;
  let at = 0;
  // The most frequent cases are compared first: every message of a JSON link is scanned here.
  while (at < end) {
    const byte = text[at++] as number;
    if (byte === QUOTE) {
      memory += cost.text;
      while (at < end) {
        const inside = text[at++];
        if (inside === QUOTE) break;
        if (inside === BACKSLASH) at++;
      }
    } else if (byte <= COLON) {
      if (byte === COMMA) memory += cost.scalar;
      else if (byte === COLON) memory += cost.key;
    } else if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
      memory += cost.container;
      if (++depth > MAX_DEPTH) throw invalid('the top', `nested deeper than ${MAX_DEPTH} levels`);
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) depth--;
  }
  checkMemory(memory, max);
  return memory;
}
