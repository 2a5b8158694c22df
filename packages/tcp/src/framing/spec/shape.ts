import type { FrameEncoder, Payload } from '../codec.ts';
import type { Measure } from '../measure.ts';
import type { ByteWindow } from '../window.ts';
import type { Implied } from './parts/match.ts';

/** What finds the end of a rule's frames, for one decoder. */
export interface RuleMeasure extends Measure {
  /** After a frame was found: the bytes to take off where their number is not the same for all frames. */
  readonly head?: number;
  readonly tail?: number;
  /** What the frame of `total` bytes at the head holds, where that is not what stands on the wire. */
  content?(window: ByteWindow, total: number): Buffer;
  /** After it has skipped bytes: how many of them are a frame that was cut off. */
  readonly lost?: number;
  /** Once it has thrown: bytes from the start that it has looked through, where they may be many. */
  readonly looked?: number;
  /** Nothing came for `idleMs`, or nothing will come any more: bytes of the frame that ends with that, or 0. */
  finish?(window: ByteWindow): number;
}

/** Says for `head` or `tail` of a rule: ask the measure. */
export const MEASURED = -1;

/**
 * Frames whose size follows from one number at a fixed place, which is what most frames are: so that the decoder finds
 * their end without asking the measure.
 */
export interface PlainLength {
  /** What frames begin with, whatever "match" says. */
  readonly prefix: Buffer;
  readonly offset: number;
  /** 0: there is no field, all frames have `add` bytes. Else 1, 2 or 4. */
  readonly size: number;
  readonly little: boolean;
  readonly mask: number;
  readonly shift: number;
  /** From the number to the size of the frame. */
  readonly add: number;
  readonly min: number;
  readonly max: number;
}

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
  measure(): RuleMeasure;
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
