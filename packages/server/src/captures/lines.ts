/**
 * A capture as lines of JSON: the first says what is captured, the last one why it ended. Times are RFC 3339, bytes hexadecimal.
 *
 *     {"what":"capture","version":1,"id":"5c0f…","target":"pump-3","of":"device","startedAt":…,"until":…,"size":…,"payload":"masked"}
 *     {"what":"opened","time":…,"link":"1f","remote":"10.0.0.9:41002","local":"10.0.0.1:7654"}
 *     {"what":"received","time":…,"link":"1f","size":22,"hex":"7878…"}
 *     {"what":"end","time":…,"reason":"stopped"}
 */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

export type CapturePayload = 'masked' | 'all' | 'none';
export type CaptureEnd = 'stopped' | 'time' | 'size' | 'closed' | 'gone' | 'failed';

export interface CaptureHeader {
  readonly what: 'capture';
  readonly version: 1;
  readonly id: string;
  readonly target: string;
  readonly of: 'device' | 'link' | 'inbox';
  readonly startedAt: string;
  readonly until: string;
  /** Bytes of the file. */
  readonly size: number;
  readonly payload: CapturePayload;
}

export interface CaptureLine {
  /** `attached`: the link was open before the capture. `missed`: `count` events came too fast for the disk. */
  readonly what:
    | 'opened'
    | 'attached'
    | 'received'
    | 'sent'
    | 'frame'
    | 'message'
    | 'refused'
    | 'closed'
    | 'missed'
    | 'end';
  readonly time: string;
  readonly link?: string | undefined;
  readonly device?: string | undefined;
  readonly remote?: string | undefined;
  readonly local?: string | undefined;
  readonly size?: number | undefined;
  /** Absent where only sizes are captured. */
  readonly hex?: string | undefined;
  readonly of?: string | undefined;
  readonly kind?: string | undefined;
  readonly measured?: string | undefined;
  readonly values?: unknown;
  readonly code?: string | undefined;
  readonly reason?: string | undefined;
  readonly count?: number | undefined;
}

/** A line of a file; undefined if it is none, such as one that a crash has cut. */
export function parseLine(text: string): CaptureLine | CaptureHeader | undefined {
  try {
    const line: unknown = JSON.parse(text);
    if (typeof line !== 'object' || line === null || !('what' in line)) return undefined;
    return line as CaptureLine | CaptureHeader;
  } catch {
    return undefined;
  }
}

/** The lines of a file up to `size` bytes. */
export async function* linesOf(file: string, size: number): AsyncGenerator<CaptureLine | CaptureHeader> {
  if (size === 0) return;
  const input = createReadStream(file, { end: size - 1 });
  try {
    for await (const text of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      const line = parseLine(text);
      if (line !== undefined) yield line;
    }
  } finally {
    input.destroy();
  }
}
