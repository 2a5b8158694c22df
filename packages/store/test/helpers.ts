import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import {
  type DeviceRef,
  type Log,
  openStore,
  type Store,
  type StoreOptions,
  type Uplink,
} from '@fairlead/store';
import type { Clock, Timer } from '@fairlead/tcp';

/** A folder that is removed after the test. */
export function folder(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'fairlead-store-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** A clock that stands still until it is turned. */
export class TestClock implements Clock {
  time = Date.UTC(2026, 0, 1);
  readonly #timers = new Map<object, { at: number; run: () => void }>();

  now(): number {
    return this.time;
  }

  monotonic(): number {
    return this.time;
  }

  after(ms: number, run: () => void): Timer {
    const timer = {};
    this.#timers.set(timer, { at: this.time + ms, run });
    return timer;
  }

  clear(timer: Timer | undefined): void {
    if (timer !== undefined) this.#timers.delete(timer);
  }

  get pending(): number {
    return this.#timers.size;
  }

  /** Lets time pass and runs what falls due, in order. */
  turn(ms: number): void {
    const end = this.time + ms;
    for (;;) {
      const due = [...this.#timers].filter(([, { at }]) => at <= end).sort(([, a], [, b]) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#timers.delete(due[0]);
      this.time = Math.max(this.time, due[1].at);
      due[1].run();
    }
    this.time = end;
  }
}

export interface LogLine {
  readonly level: 'info' | 'warn' | 'error';
  readonly fields: object;
  readonly message: string;
}

export function recordingLog(): Log & { readonly lines: LogLine[] } {
  const lines: LogLine[] = [];
  const at = (level: LogLine['level']) => (fields: object, message: string) => {
    lines.push({ level, fields, message });
  };
  return { lines, info: at('info'), warn: at('warn'), error: at('error') };
}

/** A store in a folder of its own, closed after the test. */
export function freshStore(
  t: TestContext,
  options: Partial<StoreOptions> = {},
): { store: Store; dir: string; clock: TestClock; reopen: (more?: Partial<StoreOptions>) => Promise<Store> } {
  const dir = options.dir ?? folder(t);
  const clock = new TestClock();
  let store = openStore({ dir, clock, ...options });
  t.after(() => store.close());
  const reopen = async (more: Partial<StoreOptions> = {}) => {
    await store.close();
    store = openStore({ dir, clock, ...options, ...more });
    return store;
  };
  return { store, dir, clock, reopen };
}

export function uplink(
  device: DeviceRef,
  values: unknown,
  more: Partial<Omit<Uplink, 'device'>> = {},
): Uplink {
  return { device, kind: 'attributes', time: 1_000, payload: Buffer.from(JSON.stringify(values)), ...more };
}

/** For `assert.throws` and `assert.rejects`: an error of the catalogue with this code. */
export function code(expected: string): (error: unknown) => boolean {
  return (error) => {
    const { code: found, message } = error as { code?: string; message?: string };
    if (found === expected) return true;
    throw new Error(`expected ${expected}, got ${found}: ${message}`, { cause: error });
  };
}
