import { basename } from 'node:path';
import { isFairleadError } from '@fairlead/core';
import type { Transport } from '@fairlead/tcp';
import { indiErrors } from '../catalogue.ts';
import { indiLimits } from '../limits.ts';
import type { DeviceHost } from '../property/host.ts';
import type { AnyProperty, SwitchVector, TextVector } from '../property/property.ts';
import { inWords } from '../words.ts';
import { Connection, type ConnectionOptions } from './connection.ts';
import type { LiveLink } from './live-link.ts';
import { ConnectionMode } from './mode.ts';
import { dialSerial, systemPorts } from './serial-transport.ts';

const GROUP = 'Connection';
const BAUD_RATES = ['9600', '19200', '38400', '57600', '115200', '230400'] as const;
type BaudRate = (typeof BAUD_RATES)[number];

export interface SerialConnectionOptions<In, Out> extends ConnectionOptions<In, Out> {
  /** Default /dev/ttyUSB0. */
  readonly defaultPort?: string;
  /** Default 9600. */
  readonly defaultBaudRate?: 9_600 | 19_200 | 38_400 | 57_600 | 115_200 | 230_400;
  /** Returns the paths of this machine's serial ports. Default: those that `serialport` finds. */
  readonly ports?: () => Promise<readonly string[]>;
}

/**
 * A device on a serial port. Commands and answers are the same as over the network: a driver that registers both
 * connections works with both.
 *
 * Properties: SYSTEM_PORTS (the ports that were found: choose one), DEVICE_PORT (PORT), DEVICE_BAUD_RATE,
 * DEVICE_AUTO_SEARCH (INDI_ENABLED, INDI_DISABLED), DEVICE_PORT_SCAN. If the search is enabled and the device does not
 * answer at its port, the other ports of this machine are tried with the handshake. The port that worked is saved.
 * Requires the package `serialport`.
 */
export class SerialConnection<In = string, Out = In> extends Connection<In, Out> {
  readonly name = 'CONNECTION_SERIAL';
  readonly label = 'Serial';
  readonly mode = ConnectionMode.Serial;
  readonly #port: TextVector<'PORT'>;
  readonly #baud: SwitchVector<BaudRate>;
  readonly #search: SwitchVector<'INDI_ENABLED' | 'INDI_DISABLED'>;
  readonly #scan: SwitchVector<'Scan Ports'>;
  readonly #options: SerialConnectionOptions<In, Out>;
  #saved = '';
  /** Whether it is the active plugin. */
  #active = false;
  /** SYSTEM_PORTS, if any ports were found. */
  #found: SwitchVector | undefined;

