import { tcpErrors } from '../../catalogue.ts';
import { type FairleadError, isFairleadError } from '../../errors.ts';
import { tcpLimits } from '../../limits.ts';
import type { FrameNoise } from '../codec.ts';
import { checkTrailer } from '../length.ts';
import { headHex } from '../payload.ts';
import { type ByteWindow, cut } from '../window.ts';
import type { CheckResult } from './check.ts';
import type { Dispatch } from './dispatch.ts';
import { UNDECIDED, YES } from './match.ts';
import type { CompiledSpec, Rule } from './rule.ts';
import { MEASURED, type RuleMeasure } from './shape.ts';

/**
 *     match    -> which rule?         too few bytes to tell: wait for one more
 *     measure  -> how long is it?     too few bytes: wait for what the measure says
 *     check    -> trailer, content, checksum
 *     take     -> the frame without what is stripped; or drop it and begin again
 *
 * What goes wrong ends it, or goes to the rules after the one that failed ("onMismatch": "next"), or, with "resync", passes
 * over the first byte and what follows it up to a byte with which some rule may begin.
 */
export class RuleReader {
  /** Of the frame that was read last: its place in the stream, its size on the wire, its rule, its check. */
  offset = 0;
  size = 0;
  rule = '';
  checksum: CheckResult = 'none';
  /** Whether no frame has been delivered yet. */
  isFirst = true;
  readonly #noise = { skipped: 0, dropped: 0 };
  readonly #rules: readonly Rule[];
  readonly #measures: RuleMeasure[];
  readonly #byFirst: readonly (readonly Rule[])[];
  readonly #resync: number | undefined;
  readonly #lenient: boolean;
  /** The rule that the frame at the head belongs to, once that is known; else -1. */
  #current = -1;
  /** The first rule to be tried on what is at the head, and what was wrong with those before it. */
  #from = 0;
  #error: FairleadError | undefined;
  /** The rule whose end mark has just passed and may be a start mark too, or -1. */
  #shared = -1;
  /** Bytes passed over since the last frame, and bytes looked through for nothing. */
  #run = 0;
  #work = 0;
  #position = 0;

  constructor({ rules, resync }: CompiledSpec, { candidates }: Dispatch) {
    this.#rules = rules;
    this.#measures = rules.map((rule) => rule.measure());
    this.#byFirst = candidates;
    this.#resync = resync;
    this.#lenient = resync !== undefined || rules.some((rule) => rule.next);
  }

  /** Whether the head has been looked at already, and what was found must be gone on with. */
  get busy(): boolean {
    return this.#current >= 0 || this.#from > 0 || this.#shared >= 0 || this.#run > 0;
  }

  get noise(): FrameNoise {
    return this.#noise;
  }

  get idleMs(): number | undefined {
    return this.#rules[this.#current]?.idleMs;
  }

  read(window: ByteWindow): Buffer | undefined {
    if (!this.#lenient) return this.#take(window);
    for (;;) {
      try {
        return this.#take(window);
      } catch (error) {
        this.#recover(window, error);
      }
      if (window.end === window.start) return window.short(1);
    }
  }

  /** The peer closed: the frame that this completes, by the current rule or by those after it. */
  finish(window: ByteWindow): Buffer | undefined {
    for (;;) {
      const frame = this.#finishCurrent(window);
      if (frame !== undefined) return frame;
      const rule = this.#rules[this.#current];
      if (rule === undefined || !rule.next || !this.#isAfter(window, rule)) return undefined;
      this.#forget(rule);
      this.#from = rule.index + 1;
      const next = this.read(window);
      if (next !== undefined) return next;
    }
  }

  idle(window: ByteWindow): Buffer | undefined {
    return this.idleMs === undefined ? undefined : this.#finishCurrent(window);
  }

  #finishCurrent(window: ByteWindow): Buffer | undefined {
    if (!this.#lenient) return this.#finishStrictly(window);
    try {
      return this.#finishStrictly(window);
    } catch (error) {
      this.#recover(window, error);
      return window.end > window.start ? this.read(window) : undefined;
    }
  }

  #finishStrictly(window: ByteWindow): Buffer | undefined {
    const rule = this.#rules[this.#current];
    if (rule === undefined) return undefined;
    const measure = this.#measures[this.#current] as RuleMeasure;
    const total = measure.finish?.(window) ?? 0;
    return total === 0 ? undefined : this.#frame(window, rule, measure, total);
  }

  #take(window: ByteWindow): Buffer | undefined {
    do {
      if (this.#current < 0 && !this.#choose(window)) return undefined;
      const rule = this.#rules[this.#current] as Rule;
      const measure = this.#measures[this.#current] as RuleMeasure;
      const from = window.start;
      const total = measure.measure(window);
      if (total === 0) {
        if (window.start === from) return undefined;
        // What lay between frames was skipped: another rule may be for what follows.
        this.#position += window.start - from;
        this.#current = -1;
        continue;
      }
      const frame = this.#frame(window, rule, measure, total);
      if (frame !== undefined) return frame;
    } while (window.end > window.start);
    return window.short(1);
  }

  /** Takes the frame of `total` bytes; undefined where it is dropped. */
  #frame(window: ByteWindow, rule: Rule, measure: RuleMeasure, total: number): Buffer | undefined {
    const { start } = window;
    if (rule.endsWith !== undefined) checkTrailer(window, total, rule.endsWith);
    const content = rule.hasContent
      ? (measure.content as NonNullable<RuleMeasure['content']>)(window, total)
      : undefined;
    const size = content === undefined ? total : content.length;
    const head = rule.head === MEASURED ? (measure.head as number) : rule.head;
    const tail = rule.tail === MEASURED ? (measure.tail as number) : rule.tail;
    if (size < head + tail) throw tcpErrors.error('FRAME_TOO_SHORT', { size, min: head + tail });
    const { check } = rule;
    let checksum: CheckResult = 'none';
    if (check !== undefined) {
      checksum =
        content !== undefined && check.over === 'content'
          ? check.test(content, 0, size)
          : check.test(window.bytes, start, total);
      if (checksum === 'bad' && rule.onBadChecksum !== 'flag') {
        // A frame may be dropped whole only where nothing but its check value is in doubt.
        this.#work += total;
        if (rule.onBadChecksum === 'close' || this.#lenient) throw check.mismatch();
        this.#noise.dropped++;
        this.#passed(window, rule, total);
        return undefined;
      }
    }
    this.offset = this.#position;
    this.size = total;
    this.rule = rule.name;
    this.checksum = checksum;
    this.#passed(window, rule, total);
    this.#run = this.#work = 0;
    if (rule.discard) return undefined;
    this.isFirst = false;
    return content === undefined
      ? cut(window.bytes, start + head, start + total - tail)
      : head + tail === 0
        ? content
        : content.subarray(head, size - tail);
  }

  #passed(window: ByteWindow, rule: Rule, total: number): void {
    window.start += total;
    this.#position += total;
    this.#current = -1;
    this.#from = 0;
    this.#error = undefined;
    this.#shared = rule.shared ? rule.index : -1;
  }

