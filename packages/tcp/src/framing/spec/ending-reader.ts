import { type FairleadError, isFairleadError } from '@fairlead/core';
import { tcpErrors } from '../../catalogue.ts';
import type { Measure } from '../measure.ts';
import type { ByteWindow } from '../window.ts';
import type { Dispatch } from './dispatch.ts';
import type { CompiledSpec } from './rule.ts';
import { RuleReader } from './rule-reader.ts';

/**
 * How often the waiting bytes may be searched to the end for the end of a frame: if one head has no end, other heads of the
 * same rule rarely have one.
 */
const SEARCHES = 16;

/**
 * Handles an incomplete frame when no more bytes come.
 *
 *     finish    the peer closed        the frame may be complete with that; else a later rule may match; else as overdue
 *     overdue   the time is over       the head may be false: complete frames behind it are searched
 *     idle      the line is silent     the frame may be complete with that; with "silence" it is skipped
 */
export class EndingReader extends RuleReader {
  /** Whether the start of a frame is recognisable, so that frames behind an unfinished one can be found. */
  readonly #searchable: boolean;
  /** Milliseconds of silence that end a begun frame; undefined: none. */
  readonly #silence: number | undefined;

  constructor(spec: CompiledSpec, dispatch: Dispatch) {
    super(spec, dispatch);
    const { rules, resync, frameTimeout, silence } = spec;
    this.#silence = silence;
    this.#searchable =
      resync !== undefined || (frameTimeout !== undefined && rules.every((rule) => rule.anchored));
  }

  /** The peer closed: returns the frame that this completes, by the current rule, by later rules, or behind the head. */
  finish(window: ByteWindow): Buffer | undefined {
    while (window.end > window.start) {
      const { start } = window;
      const frame = this.read(window) ?? this.#finishCurrent(window);
      if (frame !== undefined) return frame;
      if (window.start !== start || window.end === start) continue;
      const reason = tcpErrors.error('FRAME_TRUNCATED', { size: window.length });
      if (this.toNextRule(window, reason)) continue;
      return this.#behind(window, reason);
    }
    return undefined;
  }

  override get idleMs(): number | undefined {
    return super.idleMs ?? this.#silence;
  }

  /** The line was silent: a frame of a kind that ends with silence is complete; any other that has begun is skipped. */
  idle(window: ByteWindow): Buffer | undefined {
    if (super.idleMs !== undefined) return this.#finishCurrent(window);
    if (this.#silence === undefined || window.end === window.start) return undefined;
    const reason = tcpErrors.error('FRAME_TIMEOUT', { size: window.length, timeout: this.#silence });
    this.losses.timedOut++;
    const frame = this.#behind(window, reason);
    if (frame === undefined) this.#skipAll(window, reason);
    return frame;
  }

  /** The frame at the head was not complete in time: it is skipped. Returns the next frame if it is complete. */
  overdue(window: ByteWindow): Buffer | undefined {
    const timeout = this.frameTimeout ?? 0;
    const reason = tcpErrors.error('FRAME_TIMEOUT', { size: window.length, timeout });
    const { start } = window;
    this.losses.timedOut++;
    // Until a frame is found, the bytes may be the rest of the skipped frame.
    this.searching = true;
    while (this.toNextRule(window, reason)) {
      const frame = this.read(window);
      if (frame !== undefined || window.start > start) return frame;
    }
    return this.#behind(window, reason) ?? this.#skipHead(window, reason);
  }

  #finishCurrent(window: ByteWindow): Buffer | undefined {
    if (!this.lenient) return this.#finishStrictly(window);
    try {
      return this.#finishStrictly(window);
    } catch (error) {
      this.recover(window, error);
      return window.end > window.start ? this.read(window) : undefined;
    }
  }

  #finishStrictly(window: ByteWindow): Buffer | undefined {
    const rule = this.rules[this.current];
    if (rule === undefined) return undefined;
    const measure = this.measures[this.current] as Measure;
    const total = measure.finish?.(window) ?? 0;
    return total === 0 ? undefined : this.frame(window, rule, measure, total);
  }

  /**
   * Returns the first complete frame behind the unfinished one at the head and skips the bytes before it. If there is none,
   * nothing changes. Frames that may hold frames of the same kind are not searched: those are no frames by themselves.
   */
  #behind(window: ByteWindow, reason: FairleadError): Buffer | undefined {
    if (!this.#searchable || this.rules[this.current]?.nests) return undefined;
    const { start } = window;
    let left = SEARCHES * window.length;
    const position = this.position;
    const losses = this.losses.saved();
    const searching = this.searching;
    this.searching = true;
    try {
      while (window.end > window.start) {
        left -= this.#searchedWithoutEnd(window);
        if (left < 0) break;
        this.skip(window, reason);
        const frame = window.end > window.start ? this.read(window) : undefined;
        if (frame !== undefined) return frame;
      }
    } catch (error) {
      if (!isFairleadError(error) || error.side !== 'remote') throw error;
      // The search has reached its limit: no frame.
    } finally {
      this.searching = searching;
    }
    window.start = start;
    this.position = position;
    this.losses.restore(losses);
    this.resetHead();
    for (const rule of this.rules) this.measures[rule.index] = rule.measure();
    return undefined;
  }

  /** Bytes of an incomplete frame that were searched for its end. */
  #searchedWithoutEnd(window: ByteWindow): number {
    const rule = this.rules[this.current];
    if (rule === undefined) return 0;
    this.forget(rule);
    const searched = rule.cost > 0 ? window.length : 0;
    this.losses.looked(searched);
    return searched;
  }

  /** Skips the head up to the next byte with which a frame may begin, or everything if frames have no recognisable start. */
  #skipHead(window: ByteWindow, reason: FairleadError): Buffer | undefined {
    const rule = this.rules[this.current];
    if (rule !== undefined) this.forget(rule);
    if (this.#searchable && !rule?.nests) {
      this.skip(window, reason);
      return window.end > window.start ? this.read(window) : undefined;
    }
    this.#skipAll(window, reason);
    return undefined;
  }

  #skipAll(window: ByteWindow, reason: FairleadError): void {
    const size = window.length;
    this.losses.skip(size, reason);
    this.losses.run = 0;
    this.searching = false;
    this.position += size;
    window.skip(size);
    this.resetHead();
    for (const rule of this.rules) this.measures[rule.index] = rule.measure();
  }
}
