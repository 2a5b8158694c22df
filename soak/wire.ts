/**
 * The wire view of the console while a device sends 5,000 frames a second, a round each second: the memory of the page stays as it is,
 * no task takes long, and what is shown and skipped is all that was seen. Then 10,000 a second, and keys are pressed.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { type CDPSession, chromium, type Page } from 'playwright-core';
import { buildPage, FLAGS } from '../e2e/console-page.ts';
import { BareDevice, RunningService } from '../e2e/running.ts';
import type { Soak } from './soak.ts';

const FRAMES = 5_000;
const MANY = 10_000;
/** Milliseconds between two chunks of the device. */
const EVERY = 10;
/** Seconds until the view has as many rows as it keeps, and in which keys are pressed. */
const WARM = 5;
const TYPING = 5;
/** A shorter run is one of the tests, which share the processors with others: it has fewer keys, and its times are told but not judged. */
const SHORT = 30;
/** Bytes that the heap may grow, of what it has when it is warm. */
const GROWTH = 8 * 2 ** 20;
/** Milliseconds: of a task, and from a key to what it changes. The page has one of two processors, and the service and the device the other. */
const TASK = 50;
const KEY = 100;
/** Share of the seconds in which a task may take longer all the same. */
const BUSY = 0.1;

export const wire: Soak = async ({ rounds, report }) => {
  await buildPage();
  await using service = await RunningService.start();
  const token = await service.add('fast', '--protocol', 'custom', '--framing', 'line');
  using device = await BareDevice.dial(service.ports.custom);
  device.send(token);
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: [...FLAGS] });
  try {
    const page = await browser.newPage({ locale: 'en-US' });
    const link = (await service.cli('user', 'link')).json.link as string;
    await page.goto(link);
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    await page.goto(new URL('/links/fast/wire', link).href);
    await page.getByRole('grid', { name: 'What was seen on fast' }).waitFor();
    const cdp = await page.context().newCDPSession(page);
    using flow = new Flow(device);
    flow.perSecond = FRAMES;
    await pause(WARM * 1_000);
    await watch(page);
    const first = await heap(cdp);
    let most = first;
    for (let second = 1; second <= rounds; second++) {
      await pause(1_000);
      if (second % 10 !== 0 && second !== rounds) continue;
      const now = await heap(cdp);
      most = Math.max(most, now);
      report(`${second} s: heap ${megabytes(now)}`);
    }
    const tasks = await watched(page);
    flow.perSecond = MANY;
    await pause(1_000);
    await watch(page);
    const field = page.getByRole('searchbox');
    await field.focus();
    for (let i = 0; i < (rounds < SHORT ? 2 : TYPING) * 4; i++) {
      await page.keyboard.press(i % 2 === 0 ? 'a' : 'Backspace');
      await pause(250);
    }
    const keys = (await watched(page)).keys;
    flow.perSecond = 0;
    await pause(1_500);
    const { shown, skipped, all } = await counts(page);
    const isJudged = rounds >= SHORT;
    const long = tasks.long.filter((ms) => ms > TASK);
    const slow = keys.filter((ms) => ms > KEY);
    const broken: string[] = [];
    if (most > first + GROWTH) broken.push(`the heap grew from ${megabytes(first)} to ${megabytes(most)}`);
    if (isJudged && long.length > rounds * BUSY) broken.push(`tasks took ${long.join(', ')} ms`);
    if (isJudged && slow.length > keys.length * BUSY) broken.push(`keys took ${slow.join(', ')} ms`);
    if (shown + skipped !== all) broken.push(`${shown} shown and ${skipped} skipped are not ${all}`);
    if (all < FRAMES * rounds) broken.push(`only ${all} records were seen`);
    const worst = (all: readonly number[]) => Math.max(0, ...all);
    return {
      summary:
        `heap ${megabytes(first)}, at most ${megabytes(most)}; ${tasks.long.length} tasks above ${TASK} ms, the longest ${worst(tasks.long)} ms; ` +
        `${keys.length} keys at ${MANY} frames a second, the slowest ${worst(keys)} ms; ${shown} records shown + ${skipped} skipped`,
      broken,
    };
  } finally {
    await browser.close();
  }
};

/** Sends frames at a rate. */
class Flow implements Disposable {
  perSecond = 0;
  readonly #timer: NodeJS.Timeout;
  #sent = 0;
  #owed = 0;

  constructor(device: BareDevice) {
    let last = performance.now();
    this.#timer = setInterval(() => {
      const now = performance.now();
      this.#owed += (this.perSecond * (now - last)) / 1_000;
      last = now;
      let chunk = '';
      for (; this.#owed >= 1; this.#owed--) chunk += `reading ${++this.#sent} level 21.5 pressure 1013.2\n`;
      if (chunk !== '') device.send(chunk);
    }, EVERY);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

interface Watch {
  /** Milliseconds of each task above 50 ms, and of each key from its press to the next picture. */
  readonly long: number[];
  readonly keys: number[];
}

/** Watches tasks and keys in the page from now on. */
async function watch(page: Page): Promise<void> {
  await page.evaluate(() => {
    const seen: Watch = { long: [], keys: [] };
    const collected: number[] = [];
    Object.assign(globalThis, { seen, collected });
    const observe = (type: string, take: (entry: PerformanceEntry) => void, options: object = {}) =>
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) take(entry);
      }).observe({ type, ...options } as never);
    observe('longtask', ({ duration, startTime }) => {
      // The collection of garbage that the measurement of memory asks for is no work of the page.
      const asked = collected.some((at) => at >= startTime - 1_000 && at <= startTime + duration + 1_000);
      if (!asked) seen.long.push(Math.round(duration));
    });
    observe(
      'event',
      ({ name, duration }) => {
        if (name === 'keydown') seen.keys.push(Math.round(duration));
      },
      { durationThreshold: 16 },
    );
  });
}

const watched = (page: Page): Promise<Watch> =>
  page.evaluate(() => (globalThis as unknown as { readonly seen: Watch }).seen);

/** Bytes in use after garbage was collected. */
async function heap(cdp: CDPSession): Promise<number> {
  await cdp.send('Runtime.evaluate', { expression: 'globalThis.collected?.push(performance.now())' });
  await cdp.send('HeapProfiler.collectGarbage');
  return (await cdp.send('Runtime.getHeapUsage')).usedSize;
}

async function counts(page: Page): Promise<{ shown: number; skipped: number; all: number }> {
  const text = await page.getByText(/shown \+ .* skipped = /).innerText();
  const [shown = 0, skipped = 0, all = 0] = (text.match(/[\d,]+/g) ?? []).map((each) =>
    Number(each.replaceAll(',', '')),
  );
  return { shown, skipped, all };
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