  #choose(window: ByteWindow): boolean {
    const { bytes, start, end } = window;
    for (const rule of this.#byFirst[bytes[start] as number] as readonly Rule[]) {
      if (rule.index < this.#from || (rule.first && !this.isFirst)) continue;
      const { matcher } = rule;
      const answer = matcher === undefined ? YES : matcher.test(bytes, start, end);
      if (answer === YES) {
        this.#current = rule.index;
        return true;
      }
      if (answer === UNDECIDED) {
        window.short(matcher?.needed ?? 1);
        return false;
      }
    }
    if (this.#shared >= this.#from) {
      this.#current = this.#shared;
      return true;
    }
    throw this.#error ?? tcpErrors.error('FRAME_NO_RULE', { found: headHex(window.view(0, window.length)) });
  }

  #recover(window: ByteWindow, error: unknown): void {
    if (!isFairleadError(error) || error.side !== 'remote') throw error;
    const rule = this.#rules[this.#current];
    if (rule !== undefined) {
      this.#forget(rule);
      if (error.code === 'FRAME_TOO_LARGE') this.#work += rule.cost;
      if (rule.next && this.#isAfter(window, rule)) {
        this.#from = rule.index + 1;
        this.#error ??= error;
        return;
      }
    }
    const reason = this.#error ?? error;
    if (reason.code === 'FRAME_CHECKSUM_MISMATCH' && this.#drops(rule)) this.#noise.dropped++;
    if (this.#resync === undefined) throw reason;
    this.#skip(window, this.#resync, reason);
  }

  #drops(rule: Rule | undefined): boolean {
    return rule?.onBadChecksum === 'drop';
  }

  /** Passes over the first byte and what follows it, up to a byte with which a rule may begin. */
  #skip(window: ByteWindow, limit: number, reason: FairleadError): void {
    const { bytes, start, end } = window;
    let to = start + 1;
    while (to < end && this.#byFirst[bytes[to] as number]?.length === 0) to++;
    const size = to - start;
    window.start = to;
    this.#position += size;
    this.#noise.skipped += size;
    this.#run += size;
    this.#from = 0;
    this.#error = undefined;
    this.#shared = -1;
    if (this.#run > limit || this.#work > tcpLimits.values.resyncWork)
      throw tcpErrors.error(
        'FRAME_RESYNC_FAILED',
        { skipped: this.#run, limit, reason: reason.code },
        reason,
      );
  }

  /** Whether a rule after this one may be for what is at the head. */
  #isAfter(window: ByteWindow, rule: Rule): boolean {
    return (this.#byFirst[window.at(0)] as readonly Rule[]).some((other) => other.index > rule.index);
  }

  /** The measure of a rule may remember how far it has looked. */
  #forget(rule: Rule): void {
    this.#measures[rule.index] = rule.measure();
    this.#current = -1;
  }
}
