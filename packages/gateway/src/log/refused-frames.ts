/** The last refused messages of each link with their first bytes: they show what a device really sends. */
import type { FairleadError } from '@fairlead/core';
import type { RefusedFrame } from '../api.ts';
import { gatewayLimits } from '../limits.ts';
import { withoutTokens } from '../token-bytes.ts';

const { refusedFrames, refusedFrameBytes, refusedFramesOverAll } = gatewayLimits.values;

/** Characters that are kept of a reason, which may hold the message of a script. */
const REASON = 500;

/** Keeps a few for each owner, and a limited number over all: the oldest are dropped. */
export class RefusedFrames<Owner extends object> {
  readonly #of = new WeakMap<Owner, RefusedFrame[]>();
  /** Oldest first. */
  readonly #all = new Map<RefusedFrame, RefusedFrame[]>();

  /** @param time Unix milliseconds */
  add(owner: Owner, error: FairleadError, bytes: Uint8Array, time: number): RefusedFrame {
    const frame = {
      time,
      code: error.code,
      reason: error.message.slice(0, REASON),
      size: bytes.length,
      hex: withoutTokens(bytes.subarray(0, refusedFrameBytes)).toString('hex'),
    };
    let frames = this.#of.get(owner);
    if (frames === undefined) {
      frames = [];
      this.#of.set(owner, frames);
    }
    frames.push(frame);
    this.#all.set(frame, frames);
    if (frames.length > refusedFrames) this.#drop(frames[0] as RefusedFrame, frames);
    for (const [oldest, its] of this.#all) {
      if (this.#all.size <= refusedFramesOverAll) break;
      this.#drop(oldest, its);
    }
    return frame;
  }

  /** Oldest first. */
  of(owner: Owner): readonly RefusedFrame[] {
    return [...(this.#of.get(owner) ?? [])];
  }

  #drop(frame: RefusedFrame, frames: RefusedFrame[]): void {
    frames.splice(frames.indexOf(frame), 1);
    this.#all.delete(frame);
  }
}
