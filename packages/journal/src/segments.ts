import { SEGMENT_HEAD } from './format.ts';

/** A file of the journal, as far as it was flushed. */
export class Segment {
  readonly name: string;
  readonly salt: number;
  /** Sequence of its first record. */
  readonly first: number;
  /** Bytes of all segments before it. */
  readonly base: number;
  /** Flushed bytes, its head included. */
  bytes: number;

  constructor(name: string, salt: number, first: number, base: number, bytes: number) {
    this.name = name;
    this.salt = salt;
    this.first = first;
    this.base = base;
    this.bytes = bytes;
  }
}

/** A place between two records. */
export interface Place {
  readonly segment: Segment | undefined;
  /** In the segment. */
  readonly offset: number;
}

/** Bytes of the journal before the place, those of removed segments included. */
export function positionOf({ segment, offset }: Place): number {
  return segment === undefined ? 0 : segment.base + Math.min(offset, segment.bytes);
}

/** The segments that are on disk, oldest first. */
export class Segments {
  #list: Segment[] = [];

  [Symbol.iterator](): Iterator<Segment> {
    return this.#list[Symbol.iterator]();
  }

  get first(): Segment | undefined {
    return this.#list[0];
  }

  get last(): Segment | undefined {
    return this.#list.at(-1);
  }

  get count(): number {
    return this.#list.length;
  }

  /** Bytes on disk. */
  get bytes(): number {
    return this.end - (this.first?.base ?? 0);
  }

  /** The position behind all that was flushed. */
  get end(): number {
    const { last } = this;
    return last === undefined ? 0 : last.base + last.bytes;
  }

  /** The next segment, which is not on disk yet. */
  draft(name: string, salt: number, first: number, bytes = 0): Segment {
    return new Segment(name, salt, first, this.end, bytes);
  }

  add(segment: Segment): void {
    this.#list.push(segment);
  }

  /** The segment after this one. */
  after(segment: Segment | undefined): Segment | undefined {
    return segment === undefined ? this.first : this.#list[this.#list.indexOf(segment) + 1];
  }

  /** Takes off the oldest segments that the place has left behind. The last one stays. */
  passed(place: Place): Segment[] {
    const { segment } = place;
    if (segment === undefined) return [];
    const end = place.offset >= segment.bytes ? this.after(segment) : segment;
    const count = end === undefined ? this.#list.length - 1 : this.#list.indexOf(end);
    return this.#list.splice(0, count);
  }
}

/** Where the records of a segment begin. */
export function startOf(segment: Segment | undefined): Place {
  return { segment, offset: SEGMENT_HEAD };
}
