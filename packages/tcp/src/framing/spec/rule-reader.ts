import { type FairleadError, isFairleadError } from '@fairlead/core';
import { tcpErrors } from '../../catalogue.ts';
import { tcpLimits } from '../../limits.ts';
import type { FrameNoise } from '../codec.ts';
import { checkTrailer } from '../length-measure.ts';
import { MEASURED, type Measure } from '../measure.ts';
import { headHex } from '../payload.ts';
import { type ByteWindow, cut } from '../window.ts';
import type { Dispatch } from './dispatch.ts';
import { Losses } from './losses.ts';
import type { CheckResult } from './parts/check.ts';
import { NO, UNDECIDED, YES } from './parts/match.ts';
import type { CompiledSpec, Rule } from './rule.ts';

/** Another frame begins before the frame at the head ends. */
function cutOff(): FairleadError {
  return tcpErrors.error('FRAME_CONTENT_INVALID', { reason: 'a start mark comes before its end mark' });
}

/** A frame in which only the checksum is wrong. */
interface BadChecksumFrame {
  readonly rule: Rule;
  readonly total: number;
}

/**
 *     match    -> which rule?         too few bytes to decide: wait for one more
 *     measure  -> how long is it?     too few bytes: wait for as many as the measure needs
 *     check    -> trailer, content, checksum
 *     take     -> the stripped frame; or drop it and start again
 *
 * An error ends the reading. With "onMismatch": "next" the rules after the failed one are tried instead. With "resync" the
 * first byte is skipped, and the bytes after it up to one with which a frame may begin.
 */
export class RuleReader {
  /** The last frame: its place in the stream, its size on the wire, its rule, the result of its check. */
  offset = 0;
  size = 0;
  rule = '';
  checksum: CheckResult = 'none';
  /** Whether no frame has been delivered yet. */
  isFirst = true;
  /** Milliseconds in which a frame must be complete. */
  readonly frameTimeout: number | undefined;
  protected readonly losses = new Losses();
  protected readonly rules: readonly Rule[];
  protected readonly measures: Measure[];
  readonly #byFirst: readonly (readonly Rule[])[];
  protected readonly resync: number | undefined;
  protected readonly lenient: boolean;
  /** Whether a frame is searched behind an unfinished one: bytes are skipped until it is found. */
  protected searching = false;
  /** Index of the rule of the frame at the head; -1 until it is known. */
  protected current = -1;
  /** The first rule to try at the head, and the error of the rules before it. */
  #from = 0;
  #error: FairleadError | undefined;
  /** The first frame found at the head that has a wrong checksum and whose rule has "onBadChecksum": "drop". */
  #badChecksum: BadChecksumFrame | undefined;
  /** Index of the rule whose end mark was read last and may also be a start mark, or -1. */
  #shared = -1;
  /** Bytes at the head whose content or checksum was examined. */
  #looked = 0;
  /** Bytes of the frame at the head with which its early checksums were tested. */
  #checkedEarly = 0;
  protected position = 0;

  constructor({ rules, resync, frameTimeout }: CompiledSpec, { candidates }: Dispatch) {
    this.rules = rules;
    this.measures = rules.map((rule) => rule.measure());
    this.#byFirst = candidates;
    this.resync = resync;
    this.frameTimeout = frameTimeout;
    this.lenient = resync !== undefined || frameTimeout !== undefined || rules.some((rule) => rule.next);
  }

  /** Whether the reader has begun with the bytes at the head and must continue. */
  get busy(): boolean {
    return this.current >= 0 || this.#from > 0 || this.#shared >= 0 || this.losses.run > 0;
  }

  get noise(): FrameNoise {
    return this.losses;
  }

  get idleMs(): number | undefined {
    return this.rules[this.current]?.idleMs;
  }

  /** The fast path took frames of `size` bytes in total. */
  passedFast(size: number): void {
    this.position += size;
    this.losses.passed(size);
    this.searching = false;
  }

