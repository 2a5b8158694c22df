/**
 * Looks through JSON text before it is parsed: how deep it is nested, and what its values will occupy. It looks at each byte
 * once and decides nothing else: whether the text is JSON is for the parser to say.
 */
import { tcpLimits } from '@fairlead/tcp';
import { checkMemory, cost } from './memory.ts';
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
 * Answers with the memory that the values will occupy, in bytes. Throws `MESSAGE_INVALID` when they are nested too deeply, which
 * would overflow the stack of whoever walks them, or would occupy too much.
 * @param max the largest message
 */
export function scanJson(text: Uint8Array, max: number): number {
  const end = text.length;
  let memory = end;
  let depth = 0;
  let at = 0;
  // Comparisons in the order of how often they settle it: each message of a JSON link comes through here.
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
