import { readFile, rename, writeFile } from 'node:fs/promises';
import type { Clock, Log, Timer } from '@fairlead/core';
import { z } from 'zod';
import { thingspanelErrors } from '../catalogue.ts';
import { thingspanelLimits } from '../limits.ts';

const recordSchema = z.strictObject({
  /** The platform's id of the device. */
  id: z.string(),
  token: z.string(),
  /** Of the device in Fairlead. */
  name: z.string(),
  type: z.enum(['standard', 'gateway']),
  protocol: z.enum(['official', 'custom']),
  /** When the platform confirmed it last, Unix milliseconds. */
  checkedAt: z.number(),
  /** The platform has refused its token since. */
  refused: z.boolean().optional(),
});
const fileSchema = z.strictObject({ version: z.literal(1), devices: z.array(recordSchema) });

/** A device of the platform, as it was confirmed last. */
export type DeviceRecord = Readonly<z.output<typeof recordSchema>>;

const { saveDelay, ageDelay } = thingspanelLimits.values;

interface RecordsOptions {
  /** The tokens in it are secrets: only this user may read it. */
  readonly file: string;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * The devices of the platform, by token, name and id. They are kept in a file, so that they may enter while the platform is
 * away, also after a restart, and so that messages of the journal find their token.
 */
export class DeviceRecords implements AsyncDisposable {
  readonly #options: RecordsOptions;
  readonly #byToken = new Map<string, DeviceRecord>();
  readonly #byName = new Map<string, DeviceRecord>();
  readonly #byId = new Map<string, DeviceRecord>();
  #timer: Timer | undefined;
  /** When the timer fires, monotonic. */
  #due = 0;
  /** Whether it went well. */
  #writing: Promise<boolean> | undefined;
  /** How many times something changed, and how many of those the file has. */
  #changes = 0;
  #kept = 0;

  private constructor(options: RecordsOptions, devices: readonly DeviceRecord[]) {
    this.#options = options;
    for (const device of devices) this.#enter(device);
  }

  /** Rejects with THINGSPANEL_FILE_UNUSABLE. */
  static async open(options: RecordsOptions): Promise<DeviceRecords> {
    try {
      const { devices } = fileSchema.parse(JSON.parse(await readFile(options.file, 'utf8')));
      return new DeviceRecords(options, devices);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new DeviceRecords(options, []);
      // What stands in the file is not shown: it has tokens.
      const reason = (error as NodeJS.ErrnoException).code ?? 'it is damaged';
      throw thingspanelErrors.error('THINGSPANEL_FILE_UNUSABLE', { file: options.file, reason });
    }
  }

  get size(): number {
    return this.#byId.size;
  }

  byToken(token: string): DeviceRecord | undefined {
    return this.#byToken.get(token);
  }

  byName(name: string): DeviceRecord | undefined {
    return this.#byName.get(name);
  }

  byId(id: string): DeviceRecord | undefined {
    return this.#byId.get(id);
  }

  all(): Iterable<DeviceRecord> {
    return this.#byId.values();
  }

  /** Adds it, or replaces the one with this id. */
  put(record: DeviceRecord): void {
    const earlier = this.#byId.get(record.id);
    this.#leave(record.id);
    this.#enter(record);
    this.#save(sameButAge(earlier, record) ? ageDelay : saveDelay);
  }

  remove(id: string): void {
    this.#leave(id);
    this.#save(saveDelay);
  }

  /** Resolves when what was put so far is in the file, or when it cannot be written. */
  async saved(): Promise<void> {
    const wanted = this.#changes;
    while (this.#kept < wanted) {
      this.#writing ??= this.#write();
      if (!(await this.#writing)) return;
    }
  }

  /** Writes what is not written yet. */
  async [Symbol.asyncDispose](): Promise<void> {
    const isDue = this.#timer !== undefined;
    this.#options.clock.clear(this.#timer);
    await this.#writing;
    if (isDue || this.#timer !== undefined) await this.#write();
    this.#options.clock.clear(this.#timer);
  }

  #enter(record: DeviceRecord): void {
    this.#byToken.set(record.token, record);
    this.#byName.set(record.name, record);
    this.#byId.set(record.id, record);
  }

  #leave(id: string): void {
    const record = this.#byId.get(id);
    if (record === undefined) return;
    this.#byId.delete(id);
    this.#byName.delete(record.name);
    if (this.#byToken.get(record.token) === record) this.#byToken.delete(record.token);
  }

  /** Writes soon. What can wait does not bring an earlier time forward, and one write is under way at most. */
  #save(delay: number): void {
    const { clock } = this.#options;
    this.#changes++;
    const at = clock.monotonic() + delay;
    if (this.#timer !== undefined && this.#due <= at) return;
    clock.clear(this.#timer);
    this.#due = at;
    this.#timer = clock.after(delay, () => {
      this.#timer = undefined;
      if (this.#kept === this.#changes) return;
      if (this.#writing === undefined) this.#writing = this.#write();
      else this.#save(saveDelay);
    });
  }

  /** Replaces the whole file at once, so that a crash leaves the old one or the new one. */
  async #write(): Promise<boolean> {
    const { file, log } = this.#options;
    const changes = this.#changes;
    const text = JSON.stringify({ version: 1, devices: [...this.#byId.values()] });
    try {
      await writeFile(`${file}.new`, text, { mode: 0o600, flush: true });
      await rename(`${file}.new`, file);
      this.#kept = changes;
      return true;
    } catch (cause) {
      const reason = (cause as NodeJS.ErrnoException).code ?? String(cause);
      const error = thingspanelErrors.error('THINGSPANEL_FILE_UNUSABLE', { file, reason }, cause);
      log.error({ code: error.code }, `${error.message} Fairlead tries again.`);
      this.#save(ageDelay);
      return false;
    } finally {
      this.#writing = undefined;
    }
  }
}

const sameButAge = (one: DeviceRecord | undefined, other: DeviceRecord): boolean =>
  one !== undefined &&
  JSON.stringify({ ...one, checkedAt: 0 }) === JSON.stringify({ ...other, checkedAt: 0 });
