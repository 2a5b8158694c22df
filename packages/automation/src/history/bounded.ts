/** What a run did, cut to what the history keeps of one run: thousands of them are kept. */

import { bytesOf } from '../budget.ts';
import { automationLimits } from '../limits.ts';
import type { Result } from '../message.ts';
import type { OutputEntry } from '../run/output.ts';
import type { StepRecord } from '../run/record.ts';

interface Detail {
  readonly messages?: readonly Result[];
  readonly output?: readonly OutputEntry[];
  readonly outputDropped?: number;
  readonly steps?: readonly StepRecord[];
  readonly inputs?: Readonly<Record<string, string>>;
}

/**
 * A half of the room is for the result list or what a job began with, a half for the output or the steps. Of messages and
 * of lines the oldest leave, and how many is said; of steps the outputs are cut, of inputs the values.
 */
export function bounded(detail: unknown): unknown {
  if (typeof detail !== 'object' || detail === null) return detail;
  const { messages, output, outputDropped = 0, steps, inputs, ...others } = detail as Detail;
  const given = inputs && Object.entries(inputs);
  const half = automationLimits.values.runDetail / 2;
  const results = messages && latest(messages, half, ({ key, text }) => key.length + text.length);
  const lines = output && latest(output, half, ({ text, hex = '' }) => text.length + hex.length);
  return {
    ...others,
    ...(results && { messages: results.kept }),
    ...(results?.left && { messagesDropped: results.left }),
    ...(given && {
      inputs: Object.fromEntries(given.map(([name, text]) => [name, cutTo(text, half / given.length)])),
    }),
    ...(lines && { output: lines.kept, outputDropped: outputDropped + lines.left }),
    ...(steps && {
      steps: steps.map((step) => ({ ...step, output: cutTo(step.output, half / steps.length) })),
    }),
  };
}

/** Bytes of memory that what {@link bounded} has left takes. */
export function sizeOf(detail: unknown): number {
  const { messages = [], output = [], steps = [] } = (detail ?? {}) as Detail;
  return [
    ...messages.map(({ key, text }) => bytesOf(key, text)),
    ...output.map(({ text, hex = '' }) => bytesOf(text, hex)),
    ...steps.map((step) => bytesOf(step.output, step.error ?? '')),
  ].reduce((sum, size) => sum + size, 0);
}

/** The last items that fit into the room; one that alone is too long leaves too. */
function latest<T>(
  items: readonly T[],
  room: number,
  size: (item: T) => number,
): { kept: T[]; left: number } {
  let used = 0;
  let from = items.length;
  while (from > 0) {
    used += size(items[from - 1] as T);
    if (used > room) break;
    from--;
  }
  return { kept: items.slice(from), left: from };
}

const cutTo = (text: string, room: number): string =>
  text.length <= room ? text : `${text.slice(0, room)}… (${text.length} characters)`;
