/**
 * `npm test` runs all checks and tests. `npm test -- PATTERN...` runs the test files whose path contains a pattern.
 *
 * 1. install the peer programs that tests need, if possible
 * 2. the static checks; meanwhile the packages are packed, for the tests that install them
 * 3. the test files, each in its own process
 * 4. in CI, half a minute of fuzzing
 *
 * A failed step counts as one failure. The last line shows the counts. The exit code is 1 if anything failed.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { installPeers } from './peers.ts';
import { testFiles } from './testing/files.ts';
import { endLines, fileLines, total, totalLine } from './testing/report.ts';
import { type Counts, type FileResult, runFile } from './testing/run-file.ts';

const SOURCE = '--conditions=fairlead-source';
const CHECKS_MS = 300_000;
const FUZZ_SECONDS = 30;
/** Time limit for the whole run, so that a blocked test does not occupy a machine. Tests that have not run by then count as failed. */
const WHOLE_MS = 45 * 60_000;

const failure: Counts = { passed: 0, failed: 1, skipped: 0 };
const patterns = process.argv.slice(2);
const whole = patterns.length === 0;
const ci = process.env.CI === 'true';

const stop = new AbortController();
setTimeout(
  () => stop.abort(`the time for everything, ${WHOLE_MS / 60_000} minutes, was over`),
  WHOLE_MS,
).unref();
// The test files run in their own process groups, which Ctrl-C does not reach.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort(signal));
const limits = { testTimeout: 60_000, fileTimeout: 180_000, execArgv: [SOURCE], signal: stop.signal };

const steps: Counts[] = [];
if (whole) {
  peersStep();
  const packed = packingStep();
  programStep('checks', ['tools/check.ts'], CHECKS_MS);
  await packed;
}
const results = await filesStep(testFiles('.', patterns));
if (whole && ci && existsSync('fuzz/run.ts') && !stop.signal.aborted)
  programStep('fuzzing', [SOURCE, 'fuzz/run.ts', '--seconds', String(FUZZ_SECONDS)], FUZZ_SECONDS * 5_000);

for (const line of endLines(results)) console.log(line);
const counts = total([...steps, ...results]);
console.log(totalLine(counts));
process.exit(counts.failed === 0 ? 0 : 1); // even if something is still open

function peersStep(): void {
  const missing = installPeers();
  if (missing.length === 0) return;
  const names = missing.map(({ name, debian }) => `${name} (Debian: ${debian})`).join(', ');
  if (ci) {
    console.log(`FAIL  peers missing: ${names}`);
    steps.push(failure);
  } else console.log(`peers missing: ${names}; the tests that need them are skipped`);
}

/** Packs all packages into a folder that test files find in PACKED_PACKAGES. */
async function packingStep(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'fairlead-packed-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const packing = spawn(process.execPath, ['tools/packing/pack.ts', folder], {
    stdio: ['ignore', 'ignore', 'inherit'],
    signal: stop.signal,
  });
  const [code] = await once(packing, 'exit');
  if (code === 0) process.env.PACKED_PACKAGES = folder;
  else {
    console.log(`FAIL  packing: exit code ${code}`);
    steps.push(failure);
  }
}

function programStep(name: string, args: readonly string[], timeout: number): void {
  const { status, signal, error } = spawnSync(process.execPath, args, {
    stdio: ['ignore', 'inherit', 'inherit'],
    timeout,
    killSignal: 'SIGKILL',
  });
  if (status === 0) return;
  console.log(`FAIL  ${name}: ${error?.message ?? signal ?? `exit code ${status}`}`);
  steps.push(failure);
}

async function filesStep(files: readonly string[]): Promise<FileResult[]> {
  if (files.length === 0) {
    console.log(`FAIL  no test file matches ${patterns.join(' ')}`);
    steps.push(failure);
  }
  // Settings of the user for a real service must not affect the tests.
  for (const name of Object.keys(process.env)) if (name.startsWith('FAIRLEAD_')) delete process.env[name];
  const queue = [...files];
  const results: FileResult[] = [];
  const worker = async () => {
    for (let file = queue.shift(); file !== undefined && !stop.signal.aborted; file = queue.shift()) {
      const result = await runFile(file, limits);
      results.push(result);
      for (const line of fileLines(result)) console.log(line);
    }
  };
  // Many tests wait for sockets and processes: one more than there are processors keeps these busy.
  await Promise.all(Array.from({ length: availableParallelism() + 1 }, worker));
  const notRun = files.length - results.length;
  if (notRun > 0) {
    console.log(`FAIL  ${notRun} files were not run: ${stop.signal.reason}`);
    steps.push({ ...failure, failed: notRun });
  }
  return results;
}
