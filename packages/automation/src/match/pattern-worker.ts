/** The thread of {@link ConditionEvaluator}: evaluates expensive regular expressions. */
import { parentPort } from 'node:worker_threads';
import { Pattern } from './pattern.ts';

export interface Question {
  readonly source: string;
  readonly ignoreCase: boolean;
  readonly text: string;
}

/** Compiled expressions that are kept: each may take 8 MiB. */
const KEPT = 8;

const kept = new Map<string, Pattern>();

parentPort?.on('message', ({ source, ignoreCase, text }: Question) => {
  const key = `${ignoreCase} ${source}`;
  const pattern = kept.get(key) ?? new Pattern(source, ignoreCase);
  kept.delete(key);
  kept.set(key, pattern);
  const [oldest] = kept.keys();
  if (kept.size > KEPT && oldest !== undefined) kept.delete(oldest);
  parentPort?.postMessage(pattern.matchesLong(text));
});
