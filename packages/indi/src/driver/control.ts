import { backoff, type FairleadError, isFairleadError, type Timer } from '@fairlead/core';
import { indiErrors } from '../catalogue.ts';
import type { Connection } from '../connection/connection.ts';
import { ConnectionMode } from '../connection/mode.ts';
import type { DeviceLink } from '../property/device-link.ts';
import type { DeviceHooks, DeviceHost } from '../property/host.ts';
import type { AnyProperty, SwitchVector } from '../property/property.ts';
import type { PropertyState } from '../wire/index.ts';
import { inWords } from '../words.ts';
import { type ControlEvent, type ControlState, controlTransitions } from './control-state.ts';
import { Retry } from './retry.ts';

/**
 * Connects, disconnects, reconnects and polls: the logic of CONNECTION and CONNECTION_MODE.
 *
 * While the link is lost, CONNECTION is Busy and the properties of the device are Alert. Both are restored with the
 * link.
 */
export class ConnectionControl<In, Out> {
  readonly #device: DeviceHost & DeviceHooks;
  readonly #connections: Connection<In, Out>[] = [];
  #mode: number | undefined;
  #modes: SwitchVector | undefined;
  #retry: Retry | undefined;
  #active: Connection<In, Out> | undefined;
  #state: ControlState = 'off';
  /** Aborts the current attempt, the wait for the next one, or polling. */
  #wanted = new AbortController();
  #timer: Timer | undefined;
  #working: Promise<void> = Promise.resolve();
  /** The states of the properties before the link was lost. */
  #before = new Map<AnyProperty, PropertyState>();
  #pollFailure: string | undefined;

  constructor(device: DeviceHost & DeviceHooks) {
    this.#device = device;
    device.standard.connection.onNew((values) => {
      if (values.CONNECT) this.#connect();
      else this.#disconnect();
      return 'shown';
    });
  }

  get hasPlugins(): boolean {
    return this.#connections.length > 0;
  }

  get connected(): boolean {
    return this.#state === 'online' || this.#state === 'lost';
  }

  get online(): boolean {
    return this.#state === 'online';
  }

