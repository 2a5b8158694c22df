/** Cuts the details of a run to what the history keeps of one run. */

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
 * One half of the space is for the result list or the inputs of a job, the other for the output or the steps. The oldest messages
 * and lines are dropped and counted; outputs of steps and values of inputs are cut.
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

/** Bytes of memory of a detail that {@link bounded} has cut. */
export function sizeOf(detail: unknown): number {
  const { messages = [], output = [], steps = [] } = (detail ?? {}) as Detail;
  return [
    ...messages.map(({ key, text }) => bytesOf(key, text)),
    ...output.map(({ text, hex = '' }) => bytesOf(text, hex)),
    ...steps.map((step) => bytesOf(step.output, step.error ?? '')),
  ].reduce((sum, size) => sum + size, 0);
}

/** The last items that fit. A single item that does not fit is dropped too. */
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
