import assert from 'node:assert/strict';

/** Twice the input may take this many times as long. Work that grows with the square of the input takes four times as long. */
const MOST = 2.2;
/** The shortest of this many runs counts, because other load can only make a run longer. */
const RUNS = 5;
/** Largest number of series of runs: the machine may be busy during a whole series. */
const ATTEMPTS = 5;

/**
 * Asserts that work grows in proportion to its input: twice the input takes at most 2.2 times the processor time of this
 * process. The times are compared within one run, so that the speed of the machine does not matter, and processor time
 * does not grow when other programs use the processor. If caches make one doubling more expensive than the next, two
 * doublings decide: four times the input takes at most 2.2 x 2.2 times as long.
 *
 * @param prepare creates an input of the given size; its time is not measured
 * @param work the work to measure; choose `size` so that it takes some milliseconds
 */
export async function assertLinear<T>(
  size: number,
  prepare: (size: number) => T | Promise<T>,
  work: (input: T) => unknown,
): Promise<void> {
  const shortest = new Map<number, number>();
  const measure = async (times: number) => {
    const time = await timeOf(await prepare(times * size), work);
    shortest.set(times, Math.min(shortest.get(times) ?? Number.POSITIVE_INFINITY, time));
  };
  const ratio = (times: number) => (shortest.get(times) as number) / (shortest.get(1) as number);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    // One run that was exceptionally short, as between two garbage collections, must not decide all series.
    shortest.clear();
    for (let run = 0; run < RUNS; run++) for (const times of [1, 2]) await measure(times);
    if (ratio(2) <= MOST) return;
    for (let run = 0; run < RUNS; run++) await measure(4);
    if (ratio(4) <= MOST ** 2) return;
  }
  assert.fail(
    `Twice the input (${2 * size} instead of ${size}) takes ${ratio(2).toFixed(2)} times as long, four times the input ${ratio(4).toFixed(2)} times.`,
  );
}

async function timeOf<T>(input: T, work: (input: T) => unknown): Promise<number> {
  const start = process.cpuUsage();
  await work(input);
  const { user, system } = process.cpuUsage(start);
  return user + system;
}
