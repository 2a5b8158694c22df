/**
 * Recognises a Python pickle by its first and last bytes. A pickle is never loaded, because loading it runs code.
 *
 *     80 02..05 ...            protocols 2 to 5: PROTO opcode and version
 *     (dp0\n ...  ]q.  ... .   protocols 0 and 1: an opcode that can begin a value, STOP (a full stop) at the end
 *
 * Source: CPython, Lib/pickletools.py (opcodes).
 */
const PROTO = 0x80;
const HIGHEST_PROTOCOL = 5;
const STOP = 0x2e;
/** Opcodes of protocols 0 and 1 that push something, so that a pickle can begin with them. */
const FIRST = new Set(Buffer.from('(])}NIJKMLFGSTUVXcPl'));

/** Only for frames that are not valid messages: no pickle begins with `{`, and no JSON text ends with a full stop. */
export function looksLikePickle(frame: Uint8Array): boolean {
  if (frame.length < 2) return false;
  if (frame[0] === PROTO) return (frame[1] as number) <= HIGHEST_PROTOCOL;
  return frame[frame.length - 1] === STOP && FIRST.has(frame[0] as number);
}
