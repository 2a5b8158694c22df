import { basename, dirname, join } from 'node:path';
import { type Clock, systemClock } from '@fairlead/core';
import type { Connection } from '../connection/connection.ts';
import type { DeviceLink } from '../property/device-link.ts';
import type { DeviceHooks, DeviceHost } from '../property/host.ts';
import { DeviceLog } from '../property/log.ts';
import type {
  AnyProperty,
  BlobVector,
  LightVector,
  NewHandler,
  NumberVector,
  Outcome,
  SwitchVector,
  TextVector,
  VectorOptions,
} from '../property/property.ts';
import { PropertyVector } from '../property/property.ts';
import { type StandardProperties, standardProperties } from '../property/standard.ts';
import type { AnyNewVector, IndiMessage, PropertyType, SettableType } from '../wire/index.ts';
import { ConfigFile, configPath } from './config.ts';
import { ConfigKeeper } from './config-keeper.ts';
import { ConnectionControl } from './control.ts';
import { DeviceOutput } from './device-output.ts';
import { type DeviceRuntime, DriverInterface } from './device-runtime.ts';
import { Requests } from './requests.ts';
import { handleStandard } from './standard-handlers.ts';

// biome-ignore lint/suspicious/noExplicitAny: a device of any messages
export type AnyDevice = DefaultDevice<any, any>;
export type Snooped = (message: IndiMessage) => void;

/**
 * A device with the standard properties of INDI. Extend it: declare properties as fields and connections in the
 * constructor, and override the hooks that you need. `runDriver()` runs it.
 *
 * `In` is the type of the device's messages, `Out` the type of messages to it. Default: text.
 */
export class DefaultDevice<In = string, Out = In> implements DeviceHost, DeviceHooks {
  readonly name: string;
  /** Shown as DRIVER_VERSION. */
  version = '1.0';
  /** See {@link DriverInterface}. */
  driverInterface: number = DriverInterface.General;
  readonly log: DeviceLog;
  /** The properties that every device has. */
  readonly standard: StandardProperties;
  readonly #vectors = new Map<string, AnyProperty>();
  readonly #requests: Requests;
  readonly #control: ConnectionControl<In, Out>;
  readonly #snoops: { device: string; name: string | undefined; heard: Snooped }[] = [];
  readonly #aux = new Set<AnyProperty>();
  #keeper: ConfigKeeper | undefined;
  readonly #output: DeviceOutput;
  #runtime: DeviceRuntime | undefined;

