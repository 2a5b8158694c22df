/** Framings that could have made a recording. Each is tried as it stands; none is certain. */
import type { Recording } from './recording.ts';

interface Candidate {
  /** What `parseFraming` takes. */
  readonly framing: string;
  readonly about: string;
}

const spec = (...rules: object[]): string => JSON.stringify({ rules });

/** Framings that need nothing of the recording. */
const USUAL: readonly Candidate[] = [
  { framing: 'line', about: 'lines of text' },
  { framing: spec({ kind: 'delimiter', end: '0d' }), about: 'text that ends with CR' },
  { framing: spec({ kind: 'delimiter', end: '23' }), about: 'text that ends with #' },
  { framing: spec({ kind: 'delimiter', end: '3b' }), about: 'text that ends with ;' },
  { framing: spec({ kind: 'delimiter', end: '00' }), about: 'text that ends with a zero byte' },
  { framing: 'json', about: 'values of JSON' },
  { framing: spec({ match: { bytes: '02' }, kind: 'delimiter', end: '03' }), about: 'STX text ETX' },
  { framing: spec({ match: { bytes: '0b' }, kind: 'delimiter', end: '1c0d' }), about: 'MLLP (HL7)' },
  { framing: spec({ kind: 'delimiter', end: 'c0' }), about: 'SLIP (without its escapes)' },
];

const ENDS = ['0d0a', '0d', '03', '16', '7e', 'ff', '23', '24'];

/** Those, and the length fields, sizes and trailers that fit the recording. */
export function candidatesFor({ chunks, whole }: Recording): Candidate[] {
  const { bytes, ends } = headOf(chunks);
  return [...USUAL, ...lengthFields(bytes, whole ? ends : undefined), ...sizes(chunks, whole)];
}

/** Bytes in which length fields are searched: each of some thousand is followed through them. */
const SEARCHED = 16_384;

/** The first chunks, and where each of them ends. */
function headOf(chunks: readonly Buffer[]): { readonly bytes: Buffer; readonly ends: ReadonlySet<number> } {
  const ends = new Set<number>();
  let end = 0;
  for (const { length } of chunks) {
    if (end > 0 && end + length > SEARCHED) break;
    end += length;
    ends.add(end);
  }
  return { bytes: Buffer.concat(chunks).subarray(0, Math.min(end, SEARCHED)), ends };
}

/** Bytes of a header in which a length field is searched. */
const HEADER = 12;
/** Bytes of a frame that a length field may not count. */
const ADJUST = 16;

/**
 * Length fields with which frames follow each other from the first byte to the last. Where chunks are whole, frames must
 * end with them.
 */
function lengthFields(bytes: Buffer, ends: ReadonlySet<number> | undefined): Candidate[] {
  const found: { candidate: Candidate; frames: number }[] = [];
  for (const size of [1, 2, 4])
    for (const endian of size === 1 ? (['big'] as const) : (['big', 'little'] as const))
      for (let offset = 0; offset <= HEADER - size; offset++)
        for (let adjust = -ADJUST; adjust <= ADJUST; adjust++) {
          const frames = chain(bytes, { size, endian, offset, adjust }, ends);
          if (frames >= 2)
            found.push({ candidate: lengthRule(bytes, { size, endian, offset, adjust }), frames });
        }
  // The same chain is found with several places of one field: the one that reads the most frames comes first.
  return found
    .sort((a, b) => b.frames - a.frames)
    .slice(0, 8)
    .map(({ candidate }) => candidate);
}

interface LengthField {
  readonly size: number;
  readonly endian: 'big' | 'little';
  readonly offset: number;
  readonly adjust: number;
}

/** Number of frames from the first byte to the last; 0 if they do not fit. */
function chain(bytes: Buffer, field: LengthField, ends: ReadonlySet<number> | undefined): number {
  const { size, endian, offset, adjust } = field;
  let frames = 0;
  let seen = 0;
  for (let at = 0; at < bytes.length; frames++) {
    const place = at + offset;
    if (place + size > bytes.length) return ends === undefined ? frames : 0;
    const length = endian === 'big' ? bytes.readUIntBE(place, size) : bytes.readUIntLE(place, size);
    const whole = offset + size + length + adjust;
    if (length + adjust < 0) return 0;
    // The last frame of a recording may be incomplete.
    if (at + whole > bytes.length) return ends === undefined ? frames : 0;
    at += whole;
    if (ends?.has(at)) seen++;
  }
  return ends === undefined || seen === ends.size ? frames : 0;
}

/** A rule for the field. Bytes before it that are the same in all frames become its match. */
function lengthRule(bytes: Buffer, { size, endian, offset, adjust }: LengthField): Candidate {
  const head =
    offset > 0
      ? { match: { bytes: bytes.toString('hex', 0, commonHead(bytes, { size, endian, offset, adjust })) } }
      : {};
  const match = head.match === undefined || head.match.bytes === '' ? {} : head;
  const framing = spec({
    ...match,
    kind: 'length',
    strip: 0,
    offset,
    size,
    adjust,
    ...(endian === 'little' && { endian }),
  });
  const counted =
    adjust === 0 ? '' : `, and ${Math.abs(adjust)} bytes ${adjust > 0 ? 'more than it counts' : 'fewer'}`;
  return { framing, about: `a length of ${size} bytes (${endian}) after ${offset} bytes${counted}` };
}

function commonHead(bytes: Buffer, { size, endian, offset, adjust }: LengthField): number {
  let common = offset;
  for (let at = 0; at + offset + size <= bytes.length; ) {
    for (let i = 0; i < common; i++) if (bytes[at + i] !== bytes[i]) common = i;
    const length =
      endian === 'big' ? bytes.readUIntBE(at + offset, size) : bytes.readUIntLE(at + offset, size);
    at += offset + size + length + adjust;
  }
  return common;
}

/** A fixed size that all chunks share, and ends that all chunks have. */
function sizes(chunks: readonly Buffer[], whole: boolean): Candidate[] {
  if (!whole || chunks.length < 2) return [];
  const [first] = chunks as [Buffer];
  const same = chunks.every(({ length }) => length === first.length);
  const fixed = same ? [{ framing: `fixed:${first.length}`, about: `${first.length} bytes each` }] : [];
  const ends = ENDS.filter((end) => chunks.every((chunk) => chunk.toString('hex').endsWith(end)));
  return [
    ...fixed,
    ...ends.map((end) => ({ framing: spec({ kind: 'delimiter', end }), about: `each ends with ${end}` })),
  ];
}