  read(window: ByteWindow): Buffer | undefined {
    if (!this.lenient) return this.#take(window);
    for (;;) {
      try {
        return this.#take(window);
      } catch (error) {
        this.recover(window, error);
      }
      if (window.end === window.start) return window.short(1);
    }
  }

  #take(window: ByteWindow): Buffer | undefined {
    do {
      if (this.current < 0 && !this.#choose(window)) return undefined;
      const rule = this.rules[this.current] as Rule;
      const measure = this.measures[this.current] as Measure;
      const from = window.start;
      const total = measure.measure(window);
      if (total === 0) {
        if (window.start === from) {
          this.#checkEarly(window, rule, window.length);
          return undefined;
        }
        // Bytes between frames were skipped: another rule may match the bytes after them.
        this.position += window.start - from;
        this.current = -1;
        if (measure.lost) this.losses.skip(measure.lost, cutOff());
        continue;
      }
      this.#checkEarly(window, rule, total);
      const frame = this.frame(window, rule, measure, total);
      if (frame !== undefined) return frame;
    } while (window.end > window.start);
    return window.short(1);
  }

  /**
   * Checks what of the first `have` bytes of a frame can be checked. Throws `FRAME_CHECKSUM_MISMATCH`: the length may be what
   * is wrong, and its frame may never be complete.
   */
  #checkEarly({ bytes, start }: ByteWindow, rule: Rule, have: number): void {
    const { check, early, onBadChecksum } = rule;
    if (check === undefined || early === undefined || have < early || have <= this.#checkedEarly) return;
    const before = this.#checkedEarly;
    this.#checkedEarly = have;
    const skips = this.#skipLimit !== undefined;
    if (onBadChecksum === 'flag' || (onBadChecksum === 'drop' && !skips)) return;
    if (!check.isWrongAlready(bytes, start, before, have)) return;
    const error = check.mismatch();
    if (onBadChecksum === 'drop') this.#badChecksum ??= { rule, total: early };
    throw error;
  }

  /** Takes the frame of `total` bytes. Returns undefined if the frame is dropped. */
  protected frame(window: ByteWindow, rule: Rule, measure: Measure, total: number): Buffer | undefined {
    const { start } = window;
    if (rule.endsWith !== undefined) checkTrailer(window, total, rule.endsWith);
    this.#looked = total;
    const content = rule.hasContent
      ? (measure.content as NonNullable<Measure['content']>)(window, total)
      : undefined;
    const size = content === undefined ? total : content.length;
    const head = rule.head === MEASURED ? (measure.head as number) : rule.head;
    const tail = rule.tail === MEASURED ? (measure.tail as number) : rule.tail;
    if (size < head + tail) throw tcpErrors.error('FRAME_TOO_SHORT', { size, min: head + tail });
    const { check } = rule;
    let checksum: CheckResult = 'none';
    if (check !== undefined) {
      checksum = check.test(window.bytes, start, total, content);
      if (checksum === 'bad' && rule.onBadChecksum !== 'flag') {
        const error = check.mismatch();
        if (rule.onBadChecksum === 'close') throw error;
        this.#badChecksum ??= { rule, total };
        // The length may be wrong, or another rule may match: then the frame is not dropped as a whole.
        if (this.#skipLimit !== undefined || this.#goesOn(window, rule)) throw error;
        this.#drop(window, error);
        return undefined;
      }
    }
    this.offset = this.position;
    this.size = total;
    this.rule = rule.name;
    this.checksum = checksum;
    this.#passed(window, rule, total);
    this.losses.run = 0;
    this.searching = false;
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
    this.position += total;
    this.losses.passed(total);
    this.resetHead();
    this.#shared = rule.shared ? rule.index : -1;
  }

  /** Discards everything known about the bytes at the head. */
  protected resetHead(): void {
    this.current = -1;
    this.#from = 0;
    this.#looked = 0;
    this.#checkedEarly = 0;
    this.#error = undefined;
    this.#badChecksum = undefined;
    this.#shared = -1;
  }

  /** Drops the whole {@link BadChecksumFrame} at the head. */
  #drop(window: ByteWindow, reason: FairleadError): void {
    const { rule, total } = this.#badChecksum as BadChecksumFrame;
    this.losses.drop(this.position, total, reason);
    this.#passed(window, rule, total);
  }

