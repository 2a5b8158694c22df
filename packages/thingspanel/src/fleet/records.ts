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
  #saving: Promise<void> = Promise.resolve();

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
    this.#leave(record.id);
    this.#enter(record);
    this.#changed();
  }

  remove(id: string): void {
    this.#leave(id);
    this.#changed();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#timer !== undefined) this.#save();
    await this.#saving;
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

  #changed(): void {
    const { clock } = this.#options;
    this.#timer ??= clock.after(thingspanelLimits.values.saveDelay, () => this.#save());
  }

  #save(): void {
    const { clock } = this.#options;
    clock.clear(this.#timer);
    this.#timer = undefined;
    const text = JSON.stringify({ version: 1, devices: [...this.#byId.values()] });
    this.#saving = this.#saving.then(() => this.#write(text));
  }

  /** Replaces the whole file at once, so that a crash leaves the old one or the new one. */
  async #write(text: string): Promise<void> {
    const { file, log } = this.#options;
    try {
      await writeFile(`${file}.new`, text, { mode: 0o600, flush: true });
      await rename(`${file}.new`, file);
    } catch (cause) {
      const reason = (cause as NodeJS.ErrnoException).code ?? String(cause);
      const error = thingspanelErrors.error('THINGSPANEL_FILE_UNUSABLE', { file, reason }, cause);
      log.error({ code: error.code }, `${error.message} It is written again with the next change.`);
    }
  }
}
