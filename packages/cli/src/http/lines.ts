import { cliErrors } from '../catalogue.ts';
import { cliLimits } from '../limits.ts';

/**
 * The lines of a UTF-8 stream without line ends (LF or CR LF), as soon as they are complete. A last line without
 * a line end is included. Rejects with `SERVER_ANSWER_INVALID` for a line beyond the limit.
 */
export async function* lines(
  chunks: AsyncIterable<Uint8Array>,
  place: string,
  limit: number = cliLimits.values.streamLine,
): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest: string[] = [];
  let held = 0;
  for await (const chunk of chunks) {
    const parts = decoder.decode(chunk, { stream: true }).split('\n');
    const last = parts.pop() as string;
    for (const part of parts) {
      rest.push(part);
      yield ended(rest);
      rest = [];
      held = 0;
    }
    rest.push(last);
    held += last.length;
    if (held > limit) {
      throw cliErrors.error('SERVER_ANSWER_INVALID', {
        url: place,
        reason: `a line is longer than ${limit} bytes`,
      });
    }
  }
  rest.push(decoder.decode());
  const line = ended(rest);
  if (line !== '') yield line;
}

function ended(parts: readonly string[]): string {
  const line = parts.join('');
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}
