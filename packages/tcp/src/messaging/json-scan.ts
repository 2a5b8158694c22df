/**
 * Looks through JSON text before it is parsed: how deep it is nested, and what its values will occupy. It looks at each byte
 * once and decides nothing else: whether the text is JSON is for the parser to say.
 */
import { tcpLimits } from '../limits.ts';
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
  let memory = text.length;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    switch (text[at]) {
      case QUOTE:
        memory += cost.text;
        at++;
        while (at < text.length && text[at] !== QUOTE) at += text[at] === BACKSLASH ? 2 : 1;
        break;
      case COLON:
        memory += cost.key;
        break;
      case COMMA:
        memory += cost.scalar;
        break;
      case OPEN_LIST:
      case OPEN_OBJECT:
        memory += cost.container;
        if (++depth > MAX_DEPTH) throw invalid('the top', `nested deeper than ${MAX_DEPTH} levels`);
        break;
      case CLOSE_LIST:
      case CLOSE_OBJECT:
        depth--;
    }
  }
  checkMemory(memory, max);
  return memory;
}
