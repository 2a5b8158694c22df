/**
 * `npm run bench [-- NAMES...] [--quick] [--cpu-prof]`: runs the benchmarks, `NAME.bench.ts`, one after another, each in a
 * process of its own. It ends with the figures that have a target.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Report, summary } from './report.ts';

const ENDING = '.bench.ts';
const known = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith(ENDING))
  .map((file) => file.slice(0, -ENDING.length))
  .sort();
const flags = process.argv.slice(2).filter((argument) => argument.startsWith('--'));
const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const unknown = [
  ...wanted.filter((name) => !known.includes(name)),
  ...flags.filter((flag) => flag !== '--quick' && flag !== '--cpu-prof'),
];
if (unknown.length > 0) {
  console.error(`bench: unknown: ${unknown.join(', ')}; known: ${known.join(', ')}, --quick, --cpu-prof`);
  process.exit(2);
}

const reports: Report[] = [];
let failed = false;
for (const name of wanted.length > 0 ? wanted : known) {
  const child = fork(join(import.meta.dirname, `${name}${ENDING}`), flags, {
    execArgv: ['--conditions=fairlead-source', '--expose-gc'],
  });
  child.on('message', (report: Report) => reports.push(report));
  const [code, signal] = await once(child, 'exit');
  if (code !== 0) {
    failed = true;
    console.error(`bench: ${name} ended with ${code ?? signal}`);
  }
  console.log();
}
console.log(summary(reports));
process.exitCode = failed ? 1 : 0;
