/** Names of elements, in bytes. */

/** Tags that open a top-level element. None of them occurs inside one. */
export const TOP_LEVEL =
  /<(?:getProperties|enableBLOB|delProperty|message|pingRe(?:quest|ply)|(?:def|set|new)(?:Text|Number|Switch|Light|BLOB)Vector)[\s/>]/;
export const LONGEST_TOP_LEVEL = '<defNumberVector>'.length;

/** Recognises names of top-level elements. Names repeat in a stream, so the last one is compared as bytes. */
export class TopLevelNames {
  #last = Buffer.alloc(0);

  has(bytes: Buffer, from: number, to: number): boolean {
    const last = this.#last;
    let same = last.length === to - from;
    for (let i = 0; same && i < last.length; i++) same = last[i] === bytes[from + i];
    if (same) return true;
    if (!TOP_LEVEL.test(`<${bytes.toString('latin1', from, to)}>`)) return false;
    this.#last = Buffer.from(bytes.subarray(from, to));
    return true;
  }
}

/** `setBLOBVector` or `newBLOBVector`, recognised by length and two letters. */
export function isBlobVector(bytes: Buffer, from: number, to: number): boolean {
  if (to - from !== 13 || bytes[from + 3] !== 0x42 || bytes[from + 6] !== 0x42) return false;
  const name = bytes.toString('latin1', from, to);
  return name === 'setBLOBVector' || name === 'newBLOBVector';
}
