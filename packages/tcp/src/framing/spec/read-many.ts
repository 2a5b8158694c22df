import type { ByteWindow } from '../window.ts';
import type { Dispatch } from './dispatch.ts';
import { takeRun } from './fast-rule.ts';
import type { RuleReader } from './rule-reader.ts';

/**
 * The short way for streams in which all is well: the first byte tells the rule, one number or one search the size.
 * Whatever is incomplete, faulty or of another kind is left to the reader, which knows what to do.
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
