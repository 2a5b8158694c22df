import { isFairleadError } from '@fairlead/tcp';
import type { DeviceHost } from '../property/host.ts';
import type { AnyProperty } from '../property/property.ts';
import type { AnyNewVector } from '../wire/index.ts';
import { inWords } from '../words.ts';
import type { ConfigFile } from './config.ts';

type Submit = (property: AnyProperty, wish: AnyNewVector) => Promise<void>;
type Action = 'CONFIG_LOAD' | 'CONFIG_SAVE' | 'CONFIG_DEFAULT' | 'CONFIG_PURGE';

/** Saves and restores a device's persistent properties. Saved values go the way of a client's wish. */
export class ConfigKeeper {
  readonly #device: DeviceHost;
  readonly #file: ConfigFile;
  readonly #submit: Submit;
  /** Saved values of properties that have not been defined yet. */
  #saved = new Map<string, AnyNewVector>();
  #restoring: Promise<void>[] = [];
  /** Saves follow one another. */
  #saving: Promise<void> = Promise.resolve();

  constructor(device: DeviceHost, file: ConfigFile, submit: Submit) {
    this.#device = device;
    this.#file = file;
    this.#submit = submit;
  }

  /** Reads what was saved, if anything was. */
  async open(): Promise<void> {
    try {
      this.#saved = byName(await this.#file.load());
    } catch (error) {
      if (!isFairleadError(error, 'CONFIG_MISSING')) this.#device.log.warn(inWords(error));
    }
  }

  /** A property was defined: it gets its saved values, once. */
  restore(property: AnyProperty): void {
    if (!property.persistent) return;
    const wish = this.#saved.get(property.name);
    if (wish === undefined) return;
    this.#saved.delete(property.name);
    this.#restoring.push(this.#submit(property, wish));
  }

  /** Resolves when everything that was defined has its saved values. */
  async restored(): Promise<void> {
    while (this.#restoring.length > 0) await Promise.all(this.#restoring.splice(0));
  }

  /** What the buttons of CONFIG_PROCESS do. */
  async process(values: Readonly<Record<Action, boolean>>): Promise<void> {
    const { log } = this.#device;
    if (values.CONFIG_LOAD) {
      await this.#load(await this.#file.load());
      log.info('Device configuration loaded.');
    }
    if (values.CONFIG_DEFAULT) {
      await this.#load(await this.#file.loadDefault());
      log.info('Default configuration loaded.');
    }
    if (values.CONFIG_SAVE) {
      await this.save();
      log.info(`Device configuration saved in ${this.#file.path}.`);
    }
    if (values.CONFIG_PURGE) {
      await this.#file.purge();
      log.info('Device configuration purged.');
    }
  }

  /** Saves what is defined and persistent, or what of that is named. What the file holds besides is kept. */
  save(names?: readonly string[]): Promise<void> {
    const done = this.#saving.then(async () => {
      const kept = await this.#file.load().catch((error: unknown) => {
        if (isFairleadError(error)) return [];
        throw error;
      });
      const all = byName(kept);
      for (const property of this.#device.properties)
        if (property.persistent && property.defined && (names?.includes(property.name) ?? true))
          all.set(property.name, property.wish());
      await this.#file.save([...all.values()], names === undefined);
    });
    this.#saving = done.catch(() => undefined);
    return done;
  }

  async #load(wishes: readonly AnyNewVector[]): Promise<void> {
    for (const wish of wishes) {
      const property = this.#device.property(wish.name);
      if (property?.defined && property.persistent) await this.#submit(property, wish);
      else this.#saved.set(wish.name, wish);
    }
  }
}

function byName(wishes: readonly AnyNewVector[]): Map<string, AnyNewVector> {
  return new Map(wishes.map((wish) => [wish.name, wish]));
}
