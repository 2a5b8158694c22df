import { tcpErrors } from '../catalogue.ts';
import type { Codec, FrameDecoder, Payload } from './codec.ts';
import { checkTrailer } from './length.ts';
import { textLength } from './line.ts';
import type { Measure } from './measure.ts';
import { headHex } from './payload.ts';
import { verifyChecksum } from './spec-checksum.ts';
import { UNDECIDED, YES } from './spec-match.ts';
import type { Rule } from './spec-rule.ts';
import { type ByteWindow, cut } from './window.ts';

/** The codec of compiled rules: the first that matches at the head of the buffer frames what comes next. */
export function codecOfRules(rules: readonly Rule[]): Codec<Buffer, Payload> {
  const sending =
    rules.find((rule) => rule.send) ?? rules.find((rule) => !rule.discard) ?? (rules[0] as Rule);
  const only = rules.length === 1 ? rules[0] : undefined;
  return {
    name: only !== undefined ? only.kind : 'rules',
    decoder: () => new RulesDecoder(rules),
    encoder: () => sending.encoder(),
  };
}

/**
 *     match    -> which rule?         too few bytes to tell: wait for one more
 *     measure  -> how long is it?     too few bytes: wait for what the measure says
 *     check    -> trailer, checksum
 *     take     -> the frame without what is stripped; or drop it and begin again
 */
class RulesDecoder implements FrameDecoder<Buffer> {
  readonly #rules: readonly Rule[];
  readonly #measures: readonly Measure[];
  /** The rule that the frame at the head belongs to, once that is known; else -1. */
  #current = -1;

  constructor(rules: readonly Rule[]) {
    this.#rules = rules;
    this.#measures = rules.map((rule) => rule.measure());
  }

  decode(window: ByteWindow): Buffer | undefined {
    do {
      if (this.#current < 0 && !this.#choose(window)) return undefined;
      const rule = this.#rules[this.#current] as Rule;
      const from = window.start;
      const total = (this.#measures[this.#current] as Measure).measure(window);
      if (total === 0) {
        if (window.start === from) return undefined;
        // What lay between frames was skipped: another rule may be for what follows.
        this.#current = -1;
        continue;
      }
      if (total < rule.min) throw tcpErrors.error('FRAME_TOO_SHORT', { size: total, min: rule.min });
      if (rule.endsWith !== undefined) checkTrailer(window, total, rule.endsWith);
      if (rule.checksum !== undefined) verifyChecksum(window, total, rule.checksum);
      this.#current = -1;
      const to = rule.kind === 'line' ? textLength(window, total) : total - rule.tail;
      window.start = from + total;
      if (!rule.discard) return cut(window.bytes, from + rule.head, from + to);
    } while (window.end > window.start);
    return window.short(1);
  }

  #choose(window: ByteWindow): boolean {
    const rules = this.#rules;
    for (let i = 0; i < rules.length; i++) {
      const matcher = (rules[i] as Rule).matcher;
      const answer = matcher === undefined ? YES : matcher.test(window);
      if (answer === YES) {
        this.#current = i;
        return true;
      }
      if (answer === UNDECIDED) {
        window.short(matcher?.needed(window) ?? 1);
        return false;
      }
    }
    throw tcpErrors.error('FRAME_NO_RULE', { found: headHex(window.view(0, window.length)) });
  }
}
