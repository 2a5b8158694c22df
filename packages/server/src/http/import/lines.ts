/** Lines of a stream with a maximum length. */
import type { Readable } from 'node:stream';

const LF = 0x0a;

/**
 * The lines of UTF-8 text without line ends. A line of more than `max` bytes is not kept: it is returned as undefined, and
 * the next lines follow normally.
 */
export async function* boundedLines(stream: Readable, max: number): AsyncGenerator<string | undefined> {
  let parts: Buffer[] = [];
  let size = 0;
  const line = (): string | undefined => {
    const text = size > max ? undefined : Buffer.concat(parts).toString('utf8').replace(/\r$/, '');
    parts = [];
    size = 0;
    return text;
  };
  const add = (part: Buffer) => {
    size += part.length;
    if (size <= max) parts.push(part);
    else parts = [];
  };
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    let start = 0;
    for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, start)) {
      add(chunk.subarray(start, end));
      yield line();
      start = end + 1;
    }
    add(chunk.subarray(start));
  }
  if (size > 0) yield line();
}
