import { isFairleadError } from '@fairlead/core';
import type { DeviceHost } from '../property/host.ts';
import type { AnyProperty } from '../property/property.ts';
import type { AnyNewVector, Member } from '../wire/index.ts';
import { inWords } from '../words.ts';
import type { ConfigFile } from './config.ts';

type Submit = (property: AnyProperty, request: AnyNewVector) => Promise<void>;
type Action = 'CONFIG_LOAD' | 'CONFIG_SAVE' | 'CONFIG_DEFAULT' | 'CONFIG_PURGE';

/**
 * Saves and restores a device's persistent properties. Saved values go the way of a client's request.
 *
 * A property gets its saved values each time that it is defined, as many exist only while the device is connected, and
 * some are made anew then. What a client has changed since is not lost: the values that a property had when it was
 * removed take the place of those that were saved, until the driver ends.
 */
export class ConfigKeeper {
  readonly #device: DeviceHost;
  readonly #file: ConfigFile;
  readonly #submit: Submit;
  /** What properties get when they are defined: what was saved, or what they had when they were removed after that. */
  #saved = new Map<string, AnyNewVector>();
  readonly #restoring = new Set<Promise<void>>();
  /** Properties that did not take their saved values, or not yet, and the values that they have instead. */
  readonly #unrestored = new WeakMap<AnyProperty, Readonly<Record<string, unknown>>>();
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

  /** A property was defined: it gets the values that were saved for the members that it has. */
  restore(property: AnyProperty): void {
    if (!property.persistent) return;
    const request = restorable(property, this.#saved.get(property.name));
    if (request === undefined) return;
    this.#unrestored.set(property, property.values());
    const done = this.#submit(property, request).then(() => {
      if (property.state !== 'Alert') this.#unrestored.delete(property);
      this.#restoring.delete(done);
    });
    this.#restoring.add(done);
  }

  /** A property is about to be removed: what it has now it gets when it is defined again, if it was ever saved. */
  leaving(property: AnyProperty): void {
    if (!property.persistent || !this.#saved.has(property.name)) return;
    const before = this.#unrestored.get(property);
    const now = property.values();
    // Values that it was made with are no reason to forget those that it has not taken.
    if (before !== undefined && property.names.every((name) => before[name] === now[name])) return;
    this.#saved.set(property.name, property.toNewVector());
  }

  /** Resolves when everything that was defined has its saved values. */
  async restored(): Promise<void> {
    while (this.#restoring.size > 0) await Promise.all(this.#restoring);
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
      await this.restored();
      await this.save();
      log.info(`Device configuration saved in ${this.#file.path}.`);
    }
    if (values.CONFIG_PURGE) {
      await this.#file.purge();
      this.#saved.clear();
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
        if (property.persistent && property.defined && (names?.includes(property.name) ?? true)) {
          all.set(property.name, property.toNewVector());
          this.#saved.set(property.name, property.toNewVector());
        }
      await this.#file.save([...all.values()], names === undefined);
    });
    this.#saving = done.catch(() => undefined);
    return done;
  }

  async #load(requests: readonly AnyNewVector[]): Promise<void> {
    for (const request of requests) {
      this.#saved.set(request.name, request);
      const property = this.#device.property(request.name);
      if (!property?.defined || !property.persistent) continue;
      const fit = restorable(property, request);
      if (fit !== undefined) await this.#submit(property, fit);
    }
  }
}

/**
 * What of the saved values fits the property as it is now: a device may have other members than when they were saved.
 * undefined: nothing does.
 */
function restorable(property: AnyProperty, saved: AnyNewVector | undefined): AnyNewVector | undefined {
  if (saved === undefined || saved.type !== property.type) return undefined;
  const all = saved.members as readonly Member[];
  const members = all.filter(({ name }) => property.has(name));
  const gone = members.length < all.length;
  if (members.length === 0) return undefined;
  // The switch that was on is gone: there is nothing to switch to.
  if (gone && property.rule === 'OneOfMany' && !members.some(({ value }) => value === true)) return undefined;
  return { ...saved, members } as AnyNewVector;
}

function byName(requests: readonly AnyNewVector[]): Map<string, AnyNewVector> {
  return new Map(requests.map((request) => [request.name, request]));
}
