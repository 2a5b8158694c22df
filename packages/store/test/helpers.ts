import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Log } from '@fairlead/core';
import {
  type DeviceRef,
  openStore,
  type ProfileFiles,
  type ProfileReader,
  type ProfileTerms,
  type Store,
  type StoreOptions,
  type Uplink,
} from '@fairlead/store';
import { FakeClock } from '@fairlead/testkit';

/** A folder that is removed after the test. */
export function folder(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'fairlead-store-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly fields: object;
  readonly message: string;
}

export function recordingLog(): Log & { readonly lines: LogLine[] } {
  const lines: LogLine[] = [];
  const at = (level: LogLine['level']) => (fields: object, message: string) => {
    lines.push({ level, fields, message });
  };
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** The files of a profile for {@link reader}. */
export function profile(name: string, terms: ProfileTerms = {}): ProfileFiles {
  return { 'profile.yaml': JSON.stringify({ name, ...terms }) };
}

/** Reads profiles written as JSON. One profile comes with it. */
export const reader: ProfileReader = {
  parse: (files) => JSON.parse(files['profile.yaml'] as string),
  builtin: {
    names: () => ['tracker'],
    read: (name) =>
      name === 'tracker'
        ? profile('tracker', {
            framing: 'line',
            version: '1.0.0',
            identity: { by: 'script', frames: 8 },
            secret: 'optional',
          })
        : undefined,
  },
};

/** A store in a folder of its own, closed after the test. */
export function freshStore(
  t: TestContext,
  options: Partial<StoreOptions> = {},
): { store: Store; dir: string; clock: FakeClock; reopen: (more?: Partial<StoreOptions>) => Promise<Store> } {
  const dir = options.dir ?? folder(t);
  const clock = new FakeClock();
  let store = openStore({ dir, clock, profiles: reader, ...options });
  t.after(() => store.close());
  const reopen = async (more: Partial<StoreOptions> = {}) => {
    await store.close();
    store = openStore({ dir, clock, profiles: reader, ...options, ...more });
    return store;
  };
  return { store, dir, clock, reopen };
}

export function uplink(
  device: DeviceRef,
  values: unknown,
  more: Partial<Omit<Uplink, 'device'>> = {},
): Uplink {
  const payload = more.payload ?? Buffer.from(JSON.stringify(values));
  return { device, kind: 'attributes', time: 1_000, ...more, payload };
}

/** For `assert.throws` and `assert.rejects`: an error of the catalogue with this code. */
export function code(expected: string): (error: unknown) => boolean {
  return (error) => {
    const { code: found, message } = error as { code?: string; message?: string };
    if (found === expected) return true;
    throw new Error(`expected ${expected}, got ${found}: ${message}`, { cause: error });
  };
}
