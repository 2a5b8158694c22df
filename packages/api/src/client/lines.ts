import { apiErrors } from '../catalogue.ts';
import { apiLimits } from '../limits.ts';

/**
 * The lines of a UTF-8 stream without line ends (LF or CR LF), as soon as they are complete. A last line without
 * a line end is included. Rejects with `SERVER_ANSWER_INVALID` for a line beyond the limit.
 */
export async function* lines(
  chunks: AsyncIterable<Uint8Array>,
  place: string,
  limit: number = apiLimits.values.streamLine,
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
      throw apiErrors.error('SERVER_ANSWER_INVALID', {
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

/** The chunks of a body. Browsers do not all iterate over streams, so it reads them. A body that is left is cancelled. */
export async function* chunks(body: ReadableStream<Uint8Array> | null): AsyncGenerator<Uint8Array> {
  if (body === null) return;
  const reader = body.getReader();
  let ended = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      ended = done;
      if (done) return;
      yield value;
    }
  } catch (error) {
    ended = true;
    throw error;
  } finally {
    if (!ended) reader.cancel().catch(() => {});
  }
}