  constructor(device: DeviceHost, options: SerialConnectionOptions<In, Out>) {
    super(device, options);
    this.#options = options;
    const { defaultPort = '/dev/ttyUSB0', defaultBaudRate = 9_600 } = options;
    this.#port = device.texts('DEVICE_PORT', {
      label: 'Ports',
      group: GROUP,
      persistent: true,
      members: { PORT: { label: 'Port', value: defaultPort } },
    });
    const rates = BAUD_RATES.map((rate) => [rate, { value: rate === String(defaultBaudRate) }] as const);
    this.#baud = device.switches('DEVICE_BAUD_RATE', {
      label: 'Baud Rate',
      group: GROUP,
      persistent: true,
      members: Object.fromEntries(rates) as Record<BaudRate, { value: boolean }>,
    });
    this.#search = device.switches('DEVICE_AUTO_SEARCH', {
      label: 'Auto Search',
      group: GROUP,
      persistent: true,
      members: { INDI_ENABLED: { label: 'Enabled', value: true }, INDI_DISABLED: { label: 'Disabled' } },
    });
    this.#scan = device.switches('DEVICE_PORT_SCAN', {
      label: 'Refresh',
      group: GROUP,
      members: { 'Scan Ports': {} },
    });
    this.#scan.onNew(async () => {
      const ports = await this.#scanPorts();
      this.device.log.info(
        ports.length === 0 ? 'No serial ports found.' : `Serial ports: ${ports.join(', ')}.`,
      );
      this.#scan.turnOn().apply('Ok');
      return 'shown';
    });
  }

  get properties(): readonly AnyProperty[] {
    const found = this.#found === undefined ? [] : [this.#found];
    return [...found, this.#port, this.#baud, this.#search, this.#scan];
  }

  get place(): string {
    return this.#port.get('PORT');
  }

  setDefaultPort(path: string): void {
    this.#port.set({ PORT: path });
  }

  setDefaultBaudRate(rate: BaudRate): void {
    this.#baud.turnOn(rate);
  }

  protected open(signal: AbortSignal): Promise<Transport> {
    return dialSerial(this.place, this.#baudRate, signal);
  }

  /** Opens the named port, or the first other port where the device answers. */
  protected override async establish(signal: AbortSignal): Promise<LiveLink<In, Out>> {
    try {
      return await super.establish(signal);
    } catch (error) {
      if (signal.aborted || !this.#search.get('INDI_ENABLED')) throw error;
      return this.#find(signal, error);
    }
  }

  override activated(): void {
    this.#active = true;
    this.#scanPorts().catch((error: unknown) => this.device.log.debug(inWords(error)));
  }

  override deactivated(): void {
    this.#active = false;
  }

  protected override connected(): void {
    if (this.place === this.#saved) return;
    this.#saved = this.place;
    this.device
      .saveConfig([this.#port.name, this.#baud.name])
      .catch((error: Error) => this.device.log.warn(`The port could not be saved: ${error.message}`));
  }

  get #baudRate(): number {
    return Number(this.#baud.on ?? 9_600);
  }

  /**
   * An open port is not yet the device: the driver's handshake is tried on each. Ports that cannot be opened are tried
   * again at the end, because another driver may have been searching there.
   */
  async #find(signal: AbortSignal, error: unknown): Promise<LiveLink<In, Out>> {
    const chosen = this.place;
    const others = (await this.#ports().catch(() => [])).filter((path) => path !== chosen);
    if (others.length > 0)
      this.tell(`${inWords(error)} Searching the other serial ports: ${others.join(', ')}.`);
    const busy: string[] = [];
    const live =
      (await this.#first(others, signal, busy)) ?? (await this.#first(busy.splice(0), signal, busy));
    if (live === undefined) throw error;
    return live;
  }

  /** The link at the first port where the device answers. @param busy gets those that cannot be opened */
  async #first(
    paths: readonly string[],
    signal: AbortSignal,
    busy: string[],
  ): Promise<LiveLink<In, Out> | undefined> {
    for (const path of paths) {
      let live: LiveLink<In, Out> | undefined;
      try {
        live = this.linkOver(await dialSerial(path, this.#baudRate, signal));
        await this.shakeHands(live, signal, false);
        this.tell(`The device answers at ${path}.`);
        this.#port.update({ PORT: path });
        return live;
      } catch (error) {
        live?.destroy(indiErrors.error('HANDSHAKE_FAILED', { place: path }));
        if (signal.aborted) throw error;
        if (live === undefined) busy.push(path);
        const another = isFairleadError(error, 'HANDSHAKE_FAILED');
        this.tell(`Not at ${path}: ${another ? 'another device answers.' : (error as Error).message}`);
      }
    }
    return undefined;
  }

  async #ports(): Promise<string[]> {
    const ports = await (this.#options.ports ?? systemPorts)();
    return ports.slice(0, indiLimits.values.serialPorts);
  }

  /** Lists the ports in SYSTEM_PORTS, whose members change with them. Returns their paths. */
  async #scanPorts(): Promise<readonly string[]> {
    const ports = await this.#ports();
    if (!this.#active) return ports;
    if (this.#found !== undefined) this.device.remove(this.#found);
    this.#found = undefined;
    if (ports.length === 0) return ports;
    const shown = new Map(ports.map((path) => [memberName(path, ports), path]));
    const found = this.device.switches('SYSTEM_PORTS', {
      label: 'System Ports',
      group: GROUP,
      rule: 'AtMostOne',
      members: Object.fromEntries(
        [...shown].map(([name, path]) => [name, { label: basename(path), value: path === this.place }]),
      ),
    });
    found.onNew((values) => {
      const path = shown.get(found.names.find((name) => values[name]) ?? '');
      if (path !== undefined) this.#port.update({ PORT: path });
    });
    this.#found = found;
    this.device.define(found);
    return ports;
  }
}

/** The names of INDI: without the folder, unless two names would be the same. */
function memberName(path: string, all: readonly string[]): string {
  const name = basename(path);
  return all.filter((other) => basename(other) === name).length > 1 ? path : name;
}