  get link(): DeviceLink<In, Out> {
    const link = this.#active?.link;
    if (link === undefined) throw indiErrors.error('INDI_NOT_CONNECTED', { device: this.#device.name });
    return link;
  }

  setMode(mode: number): void {
    this.#mode = mode;
  }

  register(connection: Connection<In, Out>): void {
    this.#connections.push(connection);
    connection.lost = (cause) => this.#lost(cause);
  }

  /**
   * Defines CONNECTION_MODE and the properties of the first plugin, and CONNECTION_RETRY.
   * @param dials whether a device without a plugin opens a connection itself
   */
  start(dials: boolean): void {
    this.#startPlugins();
    if (!dials && !this.hasPlugins) return;
    this.#retry = new Retry(this.#device, this.#connections[0]?.retry ?? {});
    this.#device.define(this.#retry.property);
  }

  #startPlugins(): void {
    const offered = this.#connections.filter(
      ({ mode }) => this.#mode === undefined || (this.#mode & mode) !== ConnectionMode.None,
    );
    const first = offered[0];
    if (first === undefined) return;
    const members = offered.map(
      (plugin) => [plugin.name, { label: plugin.label, value: plugin === first }] as const,
    );
    const modes = this.#device.switches('CONNECTION_MODE', {
      label: 'Connection Mode',
      group: 'Connection',
      persistent: true,
      members: Object.fromEntries(members),
    });
    this.#modes = modes;
    modes.onNew((values) => {
      const chosen = offered.find(({ name }) => values[name]);
      if (chosen === this.#active || chosen === undefined) return;
      if (this.#state !== 'off')
        throw new Error('Disconnect the device before you choose another connection.');
      this.#activate(chosen);
    });
    this.#activate(first, () => this.#device.define(modes));
  }

  #activate(connection: Connection<In, Out>, before: () => void = () => undefined): void {
    const old = this.#active;
    this.#active = connection;
    before();
    // The restored configuration may have selected another plugin.
    if (this.#active !== connection) return;
    this.#device.define(...connection.properties);
    if (old !== undefined) {
      this.#device.remove(...old.properties);
      old.deactivated();
    }
    connection.activated();
  }

  async stop(): Promise<void> {
    if (this.#state !== 'off') this.#disconnect();
    this.#active?.deactivated();
    await this.#working;
  }

  // --- what the client wants --------------------------------------------------------------------------------------

  #connect(): void {
    const { connection } = this.#device.standard;
    if (this.#state !== 'off') {
      connection.apply();
      return;
    }
    this.#become('connect');
    connection.turnOn('CONNECT').apply('Busy');
    this.#wanted = new AbortController();
    const { signal } = this.#wanted;
    this.#working = this.#working.then(() => this.#first(signal));
  }

  #disconnect(): void {
    const { connection } = this.#device.standard;
    const { name } = this.#device;
    const was = this.#state;
    if (was === 'off') {
      connection.turnOn('DISCONNECT').apply('Idle');
      return;
    }
    this.#become('disconnect');
    this.#wanted.abort(indiErrors.error('DISCONNECTED', { device: name }));
    this.#device.clock.clear(this.#timer);
    this.#before.clear();
    connection.turnOn('DISCONNECT').apply('Idle');
    const hadLink = was === 'online';
    this.#working = this.#working.then(async () => {
      if (hadLink) await this.#guard(() => this.#device.onDisconnect());
      await this.#active?.disconnect();
      if (was !== 'connecting') await this.#guard(() => this.#device.updateProperties());
      this.#device.log.info(`${name} is offline.`);
    });
  }

  /** The attempts for which the client waits. */
  async #first(signal: AbortSignal): Promise<void> {
    const { connection } = this.#device.standard;
    for (let failed = 0; ; ) {
      const error = await this.#failureOf(signal);
      if (signal.aborted) return;
      if (error === undefined) break;
      await this.#active?.disconnect();
      failed++;
      if (this.#retry?.again(failed, error.reason)) {
        const { attempt, next } = this.#retry.words(failed);
        if (isWorthTelling(failed))
          this.#device.log.warn(`${attempt}: ${this.#failure(error.reason)} ${next}`);
        await this.#retry.pause(signal);
        if (signal.aborted) return;
        continue;
      }
      this.#become('fail');
      this.#device.log.error(this.#failure(error.reason));
      connection.turnOn('DISCONNECT').apply('Alert');
      return;
    }
    this.#become('up');
    connection.apply('Ok');
    this.#device.log.info(`${this.#device.name} is online${this.#place}.`);
    await this.#guard(() => this.#device.updateProperties());
    this.#schedulePoll(signal, 0);
    // A link may have ended before anyone listened to it.
    this.#active?.check();
  }

  /** The error of a failed attempt; undefined: it succeeded. */
  async #failureOf(signal: AbortSignal): Promise<{ readonly reason: unknown } | undefined> {
    try {
      await this.#attempt(signal);
      return undefined;
    } catch (reason) {
      return { reason };
    }
  }

  async #attempt(signal: AbortSignal): Promise<void> {
    if (this.#active !== undefined) return this.#active.connect(signal);
    const connected = await this.#device.onConnect(signal);
    if (connected === false) throw indiErrors.error('HANDSHAKE_FAILED', { place: this.#device.name });
  }

  // --- a link that is lost ----------------------------------------------------------------------------------------

  #lost(cause: FairleadError): void {
    if (this.#state !== 'online') return;
    this.#become('lose');
    this.#device.clock.clear(this.#timer);
    const { connection } = this.#device.standard;
    const again = this.#active?.reconnect === false ? '' : ' Reconnecting.';
    this.#device.log.error(`The connection${this.#place} is lost: ${cause.message}${again}`);
    for (const vector of this.#own()) {
      this.#before.set(vector, vector.state);
      vector.apply('Alert');
    }
    const { signal } = this.#wanted;
    if (this.#active?.reconnect === false) {
      this.#disconnect();
      connection.apply('Alert');
      return;
    }
    connection.apply('Busy');
    this.#reconnect(signal, 0);
  }

  #reconnect(signal: AbortSignal, failures: number): void {
    const { clock, random } = this.#device;
    const reconnect = this.#active?.reconnect;
    if (signal.aborted || reconnect === false || reconnect === undefined) return;
    const wait = backoff(failures, reconnect, random);
    this.#timer = clock.after(wait, () => {
      this.#working = this.#working.then(() => this.#again(signal, failures));
    });
  }

  async #again(signal: AbortSignal, failures: number): Promise<void> {
    if (signal.aborted) return;
    const error = await this.#failureOf(signal);
    if (signal.aborted) return;
    if (error !== undefined) {
      await this.#active?.disconnect();
      if (isWorthTelling(failures + 1))
        this.#device.log.warn(`Attempt ${failures + 1}: ${this.#failure(error.reason)}`);
      this.#reconnect(signal, failures + 1);
      return;
    }
    this.#become('up');
    for (const [vector, state] of this.#before) if (vector.state === 'Alert') vector.apply(state);
    this.#before.clear();
    this.#device.standard.connection.apply('Ok');
    this.#device.log.info(
      `The connection${this.#place} is open again${failures === 0 ? '' : ` after ${failures + 1} attempts`}.`,
    );
    await this.#guard(() => this.#device.reconnected());
    this.#schedulePoll(signal, 0);
    this.#active?.check();
  }

  /** The properties that the device itself has defined: neither standard properties nor those of a plugin. */
  #own(): AnyProperty[] {
    const others = new Set<AnyProperty>(Object.values(this.#device.standard));
    if (this.#modes !== undefined) others.add(this.#modes);
    if (this.#retry !== undefined) others.add(this.#retry.property);
    for (const connection of this.#connections)
      for (const vector of connection.properties) others.add(vector);
    return this.#device.properties.filter((vector) => vector.defined && !others.has(vector));
  }

  // --- polling ----------------------------------------------------------------------------------------------------

  #schedulePoll(signal: AbortSignal, wait: number): void {
    if (signal.aborted || this.#state !== 'online') return;
    this.#timer = this.#device.clock.after(wait, () => void this.#poll(signal));
  }

  async #poll(signal: AbortSignal): Promise<void> {
    if (signal.aborted || this.#state !== 'online') return;
    try {
      await this.#device.poll();
      this.#pollFailure = undefined;
    } catch (error) {
      // A lost link has its own message. A failure that repeats is reported once.
      const words = inWords(error);
      if (!signal.aborted && this.#state === 'online' && words !== this.#pollFailure)
        this.#device.log.error(words);
      this.#pollFailure = words;
    }
    this.#schedulePoll(signal, this.#device.pollingPeriod);
  }

  // --- inside -----------------------------------------------------------------------------------------------------

  get #place(): string {
    const place = this.#active?.place;
    return place === undefined ? '' : ` to ${place}`;
  }

  #failure(error: unknown): string {
    const place = this.#active?.place;
    return place === undefined ? inWords(error) : `Failed to connect to ${place}: ${inWords(error)}`;
  }

  /** Runs a hook of the driver. A failure is logged and ends nothing. */
  async #guard(hook: () => unknown): Promise<void> {
    try {
      await hook();
    } catch (error) {
      if (!isFairleadError(error, 'DISCONNECTED')) this.#device.log.error(inWords(error));
    }
  }

  #become(event: ControlEvent): void {
    this.#state = controlTransitions.next(this.#state, event);
  }
}

/** Logs the first failures and then fewer and fewer: a device may be away for a night. */
function isWorthTelling(failures: number): boolean {
  return Math.log2(failures) % 1 === 0;
}
