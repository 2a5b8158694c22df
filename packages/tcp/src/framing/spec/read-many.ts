import type { ByteWindow } from '../window.ts';
import type { Dispatch } from './dispatch.ts';
import { takeRun } from './fast-rule.ts';
import type { RuleReader } from './rule-reader.ts';

/**
 * The fast path for valid streams: the first byte determines the rule, and one number or one search determines the size. Incomplete
 * and invalid frames, and rules without a fast path, are left to the reader.
 */
export function readMany(
  reader: RuleReader,
  { fast, hasFirst }: Dispatch,
  window: ByteWindow,
  frames: Buffer[],
  stopAt: number,
): void {
  while (window.start < window.end && window.start < stopAt) {
    const usual = !reader.busy && !(hasFirst && reader.isFirst);
    const rule = usual ? fast[window.at(0)] : undefined;
    const before = window.start;
    if (rule !== undefined) takeRun(rule, fast, window, frames, stopAt);
    if (window.start > before) {
      reader.passedFast(window.start - before);
      continue;
    }
    const frame = reader.read(window);
    if (frame === undefined) return;
    frames.push(frame);
  }
}
