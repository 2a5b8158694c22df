/** The lines of the file of a capture. */
import type { TapEventView } from '@fairlead/api';

export interface CaptureFileLine {
  /** What was seen; undefined for lines that only say where a link begins or the capture ends. */
  readonly record: TapEventView | undefined;
  /** Events that the capture had to leave out. */
  readonly missed: number;
  /** Characters. */
  readonly size: number;
}

const SEEN = new Set(['received', 'sent', 'frame', 'message', 'refused', 'closed']);

/** A line that is no JSON is left out: the file of a capture that runs may end within one. */
export async function* captureLines(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<CaptureFileLine> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const piece of pieces) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield lineOf(line);
  }
  if (rest !== '') yield lineOf(rest);
}

function lineOf(text: string): CaptureFileLine {
  const size = text.length;
  try {
    const record = JSON.parse(text) as TapEventView & { readonly count?: number };
    if (SEEN.has(record.what)) return { record, missed: 0, size };
    const missed = (record.what as string) === 'missed' ? (record.count ?? 0) : 0;
    return { record: undefined, missed, size };
  } catch {
    return { record: undefined, missed: 0, size };
  }
}
