/** The lines of a capture, from a file or from a service. */
import { createReadStream } from 'node:fs';
import { cliErrors } from '../catalogue.ts';
import { unreadable } from '../input.ts';
import { cliLimits } from '../limits.ts';
import type { Terminal } from '../terminal.ts';

const LF = 0x0a;

/** `-` is stdin. Rejects with FILE_UNREADABLE. */
export async function* captureFile(path: string, terminal: Terminal): AsyncGenerator<Uint8Array> {
  if (path === '-') {
    for await (const chunk of terminal.stdin) yield Buffer.from(chunk as Uint8Array);
    return;
  }
  try {
    yield* createReadStream(path, { highWaterMark: 2 ** 18 });
  } catch (error) {
    throw unreadable(path, error);
  }
}

/**
 * The value of each line; empty lines are left out. Rejects with INPUT_TOO_LARGE.
 *
 * @param parse undefined: the line is no JSON
 */
export async function* captureLines(
  chunks: AsyncIterable<Uint8Array>,
  path: string,
  parse: (text: string) => unknown,
): AsyncGenerator<unknown> {
  const limit = cliLimits.values.captureLine;
  let parts: Uint8Array[] = [];
  let size = 0;
  const ended = (): string => {
    const text = Buffer.concat(parts).toString();
    parts = [];
    size = 0;
    return text.trim();
  };
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, from)) {
      parts.push(chunk.subarray(from, end));
      from = end + 1;
      const text = ended();
      if (text !== '') yield parse(text);
    }
    parts.push(chunk.subarray(from));
    size += chunk.length - from;
    if (size > limit) throw cliErrors.error('INPUT_TOO_LARGE', { path, limit });
  }
  const text = ended();
  if (text !== '') yield parse(text);
}
