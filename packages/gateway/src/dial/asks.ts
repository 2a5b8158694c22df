/** What is asked of a device, and which frames may be its answer. */

/** Bytes that an answer has at a place; of masked bytes only the bits of the mask count. */
interface Expected {
  readonly at: number;
  readonly bytes: Uint8Array;
  readonly mask?: Uint8Array | undefined;
}

export interface Ask {
  readonly send: Uint8Array;
  /** Empty: any frame is the answer. */
  readonly expect: readonly Expected[];
  /** JSON text, which the script gets with the answer. */
  readonly data?: string | undefined;
  /** Where its number is to be written before it is sent. */
  readonly sequence?: { readonly at: number; readonly size: number } | undefined;
  /** Milliseconds in which it is asked once at most. */
  readonly every?: number | undefined;
  /** Milliseconds to wait for the answer. */
  readonly timeout?: number | undefined;
  /** Whether an answer is expected. */
  readonly answer: boolean;
  /** Place in the table of the profile, if it is of that. */
  readonly row?: number | undefined;
}

/** Whether the frame may be the answer. */
export function fits({ expect }: Ask, frame: Uint8Array): boolean {
  for (const { at, bytes, mask } of expect) {
    if (frame.length < at + bytes.length) return false;
    for (let i = 0; i < bytes.length; i++) {
      const wrong = (frame[at + i] as number) ^ (bytes[i] as number);
      if ((mask === undefined ? wrong : wrong & (mask[i] as number)) !== 0) return false;
    }
  }
  return true;
}

/** Whether one frame may answer either of them, so that the answers cannot be told apart. */
export function alike(one: Ask, other: Ask): boolean {
  if (one.expect.length === 0 || other.expect.length === 0) return one.expect.length === other.expect.length;
  return one.expect.every((a) => other.expect.every((b) => agree(a, b)));
}

function agree(a: Expected, b: Expected): boolean {
  const end = Math.min(a.at + a.bytes.length, b.at + b.bytes.length);
  for (let at = Math.max(a.at, b.at); at < end; at++) {
    const [i, j] = [at - a.at, at - b.at];
    const mask = (a.mask?.[i] ?? 0xff) & (b.mask?.[j] ?? 0xff);
    if ((((a.bytes[i] as number) ^ (b.bytes[j] as number)) & mask) !== 0) return false;
  }
  return true;
}

/** What tells a request from the others of its device. */
export function keyOf({ send, data, row }: Ask): string {
  return row === undefined ? (data ?? Buffer.from(send).toString('hex')) : `row ${row}`;
}
