/**
 * Fuzzing: `npm run fuzz -- [--seconds N] [--seed S] [--target deframers|json|rules|indi|hub|trigger|official|custom]`
 *
 * Shares the time (default 60 s) between the targets. Prints the seed. The same seed gives the same inputs in the same
 * order. If it finds something, it prints the smallest known input and exits with 1.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { deframers } from './deframers.ts';
import { hub } from './hub.ts';
import { indi } from './indi.ts';
import { json } from './json.ts';
import { custom, official } from './listeners.ts';
import { rules } from './rules.ts';
import type { Target } from './target.ts';
import { trigger } from './trigger.ts';

const targets: Readonly<Record<string, Target>> = {
  deframers,
  json,
  rules,
  indi,
  hub,
  trigger,
  official,
  custom,
};

/** Printed lines of a reproduction, and characters of a line. The file contains everything. */
const LINES_SHOWN = 8;
const MOST_SHOWN = 400;

const { values } = parseArgs({
  options: { seconds: { type: 'string' }, seed: { type: 'string' }, target: { type: 'string' } },
});
const seconds = wholeNumber('seconds', values.seconds ?? '60');
const seed = wholeNumber('seed', values.seed ?? String(Date.now() % 2 ** 32));
const chosen = values.target === undefined ? Object.keys(targets) : [values.target];

console.log(`fuzz: seed ${seed}, ${seconds} s, ${chosen.join(', ')}`);
let found = false;
for (const name of chosen) {
  const target = targets[name];
  if (target === undefined) usage(`unknown target "${name}"; known: ${Object.keys(targets).join(', ')}`);
  const end = performance.now() + (seconds * 1_000) / chosen.length;
  const { summary, finding } = await target(seed, () => performance.now() >= end);
  console.log(`fuzz: ${name}: ${summary}${finding === undefined ? ', nothing found' : ''}`);
  if (finding === undefined) continue;
  found = true;
  console.error(`fuzz: ${name} FAILED: ${finding.what}`);
  const file = `fuzz-${name}-${seed}.log`;
  writeFileSync(file, `${[finding.what, ...finding.reproduction].join('\n')}\n`);
  for (const line of finding.reproduction.slice(0, LINES_SHOWN))
    console.error(
      `      ${line.length > MOST_SHOWN ? `${line.slice(0, MOST_SHOWN)}... (all of it: ${file})` : line}`,
    );
  console.error(`      again: npm run fuzz -- --target ${name} --seed ${seed} --seconds ${seconds}`);
}
process.exit(found ? 1 : 0);

function wholeNumber(name: string, text: string): number {
  if (!/^\d{1,10}$/.test(text)) usage(`--${name} takes a whole number, got "${text}"`);
  return Number(text);
}

function usage(problem: string): never {
  console.error(`fuzz: ${problem}`);
  process.exit(2);
}