  #choose(window: ByteWindow): boolean {
    const { bytes, start, end } = window;
    for (const rule of this.#byFirst[bytes[start] as number] as readonly Rule[]) {
      if (rule.index < this.#from || (rule.first && !this.isFirst)) continue;
      const { matcher } = rule;
      const answer = matcher === undefined ? YES : matcher.test(bytes, start, end);
      if (answer === YES) {
        this.current = rule.index;
        return true;
      }
      if (answer === UNDECIDED) {
        window.short(matcher?.needed ?? 1);
        return false;
      }
    }
    if (this.#shared >= this.#from) {
      this.current = this.#shared;
      return true;
    }
    throw this.#error ?? tcpErrors.error('FRAME_NO_RULE', { found: headHex(window.view(0, window.length)) });
  }

  /** Bytes that may be skipped in search of a frame; undefined: none. */
  get #skipLimit(): number | undefined {
    return this.resync ?? (this.searching ? tcpLimits.values.resync : undefined);
  }

  protected recover(window: ByteWindow, error: unknown): void {
    if (!isFairleadError(error) || error.side !== 'remote') throw error;
    const rule = this.rules[this.current];
    if (rule !== undefined) {
      const { looked = 0 } = this.measures[this.current] as Measure;
      this.losses.looked(error.code === 'FRAME_TOO_LARGE' ? rule.cost : Math.max(this.#looked, looked));
      this.#looked = 0;
      if (this.toNextRule(window, error)) {
        if (this.#skipLimit === undefined) this.losses.checkWork(error);
        return;
      }
      this.forget(rule);
    }
    const reason = this.#error ?? error;
    if (this.#skipLimit !== undefined) {
      if (this.#badChecksum !== undefined) this.losses.drop(this.position, this.#badChecksum.total, reason);
      this.skip(window, reason);
    } else if (this.#badChecksum !== undefined) this.#drop(window, reason);
    else throw reason;
  }

  /** Continues with the rules after the current one, if its "onMismatch" is "next" and one of them may match. */
  protected toNextRule(window: ByteWindow, reason: FairleadError): boolean {
    const rule = this.rules[this.current];
    if (rule === undefined || !this.#goesOn(window, rule)) return false;
    this.forget(rule);
    this.#from = rule.index + 1;
    this.#error ??= reason;
    return true;
  }

  #goesOn(window: ByteWindow, rule: Rule): boolean {
    return rule.next && this.#isAfter(window, rule);
  }

  /** Skips the first byte and the bytes after it, up to the next place that a rule may match. */
  protected skip(window: ByteWindow, reason: FairleadError): void {
    const { bytes, start, end } = window;
    let to = start + 1;
    while (to < end && !this.#mayBegin(bytes, to, end)) to++;
    const size = to - start;
    window.start = to;
    this.position += size;
    this.losses.skip(size, reason);
    this.resetHead();
    this.losses.checkSkipped(this.#skipLimit ?? 0, reason);
  }

  /** Whether a rule may match there, judged by the bytes that have arrived. */
  #mayBegin(bytes: Buffer, at: number, end: number): boolean {
    for (const { first, matcher } of this.#byFirst[bytes[at] as number] as readonly Rule[])
      if ((!first || this.isFirst) && (matcher === undefined || matcher.test(bytes, at, end) !== NO))
        return true;
    return false;
  }

  /** Whether a rule after this one may match at the head. */
  #isAfter(window: ByteWindow, rule: Rule): boolean {
    return (this.#byFirst[window.at(0)] as readonly Rule[]).some((other) => other.index > rule.index);
  }

  /** Replaces the measure of a rule, which may remember how far it has searched. */
  protected forget(rule: Rule): void {
    this.measures[rule.index] = rule.measure();
    this.current = -1;
  }
}
