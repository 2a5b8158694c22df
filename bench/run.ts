/**
 * `npm run bench [-- NAMES...] [--quick] [--cpu-prof]`: runs benchmarks one after another, each in a process of its own, and ends with
 * the figures that have a target.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Report, summary } from './report.ts';

/** Files of this folder that are no benchmarks. */
const OTHERS = [
  'run',
  'deframe-contests',
  'report',
  'harness',
  'raw',
  'rival',
  'fleet',
  'indi-driver',
  'system',
];

const known = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.replace(/\.ts$/, ''))
  .filter((name) => !OTHERS.includes(name))
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
  const child = fork(join(import.meta.dirname, `${name}.ts`), flags, {
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
