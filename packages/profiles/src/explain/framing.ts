/** Which bytes of a frame belong to its framing, and which of them are its checks. */
import {
  ByteSink,
  type Codec,
  type DetailedFrame,
  type FrameEditor,
  type Payload,
} from '@fairlead/tcp/framing';

export interface FramingBytes {
  /** Places on the wire. */
  readonly check: ReadonlySet<number>;
  /** Marks, lengths, what is stripped: changed, the bytes would be no frame. */
  readonly framing: ReadonlySet<number>;
  /** Those of them that hold the length. */
  readonly length: ReadonlySet<number>;
  /** Places on the wire of a byte of the payload. */
  wireOf(at: number): readonly number[];
}

/** Two changes: the first may turn one mark into another. */
const BITS = [1, 2] as const;

/** @param most bytes of the frame that are looked at */
export function framingBytes(editor: FrameEditor, frame: DetailedFrame, most: number): FramingBytes {
  return editor.hasContent(frame) ? ofContent(editor, frame, most) : onTheWire(editor, frame, most);
}

/** The payload is a part of the bytes on the wire. */
function onTheWire(editor: FrameEditor, frame: DetailedFrame, most: number): FramingBytes {
  const { raw, payload } = frame;
  const head = Math.max(0, raw.indexOf(payload));
  const check = new Set<number>();
  const framing = new Set<number>();
  for (let at = 0; at < Math.min(raw.length, most); at++) {
    const read = BITS.map((bit) => editor.changed(frame, flip(at, bit)));
    if (read.every((each) => each === undefined)) framing.add(at);
    // Whatever is written there, the right check is there again.
    else if (read.every((each) => each === undefined || each.raw.equals(raw))) check.add(at);
    else if (at < head || at >= head + payload.length) framing.add(at);
  }
  const { offset = 0, size = 0 } = editor.lengthOf(frame) ?? {};
  const length = new Set(Array.from({ length: size }, (_, i) => offset + i));
  for (const at of length) framing.add(at);
  return { check, framing, length, wireOf: (at) => [head + at] };
}

/** The payload is made of the bytes on the wire: without escapes, or of digits. */
function ofContent(editor: FrameEditor, frame: DetailedFrame, most: number): FramingBytes {
  const { raw, payload } = frame;
  const starts: number[] = [];
  const check = new Set<number>();
  for (let at = 0; at < Math.min(payload.length, most); at++) {
    const read = editor.changed(frame, flip(at, 1));
    const before = starts.at(-1) ?? -1;
    const first = read === undefined || read.raw.equals(raw) ? before + 1 : firstDifference(read.raw, raw);
    starts.push(Math.max(before + 1, first));
    if (read === undefined) continue;
    if (read.raw.equals(raw)) check.add(starts.at(-1) as number);
    else if (read.raw.length === raw.length)
      for (let i = first + 2; i < raw.length; i++) if (read.raw[i] !== raw[i]) check.add(i);
  }
  const wireOf = (at: number): number[] => {
    const from = starts[at] ?? at;
    const to = starts[at + 1] ?? from + 1;
    return Array.from({ length: Math.max(1, Math.min(2, to - from)) }, (_, i) => from + i);
  };
  const content = new Set(starts.flatMap((_, at) => wireOf(at)));
  const framing = new Set<number>();
  for (let i = 0; i < Math.min(raw.length, most); i++) if (!content.has(i) && !check.has(i)) framing.add(i);
  return { check, framing, length: new Set(), wireOf };
}

export const flip =
  (at: number, bits: number) =>
  (bytes: Buffer): void => {
    if (at < bytes.length) bytes[at] = (bytes[at] as number) ^ bits;
  };

function firstDifference(a: Buffer, b: Buffer): number {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  return at;
}

/** The frame that has this payload, if the framing can make it again: what a payload alone was on the wire. */
export function frameOf(
  editor: FrameEditor,
  codec: Codec<unknown, Payload>,
  payload: Buffer,
): DetailedFrame | undefined {
  for (const wire of [() => payload, () => encoded(codec, payload)]) {
    try {
      const [frame, ...more] = editor.frames(wire());
      if (frame?.payload.equals(payload) && more.length === 0) return frame;
    } catch {
      // The framing of what is sent may be another one, or may not hold these bytes.
    }
  }
  return undefined;
}

function encoded(codec: Codec<unknown, Payload>, payload: Buffer): Buffer {
  const sink = new ByteSink();
  codec.encoder().encode(payload, sink);
  return Buffer.concat(sink.flush());
}
