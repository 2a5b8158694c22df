import { isFairleadError } from '@fairlead/core';
import type { DeviceHost } from '../property/host.ts';
import type { AnyProperty } from '../property/property.ts';
import type { AnyNewVector, Member } from '../wire/index.ts';
import { inWords } from '../words.ts';
import type { ConfigFile } from './config.ts';

type Submit = (property: AnyProperty, request: AnyNewVector) => Promise<void>;
type Action = 'CONFIG_LOAD' | 'CONFIG_SAVE' | 'CONFIG_DEFAULT' | 'CONFIG_PURGE';

/**
 * Saves and restores the persistent properties of a device. Saved values are applied like requests of a client.
 *
 * A property gets its saved values each time it is defined, because many properties exist only while the device is
 * connected, and some are created again then. Changes that clients made since are kept: when a property is removed, its
 * current values replace the saved ones until the driver ends.
 */
export class ConfigKeeper {
  readonly #device: DeviceHost;
  readonly #file: ConfigFile;
  readonly #submit: Submit;
  /**
   * Values that properties get when they are defined: those that were saved, or those that they had when they were
   * removed later.
   */
  #saved = new Map<string, AnyNewVector>();
  readonly #restoring = new Set<Promise<void>>();
  /** Properties that did not accept their saved values, or not yet, and the values that they have instead. */
  readonly #unrestored = new WeakMap<AnyProperty, Readonly<Record<string, unknown>>>();
  /** Saves run one after another. */
  #saving: Promise<void> = Promise.resolve();

  constructor(device: DeviceHost, file: ConfigFile, submit: Submit) {
    this.#device = device;
    this.#file = file;
    this.#submit = submit;
  }

  /** Reads the saved values, if there are any. */
  async open(): Promise<void> {
    try {
      this.#saved = byName(await this.#file.load());
    } catch (error) {
      if (!isFairleadError(error, 'CONFIG_MISSING')) this.#device.log.warn(inWords(error));
    }
  }

  /** A property was defined: applies the values that were saved for its members. */
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

  /**
   * A property is about to be removed. If it was ever saved, its current values are applied when it is defined again.
   */
  leaving(property: AnyProperty): void {
    if (!property.persistent || !this.#saved.has(property.name)) return;
    const before = this.#unrestored.get(property);
    const now = property.values();
    // Initial values are no reason to forget saved values that it has not accepted yet.
    if (before !== undefined && property.names.every((name) => before[name] === now[name])) return;
    this.#saved.set(property.name, property.toNewVector());
  }

  /** Resolves when all defined properties have their saved values. */
  async restored(): Promise<void> {
    while (this.#restoring.size > 0) await Promise.all(this.#restoring);
  }

  /** The actions of CONFIG_PROCESS. */
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

  /**
   * Saves the properties that are defined and persistent, or those of them that are named. Other entries in the file
   * are kept.
   */
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

  /** Resolves when no save is under way. */
  async saved(): Promise<void> {
    let last: Promise<void>;
    do {
      last = this.#saving;
      await last;
    } while (last !== this.#saving);
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
 * The saved values that fit the present property: a device may have other members than when they were saved. undefined:
 * none fit.
 */
function restorable(property: AnyProperty, saved: AnyNewVector | undefined): AnyNewVector | undefined {
  if (saved === undefined || saved.type !== property.type) return undefined;
  const all = saved.members as readonly Member[];
  const members = all.filter(({ name }) => property.has(name));
  const gone = members.length < all.length;
  if (members.length === 0) return undefined;
  // The switch that was on no longer exists, so there is no switch to turn on.
  if (gone && property.rule === 'OneOfMany' && !members.some(({ value }) => value === true)) return undefined;
  return { ...saved, members } as AnyNewVector;
}

function byName(requests: readonly AnyNewVector[]): Map<string, AnyNewVector> {
  return new Map(requests.map((request) => [request.name, request]));
}
