import type { FrameEncoder, Payload } from '../codec.ts';
import type { PlainLength } from '../length-measure.ts';
import type { Measure } from '../measure.ts';
import type { Implied } from './parts/match.ts';

/** Frames that end with the first of some sequences. The decoder finds their end without the measure. */
export interface PlainEnd {
  readonly ends: readonly Buffer[];
  /** Bytes at the head that are not searched. */
  readonly skip: number;
  /** Frames that contain this byte must be decoded; -1: none. */
  readonly escape: number;
  /** Bytes to strip; tail `MEASURED`: the end that was found. */
  readonly head: number;
  readonly tail: number;
  /** Smallest frame on the wire, largest frame as delivered. */
  readonly min: number;
  readonly max: number;
}

/** A rule as its kind prepares it. */
export interface Shape {
  measure(): Measure;
  encoder(): FrameEncoder<Payload>;
  /** Bytes to strip from each frame, or `MEASURED`. Default 0. */
  readonly head?: number;
  readonly tail?: number;
  readonly endsWith?: Buffer | undefined;
  /** Bytes from the start that decide the size of a frame; undefined: later bytes may decide it. */
  readonly decided?: number | undefined;
  /** Whether frames are what `content()` returns; `head` and `tail` are stripped from that. */
  readonly hasContent?: boolean;
  readonly plain?: PlainLength | undefined;
  readonly delimited?: PlainEnd | undefined;
  /** Conditions on the head that follow from the kind, in addition to "match". */
  readonly implied?: readonly Implied[];
  /** Whether the mark that ended a frame may start the next. */
  readonly shared?: boolean;
  readonly idleMs?: number | undefined;
  /** Bytes that may have to be searched to find that there is no frame. Default 0. */
  readonly cost?: number;
  /** Whether frames begin with known bytes other than those of "match" and {@link implied}. Default false. */
  readonly anchored?: boolean;
  /** Whether a frame may contain others of its kind, so that a frame found within one is none. Default false. */
  readonly nests?: boolean;
}
