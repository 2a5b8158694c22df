import { backoff, type Clock, isFairleadError, type Log, type Timer } from '@fairlead/core';
import { indiErrors } from '../catalogue.ts';
import { indiLimits } from '../limits.ts';
import { encodeMessage, parseMessage, type RawElement } from '../wire/index.ts';
import type { ElementRun } from './element-runs.ts';
import { parcelOf } from './parcel.ts';
import type { Source } from './source.ts';

/** INDI's standard property that connects a device. */
const CONNECTION = 'CONNECTION';

interface Device {
  /** Whether it is to be connected when its driver has started. */
  wanted: boolean;
  /** Whether it has been defined since its driver's start. */
  defined: boolean;
  /** Whether the attempt to connect that is under way, or waits for its turn, is ours. */
  ours: boolean;
  /** Our attempts since its driver's start. */
  attempts: number;
  timer: Timer | undefined;
}

/**
 * Connects devices once their driver has started: those that were connected before it ended, and those of drivers that
 * are to connect. Clients do not: they have asked for it already.
 *
 *     the driver defines CONNECTION for the first time, CONNECT off     wanted: it is told to connect
 *     the driver shows CONNECT on                                       wanted, whenever the driver starts
 *     the driver shows CONNECT off, after it was told to connect        told again after a wait, so many times
 *     the driver shows CONNECT off, for another reason                  not wanted any more
 *     a client sets CONNECTION                                          our attempts are over: the client decides
 */
export class Connections {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #log: Log;
  readonly #devices = new WeakMap<Source, Map<string, Device>>();

  constructor(clock: Clock, random: () => number, log: Log) {
    this.#clock = clock;
    this.#random = random;
    this.#log = log;
  }

  /** A driver has defined or changed a property of a device of its own. */
  fromSource(source: Source, { heading: { device, name, traffic }, elements }: ElementRun): void {
    // What it says as it is being ended is no news of the device.
    if (name !== CONNECTION || source.kind !== 'driver' || source.state !== 'running') return;
    for (const element of elements) {
      const connected = connectOf(element);
      if (connected === undefined) continue;
      const state = this.#stateOf(source, device);
      if (connected) this.#connected(source, state);
      else if (traffic === 'change') this.#disconnected(source, device, state);
      else if (!state.defined && state.wanted) this.#connect(source, device, state);
      state.defined = true;
    }
  }

  /** A client has asked a driver for something. */
  fromClient(source: Source, { heading: { device, name }, elements }: ElementRun): void {
    if (name !== CONNECTION || source.kind !== 'driver') return;
    for (const element of elements) {
      const connect = connectOf(element);
      if (connect === undefined) continue;
      const state = this.#stateOf(source, device);
      this.#leave(state);
      if (!connect) state.wanted = false;
    }
  }

  /** The driver has ended. What was wanted of it stays wanted. */
  down(source: Source): void {
    for (const state of this.#devices.get(source)?.values() ?? []) {
      this.#leave(state);
      state.defined = false;
      state.attempts = 0;
    }
  }

  #connected(source: Source, state: Device): void {
    this.#leave(state);
    state.wanted = true;
    state.attempts = 0;
    if (isFairleadError(source.warning, 'DEVICE_NOT_CONNECTED')) source.warning = undefined;
  }

  #disconnected(source: Source, device: string, state: Device): void {
    if (!state.ours) {
      state.wanted = false;
      return;
    }
    if (state.timer !== undefined) return;
    const { connectAgainMin: min, connectAgainMax: max, connectAgainAttempts } = indiLimits.values;
    if (state.attempts >= connectAgainAttempts) {
      this.#leave(state);
      const details = { driver: source.name, device, attempts: state.attempts };
      source.warning ??= indiErrors.error('DEVICE_NOT_CONNECTED', details);
      this.#log.warn({ driver: source.name, device, code: source.warning.code }, source.warning.message);
      return;
    }
    const wait = backoff(state.attempts - 1, { min, max, jitter: 'full' }, this.#random);
    state.timer = this.#clock.after(wait, () => {
      state.timer = undefined;
      this.#connect(source, device, state);
    });
  }

  #connect(source: Source, device: string, state: Device): void {
    state.ours = true;
    state.attempts++;
    if (state.attempts === 1)
      this.#log.info({ driver: source.name, device }, 'connecting the device, as its driver has started');
    const members = [{ name: 'CONNECT', value: true }];
    source.queue.push(
      parcelOf(encodeMessage({ tag: 'newSwitchVector', type: 'Switch', device, name: CONNECTION, members })),
    );
  }

  #leave(state: Device): void {
    this.#clock.clear(state.timer);
    state.timer = undefined;
    state.ours = false;
  }

  #stateOf(source: Source, device: string): Device {
    let devices = this.#devices.get(source);
    if (devices === undefined) {
      devices = new Map();
      this.#devices.set(source, devices);
    }
    let state = devices.get(device);
    if (state === undefined) {
      state = { wanted: source.connect, defined: false, ours: false, attempts: 0, timer: undefined };
      devices.set(device, state);
      this.#forgetOldest(source, devices);
    }
    return state;
  }

  /** A driver that gives its devices other names at each start must not fill the memory. */
  #forgetOldest(source: Source, devices: Map<string, Device>): void {
    if (devices.size <= 2 * indiLimits.values.devices) return;
    for (const device of devices.keys()) {
      if (source.devices.has(device)) continue;
      devices.delete(device);
      return;
    }
  }
}

/** Whether the element has the device connected; undefined: it says nothing of that, or cannot be read. */
function connectOf(element: RawElement): boolean | undefined {
  try {
    const message = parseMessage(element);
    if (message === undefined || !('members' in message) || message.type !== 'Switch') return undefined;
    const { members } = message;
    const on = members.find(({ name }) => name === 'CONNECT')?.value;
    if (on !== undefined) return on;
    const off = members.find(({ name }) => name === 'DISCONNECT')?.value;
    return off === undefined ? undefined : !off;
  } catch (error) {
    if (isFairleadError(error)) return undefined; // who gets it will say so
    throw error;
  }
}
