/**
 * The messages between the sandbox and its processes, over two pipes. Integers are little-endian.
 *
 * ```
 * to the process     | length u32 | type u8 | group u32 | script u32 | body ... |      length counts what follows it
 *   run (1)          body: | size u32 | contexts, UTF-8, a line a job | jobs: | frames u32 | each: | size u32 | bytes |
 *   downlink (2)     body: UTF-8: the context's line, a line feed, the message as JSON
 *   load (3)         body: the source, UTF-8
 *   drop (4)         no body, no answer
 *   ping (5)         no body; the answer is empty
 *   identify (6)     body: UTF-8: the context's line, a line feed, the bytes in hex
 *   poll (7)         body: UTF-8: the context's line, a line feed
 *   parameters (8)   script: a number; body: the text, UTF-8; no answer. Contexts name the text `#number` from now on
 *   forget (9)       script: a number; no body, no answer. Parameters up to this number are not named any more
 * from the process   | length u32 | group u32 | text, UTF-8 |                          in the order of the requests
 * ```
 * A context's line is that of `isolate/context.ts`. The text is the report of `isolate/prelude.ts`. The first answer has
 * group 0 and means that the process is ready.
 */
export const messageType = {
  run: 1,
  downlink: 2,
  load: 3,
  drop: 4,
  ping: 5,
  identify: 6,
  poll: 7,
  parameters: 8,
  forget: 9,
} as const;
type MessageType = (typeof messageType)[keyof typeof messageType];

export const requestHeader = 13;
const answerHeader = 8;

/** @param contexts a line for each job */
export function encodeRun(
  group: number,
  script: number,
  contexts: string,
  jobs: readonly { readonly frames: readonly Uint8Array[] }[],
): Buffer {
  let size = 0;
  for (const { frames } of jobs) {
    size += 4;
    for (const frame of frames) size += 4 + frame.length;
  }
  const contextsLength = Buffer.byteLength(contexts);
  const out = request(messageType.run, group, script, 4 + contextsLength + size);
  let at = out.writeUInt32LE(contextsLength, requestHeader);
  at += out.write(contexts, at);
  for (const job of jobs) {
    at = out.writeUInt32LE(job.frames.length, at);
    for (const frame of job.frames) {
      at = out.writeUInt32LE(frame.length, at);
      out.set(frame, at);
      at += frame.length;
    }
  }
  return out;
}

export function encodeText(type: MessageType, group: number, script: number, text: string): Buffer {
  const out = request(type, group, script, Buffer.byteLength(text));
  out.write(text, requestHeader);
  return out;
}

function request(type: MessageType, group: number, script: number, body: number): Buffer {
  const out = Buffer.allocUnsafe(requestHeader + body);
  out.writeUInt32LE(requestHeader - 4 + body, 0);
  out[4] = type;
  out.writeUInt32LE(group, 5);
  out.writeUInt32LE(script, 9);
  return out;
}

export function encodeAnswer(group: number, text: string): Buffer {
  const size = Buffer.byteLength(text);
  const out = Buffer.allocUnsafe(answerHeader + size);
  out.writeUInt32LE(4 + size, 0);
  out.writeUInt32LE(group, 4);
  out.write(text, answerHeader);
  return out;
}

export function decodeAnswer(message: Buffer): { group: number; text: string } {
  return { group: message.readUInt32LE(0), text: message.toString('utf8', 4) };
}

/**
 * Splits a byte stream into messages without their length field. They are valid until the next push. `push` throws a
 * RangeError for a message of more than `most` bytes.
 */
export class MessageReader {
  readonly #most: number;
  #rest: Buffer[] = [];
  #size = 0;
  /** Bytes needed before the next message can be complete. */
  #needed = 4;

  constructor(most = Number.POSITIVE_INFINITY) {
    this.#most = most;
  }

  push(chunk: Buffer): Buffer[] {
    this.#rest.push(chunk);
    this.#size += chunk.length;
    if (this.#size < this.#needed) return [];
    const bytes = this.#rest.length === 1 ? chunk : Buffer.concat(this.#rest, this.#size);
    const messages: Buffer[] = [];
    let at = 0;
    this.#needed = 4;
    while (bytes.length - at >= 4) {
      const size = bytes.readUInt32LE(at);
      if (size > this.#most) throw new RangeError(`a message of ${size} bytes, the limit is ${this.#most}`);
      const end = at + 4 + size;
      if (end > bytes.length) {
        this.#needed = end - at;
        break;
      }
      messages.push(bytes.subarray(at + 4, end));
      at = end;
    }
    this.#rest = at < bytes.length ? [bytes.subarray(at)] : [];
    this.#size = bytes.length - at;
    return messages;
  }
}
