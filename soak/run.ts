/**
 * Long tests: `npm run soak -- [--rounds N] [--minutes N] [--seed S] [--target NAME]`
 *
 * Runs each target for N rounds (default 1,000), one after another. CI runs a dozen rounds of each as tests. Exits with 1
 * if a promise was broken.
 */
import { parseArgs } from 'node:util';
import { downlinks } from './downlinks.ts';
import { journalSoak } from './journal.ts';
import { memory } from './memory.ts';
import { neighbours } from './neighbours.ts';
import type { Soak } from './soak.ts';
import { thingspanelSoak } from './thingspanel.ts';
import { wire } from './wire.ts';

const targets: Readonly<Record<string, Soak>> = {
  downlinks,
  journal: journalSoak,
  memory,
  neighbours,
  thingspanel: thingspanelSoak,
  wire,
};

const ROUNDS = 1_000;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string' },
    minutes: { type: 'string' },
    seed: { type: 'string' },
    target: { type: 'string' },
  },
});
const rounds = wholeNumber('rounds', values.rounds ?? String(ROUNDS));
const minutes = values.minutes === undefined ? undefined : wholeNumber('minutes', values.minutes);
const seed = wholeNumber('seed', values.seed ?? String(Date.now() % 2 ** 32));
const chosen = values.target === undefined ? Object.keys(targets) : [values.target];

console.log(`soak: seed ${seed}, ${rounds} rounds, ${chosen.join(', ')}`);
let failed = false;
for (const name of chosen) {
  const soak = targets[name];
  if (soak === undefined) usage(`unknown target "${name}"; known: ${Object.keys(targets).join(', ')}`);
  const report = (progress: string): void => console.log(`soak: ${name}: ${progress}`);
  const { summary, broken } = await soak({ rounds, minutes, seed, report });
  console.log(`soak: ${name}: ${summary}${broken.length === 0 ? ', all promises kept' : ''}`);
  for (const promise of broken) console.error(`soak: ${name} FAILED: ${promise}`);
  failed ||= broken.length > 0;
}
process.exit(failed ? 1 : 0);

function wholeNumber(name: string, text: string): number {
  if (!/^\d{1,10}$/.test(text)) usage(`--${name} takes a whole number, got "${text}"`);
  return Number(text);
}

function usage(problem: string): never {
  console.error(`soak: ${problem}`);
  process.exit(2);
}
