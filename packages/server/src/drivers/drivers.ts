/** Drivers of devices that we dial: the hub, and what the rest of the service sees of it. */

import type { BusAdapter } from '@fairlead/bus';
import type { Clock } from '@fairlead/core';
import type { Log } from '@fairlead/gateway';
import {
  connectIndi,
  createHub,
  type DriverCommand,
  type DriverStatus,
  type Hub,
  type HubClientStatus,
  type HubClientsEnded,
  type IndiClient,
  indiErrors,
  type NewValues,
  type Property,
} from '@fairlead/indi';
import { tcpErrors } from '@fairlead/tcp';
import { serverErrors } from '../catalogue.ts';
import { bridgeToBus } from './bridge.ts';

interface DriversOptions {
  /** `HOST:PORT`, or false: no INDI port. */
  readonly listen: string | false;
  readonly run: Readonly<Record<string, DriverCommand>>;
  readonly chain: readonly string[];
  /** Programs that {@link Drivers.add} may start; a `*` at the end matches any characters except `/`. */
  readonly programs: readonly string[];
  readonly bus: BusAdapter;
  readonly log: Log;
  readonly clock: Clock;
}

type DriverAction = 'start' | 'stop' | 'restart';

/** A driver to be added: its program, or the address of a server whose devices are served too. */
type NewDriver =
  | ({ readonly name: string } & Pick<DriverCommand, 'command' | 'device' | 'config' | 'connect'>)
  | { readonly chain: string };

/** A driver with the number of the change that added it: a driver that took the place of another has a higher one. */
export interface RevisedDriver extends DriverStatus {
  readonly revision: number;
}

/** INDI clients, as an operator sees them. */
export interface DriverClients {
  readonly connected: readonly HubClientStatus[];
  readonly ended: HubClientsEnded;
}

/** The drivers of a service. */
export interface Drivers extends AsyncDisposable {
  /** Where INDI clients connect; undefined: nowhere. */
  readonly address: string | undefined;
  list(): RevisedDriver[];
  /** Rejects with `DRIVER_UNKNOWN`. */
  control(name: string, action: DriverAction): Promise<RevisedDriver>;
  /**
   * Starts a driver, or joins a server, until it is removed or the service ends. Throws `DRIVER_PROGRAM_DENIED`,
   * `DRIVER_NAME_TAKEN` and `CHAIN_INVALID`.
   */
  add(driver: NewDriver): RevisedDriver;
  /** Ends a driver, or leaves a server, until the service starts again. Rejects with `DRIVER_UNKNOWN`. */
  remove(name: string): Promise<void>;
  /** The clients of the INDI port. */
  clients(): DriverClients;
  /** Throws `DRIVER_DEVICE_UNKNOWN`. */
  properties(device: string): Property[];
  /** Throws `PROPERTY_UNKNOWN`. */
  property(device: string, name: string): Property;
  /**
   * Asks the driver; with `wait` (milliseconds) it resolves once the driver has answered. Rejects with
   * `PROPERTY_UNKNOWN`, `PROPERTY_NOT_SETTABLE`, `PROPERTY_REFUSED` or `REQUEST_TIMEOUT`.
   */
  set(device: string, name: string, values: NewValues, wait?: number): Promise<Property>;
}

/**
 * Starts the hub, and a client of it within this process, which keeps the model and carries properties to the bus.
 * Undefined where the configuration names no driver, no program of one, no chain and no port.
 */
export async function openDrivers(options: DriversOptions): Promise<Drivers | undefined> {
  const { listen, run, chain, programs, log, clock } = options;
  const wanted = [...Object.keys(run), ...chain, ...programs];
  if (listen === false && wanted.length === 0) return undefined;
  await using opened = new AsyncDisposableStack();
  const hub = opened.use(await createHub({ ...(listen !== false && { listen }), run, chain, log, clock }));
  const client = opened.use(connectIndi('hub:1', { dial: async () => hub.connect(), clock }));
  client.on('change', (change) => {
    if (change.kind === 'message') logMessage(log, change.device, change.text);
    else if (change.kind === 'changed' && change.message)
      logMessage(log, change.property.device, change.message);
  });
  opened.use(await bridgeToBus(client, options.bus, log, clock));
  return new RunningDrivers(hub, client, programs, clock, opened.move());
}

