import type { FrameEncoder, Payload } from '../codec.ts';
import type { PlainLength } from '../length-measure.ts';
import type { Measure } from '../measure.ts';
import type { Implied } from './parts/match.ts';

/** Frames that end with the first of some sequences, and nothing else to think of: the same for those. */
export interface PlainEnd {
  readonly ends: readonly Buffer[];
  /** Bytes at the head that are not searched. */
  readonly skip: number;
  /** Frames that hold this byte must be decoded; -1: none. */
  readonly escape: number;
  /** Bytes to take off; tail `MEASURED`: the end that was found. */
  readonly head: number;
  readonly tail: number;
  /** Smallest on the wire, largest as delivered. */
  readonly min: number;
  readonly max: number;
}

/** A kind of rule made ready. */
export interface Shape {
  measure(): Measure;
  encoder(): FrameEncoder<Payload>;
  /** Bytes to take off each frame, or {@link MEASURED}. Default 0. */
  readonly head?: number;
  readonly tail?: number;
  readonly endsWith?: Buffer | undefined;
  /** Whether frames are what `content()` says; `head` and `tail` are taken off that. */
  readonly hasContent?: boolean;
  readonly plain?: PlainLength | undefined;
  readonly delimited?: PlainEnd | undefined;
  /** What the head must look like for this kind, beside "match". */
  readonly implied?: readonly Implied[];
  /** Whether the mark that ended a frame may start the next. */
  readonly shared?: boolean;
  readonly idleMs?: number | undefined;
  /** Bytes that may have been looked through before it shows that there is no frame. Default 0. */
  readonly cost?: number;
  /** Whether frames begin with bytes that neither "match" nor {@link implied} names. Default false. */
  readonly anchored?: boolean;
  /** Whether a frame may hold others of its kind, so that what is found within one is no frame. Default false. */
  readonly nests?: boolean;
}
