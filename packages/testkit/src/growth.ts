import assert from 'node:assert/strict';

/** Twice the input may take this many times as long. Work that grows with the square of the input takes four times as long. */
const MOST = 2.2;
/** The shortest of this many runs counts, because other load can only make a run longer. */
const RUNS = 5;
/** A failed measurement is repeated this often, because the machine may have been busy the whole time. */
const ATTEMPTS = 6;

/**
 * Asserts that work grows in proportion to its input: twice the input takes at most 2.2 times the processor
 * time of this process. The times are compared within one run, so that the speed of the machine does not matter, and
 * processor time does not grow when other programs use the processor.
 *
 * @param prepare creates an input of the given size; its time is not measured
 * @param work the work to measure; choose `size` so that it takes some milliseconds
 */
export async function assertLinear<T>(
  size: number,
  prepare: (size: number) => T | Promise<T>,
  work: (input: T) => unknown,
): Promise<void> {
  const ratios: number[] = [];
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const ratio = await growthOf(size, prepare, work);
    if (ratio <= MOST) return;
    ratios.push(ratio);
  }
  const shown = ratios.map((ratio) => ratio.toFixed(2)).join(', ');
  assert.fail(`Twice the input (${2 * size} instead of ${size}) takes ${shown} times as long.`);
}

async function growthOf<T>(
  size: number,
  prepare: (size: number) => T | Promise<T>,
  work: (input: T) => unknown,
): Promise<number> {
  let small = Number.POSITIVE_INFINITY;
  let large = Number.POSITIVE_INFINITY;
  for (let run = 0; run < RUNS; run++) {
    small = Math.min(small, await timeOf(await prepare(size), work));
    large = Math.min(large, await timeOf(await prepare(2 * size), work));
  }
  return large / small;
}

async function timeOf<T>(input: T, work: (input: T) => unknown): Promise<number> {
  const start = process.cpuUsage();
  await work(input);
  const { user, system } = process.cpuUsage(start);
  return user + system;
}