/** Logs the messages of drivers. Otherwise only clients would see them, not the log of the service. */
function logMessage(log: Log, device: string | undefined, text: string): void {
  if (/^\[(ERROR|WARNING)\]|\bError\b/.test(text)) log.warn({ device }, text);
  else if (/^\[(DEBUG|SCOPE|EXTRA)\b/.test(text)) log.debug({ device }, text);
  else log.info({ device }, text);
}

class RunningDrivers implements Drivers {
  readonly address: string | undefined;
  readonly #hub: Hub;
  readonly #client: IndiClient;
  readonly #programs: readonly string[];
  readonly #clock: Clock;
  readonly #parts: AsyncDisposableStack;
  /** The revision of what the configuration names: drivers are not stored, so that numbers begin at the time of the start. */
  readonly #begun: number;
  #last: number;
  readonly #revisions = new Map<string, number>();

  constructor(
    hub: Hub,
    client: IndiClient,
    programs: readonly string[],
    clock: Clock,
    parts: AsyncDisposableStack,
  ) {
    this.address = hub.address;
    this.#hub = hub;
    this.#client = client;
    this.#programs = programs;
    this.#clock = clock;
    this.#parts = parts;
    this.#begun = Math.trunc(clock.now());
    this.#last = this.#begun;
  }

  list(): RevisedDriver[] {
    return this.#hub
      .drivers()
      .map((driver) => ({ ...driver, revision: this.#revisions.get(driver.name) ?? this.#begun }));
  }

  async control(name: string, action: DriverAction): Promise<RevisedDriver> {
    if (action === 'start') await this.#hub.startDriver(name);
    else if (action === 'stop') await this.#hub.stopDriver(name);
    else await this.#hub.restartDriver(name);
    return this.#status(name);
  }

  add(driver: NewDriver): RevisedDriver {
    if ('chain' in driver) {
      this.#hub.addChain(driver.chain);
      this.#revisions.set(driver.chain, ++this.#last);
      return this.#status(driver.chain);
    }
    const { name, ...command } = driver;
    const [program] = command.command;
    if (!this.#programs.some((allowed) => fits(program, allowed)))
      throw serverErrors.error('DRIVER_PROGRAM_DENIED', { program });
    this.#hub.addDriver(name, command);
    this.#revisions.set(name, ++this.#last);
    return this.#status(name);
  }

  async remove(name: string): Promise<void> {
    await this.#hub.removeDriver(name);
    this.#revisions.delete(name);
  }

  clients(): DriverClients {
    // The service itself is one.
    const connected = this.#hub.clients().filter(({ remote }) => remote !== 'local');
    return { connected, ended: this.#hub.clientsEnded() };
  }

  #status(name: string): RevisedDriver {
    return this.list().find((one) => one.name === name) as RevisedDriver;
  }

  properties(device: string): Property[] {
    return this.#client.properties().filter((property) => property.device === device);
  }

  property(device: string, name: string): Property {
    const property = this.#client.property(device, name);
    if (property === undefined) throw indiErrors.error('PROPERTY_UNKNOWN', { property: `${device}.${name}` });
    return property;
  }

  async set(device: string, name: string, values: NewValues, wait?: number): Promise<Property> {
    if (wait === undefined) {
      this.#client.send(device, name, values);
      return this.property(device, name);
    }
    const late = new AbortController();
    const timer = this.#clock.after(wait, () => late.abort());
    try {
      return await this.#client.set(device, name, values, { signal: late.signal });
    } catch (error) {
      if (late.signal.aborted) throw tcpErrors.error('REQUEST_TIMEOUT', { limit: wait }, error);
      throw error;
    } finally {
      this.#clock.clear(timer);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#parts.disposeAsync();
  }
}

/** @param allowed a program, or the beginning of one and a `*` that matches any characters except `/` */
function fits(program: string, allowed: string): boolean {
  if (!allowed.endsWith('*')) return program === allowed;
  const begins = allowed.slice(0, -1);
  return program.startsWith(begins) && !program.slice(begins.length).includes('/');
}