  constructor(name: string) {
    this.name = name;
    this.#output = new DeviceOutput(name);
    const tell = (text: string): void =>
      this.toClients({ tag: 'message', device: this.name, timestamp: this.now(), message: text });
    this.log = new DeviceLog(
      tell,
      () => this.#logFile(),
      () => this.now(),
    );
    this.#requests = new Requests((property) => this.#handlerOf(property));
    this.standard = standardProperties(this);
    this.#control = new ConnectionControl(this);
    handleStandard(this, async (buttons) => this.#keeper?.process(buttons));
  }

  // --- what a driver overrides ------------------------------------------------------------------------------------

  /**
   * Called once, before any client sees the device. Define here the properties that also exist while it is not
   * connected.
   */
  initProperties(): void | Promise<void> {}

  /**
   * Called when the device has connected or disconnected. Define or remove the properties that exist only while {@link
   * connected}.
   */
  updateProperties(): void | Promise<void> {}

  /** Called every POLLING_PERIOD while the device is online. A call begins only after the last one has ended. */
  poll(): void | Promise<void> {}

  /** Called when a lost connection is open again, after the handshake and before polling continues. */
  reconnected(): void | Promise<void> {}

  /** Connects a device that has no connection plugin. false or an error: it failed. */
  onConnect(_signal: AbortSignal): unknown {
    return true;
  }

  /** Disconnects a device. The link of a plugin is still open. */
  onDisconnect(): void | Promise<void> {}

  /** A client requests new values of a property that has no handler of its own. The same for the other types. */
  onNewText(_property: TextVector, _values: Record<string, string>): Outcome | Promise<Outcome> {}
  onNewNumber(_property: NumberVector, _values: Record<string, number>): Outcome | Promise<Outcome> {}
  onNewSwitch(_property: SwitchVector, _values: Record<string, boolean>): Outcome | Promise<Outcome> {}
  onNewBlob(_property: BlobVector, _values: Record<string, unknown>): Outcome | Promise<Outcome> {}

  // --- properties -------------------------------------------------------------------------------------------------

  texts<N extends string>(name: string, options: VectorOptions<'Text', N>): TextVector<N> {
    return this.#make('Text', name, options);
  }

  numbers<N extends string>(name: string, options: VectorOptions<'Number', N>): NumberVector<N> {
    return this.#make('Number', name, options);
  }

  switches<N extends string>(name: string, options: VectorOptions<'Switch', N>): SwitchVector<N> {
    return this.#make('Switch', name, options);
  }

  lights<N extends string>(name: string, options: VectorOptions<'Light', N>): LightVector<N> {
    return this.#make('Light', name, options);
  }

  blobs<N extends string>(name: string, options: VectorOptions<'BLOB', N>): BlobVector<N> {
    return this.#make('BLOB', name, options);
  }

  /** The property with this name, defined or not. */
  property(name: string): AnyProperty | undefined {
    return this.#vectors.get(name);
  }

  get properties(): readonly AnyProperty[] {
    return [...this.#vectors.values()];
  }

  /** Defines properties for clients, in this order. A persistent property gets its saved values each time. */
  define(...vectors: readonly AnyProperty[]): void {
    for (const vector of vectors) {
      // Again at the end: clients show properties in the order of their definitions.
      this.#vectors.delete(vector.name);
      this.#vectors.set(vector.name, vector);
      vector.defined = true;
      this.toClients(vector.definition());
      this.#keeper?.restore(vector);
    }
  }

  /** Removes properties from clients. */
  remove(...vectors: readonly AnyProperty[]): void {
    for (const vector of vectors) {
      if (!vector.defined) continue;
      this.#keeper?.leaving(vector);
      vector.defined = false;
      this.toClients({ tag: 'delProperty', device: this.name, name: vector.name, timestamp: this.now() });
    }
  }

  /** Adds DEBUG, SIMULATION and POLLING_PERIOD. Call it in the constructor. */
  addAuxControls(): void {
    this.addPollingPeriod();
    this.addDebugControl();
    this.addSimulationControl();
  }

  addPollingPeriod(): void {
    this.#aux.add(this.standard.polling);
  }

  addDebugControl(): void {
    this.#aux.add(this.standard.debug);
  }

  addSimulationControl(): void {
    this.#aux.add(this.standard.simulation);
  }

  // --- state ------------------------------------------------------------------------------------------------------

  /** Whether a client has connected the device and not disconnected it. Its link may be lost for a while. */
  get connected(): boolean {
    return this.#control.connected;
  }

  /** Whether it is connected and its link is open. */
  get online(): boolean {
    return this.#control.online;
  }

  get simulation(): boolean {
    return this.standard.simulation.get('ENABLE');
  }

  get debug(): boolean {
    return this.standard.debug.get('ENABLE');
  }

  /** Milliseconds. */
  get pollingPeriod(): number {
    return this.standard.polling.get('PERIOD_MS');
  }

  /** The link of the active connection. Throws `INDI_NOT_CONNECTED`. */
  get link(): DeviceLink<In, Out> {
    return this.#control.link;
  }

  /** The kinds of connection to offer, see `ConnectionMode`. Default: those that are registered. */
  setConnectionMode(mode: number): void {
    this.#control.setMode(mode);
  }

  registerConnection(connection: Connection<In, Out>): void {
    this.#control.register(connection);
  }

  /** Receives the definitions, changes and messages of another device. */
  snoop(device: string, name: string | undefined, heard: Snooped): void {
    this.#snoops.push({ device, name, heard });
    this.toClients({ tag: 'getProperties', version: '1.7', device, name });
  }

  /** Saves the persistent properties that are defined, or only those with the given names. */
  async saveConfig(names?: readonly string[]): Promise<void> {
    await this.#keeper?.save(names);
  }

  // --- what runs it -----------------------------------------------------------------------------------------------

  get clock(): Clock {
    return this.#runtime?.clock ?? systemClock;
  }

  /** Its environment: for example where its files are. */
  get environment(): NodeJS.ProcessEnv {
    return this.#runtime?.environment ?? process.env;
  }

  get random(): () => number {
    return this.#runtime?.random ?? Math.random;
  }

  now(): number {
    return this.clock.now();
  }

  /** Sends to the clients. Nothing is sent before a client has sent something to the device. */
  toClients(message: IndiMessage): void {
    this.#output.send(message);
  }

  /** Called once by the runner of the device. Resolves when clients may ask for its properties. */
  async start(runtime: DeviceRuntime): Promise<void> {
    this.#runtime = runtime;
    this.#output.connect(runtime.send);
    const { connection, info, config, polling, debug, simulation } = this.standard;
    const file = new ConfigFile(configPath(this.name, runtime.environment));
    this.#keeper = new ConfigKeeper(this, file, (property, request) =>
      this.#requests.submit(property, request),
    );
    await this.#keeper.open();
    info.group = this.#control.hasPlugins ? 'Connection' : 'General Info';
    info.set({
      DRIVER_NAME: this.name,
      DRIVER_EXEC: runtime.executable,
      DRIVER_VERSION: this.version,
      DRIVER_INTERFACE: String(this.driverInterface),
    });
    const aux = [polling, debug, simulation].filter((vector) => this.#aux.has(vector));
    this.define(connection, info, ...aux, config);
    this.#control.start(this.onConnect !== DefaultDevice.prototype.onConnect);
    await this.initProperties();
    await this.#keeper.restored();
  }

  /** A client requests the definitions: of everything, or of one property. */
  getProperties(name?: string): void {
    this.#spokenTo();
    for (const vector of this.#vectors.values())
      if (vector.defined && (name === undefined || vector.name === name)) this.toClients(vector.definition());
    this.#output.release();
  }

  /** A client requests new values. Resolves when the request is done or refused; never rejects. */
  handleNew(request: AnyNewVector): Promise<void> {
    this.#spokenTo();
    const property = this.#vectors.get(request.name);
    if (property?.defined && property.perm !== 'ro') return this.#requests.submit(property, request);
    if (property === undefined) this.log.warn(`Unknown property ${request.name}.`);
    else if (!property.defined) this.log.warn(`Property ${request.name} is not defined at present.`);
    else property.apply(property.state, `Error: ${property.label} (${request.name}) is read-only.`);
    return Promise.resolve();
  }

  /** An element for a property could not be parsed. */
  refuse(name: string | undefined, reason: string): void {
    const property = name === undefined ? undefined : this.#vectors.get(name);
    if (property?.defined && property.perm !== 'ro') property.apply('Alert', `Error: ${reason}`);
    else this.log.error(reason);
  }

  /** Another device has sent something. */
  heard(message: IndiMessage): void {
    const { device, name } = message as { device?: string; name?: string };
    for (const snoop of this.#snoops)
      if (snoop.device === device && (snoop.name === undefined || name === undefined || snoop.name === name))
        snoop.heard(message);
  }

  /** Disconnects and ends everything that the device has started. Idempotent. */
  async stop(): Promise<void> {
    await this.#control.stop();
    await this.#keeper?.saved();
    await this.log.flushed();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  // --- inside -----------------------------------------------------------------------------------------------------

  /** The first time, it requests what it snoops on. */
  #spokenTo(): void {
    if (this.#output.open) return;
    this.#output.begin();
    for (const { device, name } of this.#snoops)
      this.toClients({ tag: 'getProperties', version: '1.7', device, name });
  }

  #make<T extends PropertyType, N extends string>(
    type: T,
    name: string,
    options: VectorOptions<T, N>,
  ): PropertyVector<T, N> {
    const before = this.#vectors.get(name);
    // Created again, perhaps with other members: the old definition is no longer valid.
    if (before !== undefined) this.remove(before);
    const vector = new PropertyVector(this, type, name, options);
    this.#vectors.set(name, vector);
    return vector;
  }

  #handlerOf(property: AnyProperty): NewHandler<never, never> {
    const handlers: { readonly [T in SettableType]: unknown } = {
      Text: (values: Record<string, string>) => this.onNewText(property, values),
      Number: (values: Record<string, number>) => this.onNewNumber(property, values),
      Switch: (values: Record<string, boolean>) => this.onNewSwitch(property, values),
      BLOB: (values: Record<string, unknown>) => this.onNewBlob(property, values),
    };
    return handlers[property.type as SettableType] as NewHandler<never, never>;
  }

  #logFile(): string {
    const config = configPath(this.name, this.#runtime?.environment);
    return join(dirname(config), 'logs', `${basename(config).replace(/_config\.xml$/, '')}.log`);
  }
}
