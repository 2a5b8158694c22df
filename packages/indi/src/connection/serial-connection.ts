import { type FairleadError, type Transport, type TransportEvents, tcpErrors } from '@fairlead/tcp';
import type { SerialPort } from 'serialport';
import { indiErrors } from '../catalogue.ts';
import type { AnyDevice } from '../driver/device.ts';
import type { AnyProperty, SwitchVector, TextVector } from '../driver/property.ts';
import { Connection, type ConnectionOptions } from './connection.ts';
import { ConnectionMode } from './mode.ts';

const GROUP = 'Connection';
const BAUD_RATES = ['9600', '19200', '38400', '57600', '115200', '230400'] as const;
type BaudRate = (typeof BAUD_RATES)[number];
type Serial = typeof import('serialport');

export interface SerialConnectionOptions<In, Out> extends ConnectionOptions<In, Out> {
  /** Default /dev/ttyUSB0. */
  readonly defaultPort?: string;
  /** Default 9600. */
  readonly defaultBaudRate?: number;
}

/**
 * A device on a serial port. Commands and answers are the same as over the network: a driver that registers both
 * connections works on either.
 *
 * Properties: DEVICE_PORT (PORT), DEVICE_BAUD_RATE, DEVICE_AUTO_SEARCH (INDI_ENABLED, INDI_DISABLED), DEVICE_PORT_SCAN.
 * With the search enabled, a port that does not answer is looked for among the ports of this machine. The port that
 * worked is saved. Needs the package `serialport`.
 */
export class SerialConnection<In = string, Out = In> extends Connection<In, Out> {
  readonly name = 'CONNECTION_SERIAL';
  readonly label = 'Serial';
  readonly mode = ConnectionMode.Serial;
  readonly #port: TextVector<'PORT'>;
  readonly #baud: SwitchVector<BaudRate>;
  readonly #search: SwitchVector<'INDI_ENABLED' | 'INDI_DISABLED'>;
  readonly #scan: SwitchVector<'Scan Ports'>;
  #saved = '';

  constructor(device: AnyDevice, options: SerialConnectionOptions<In, Out>) {
    super(device, options);
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
      rule: 'AtMostOne',
      members: { 'Scan Ports': {} },
    });
    this.#scan.onNew(async () => {
      const ports = await systemPorts();
      this.device.log.info(
        ports.length === 0 ? 'No serial ports found.' : `Serial ports: ${ports.join(', ')}.`,
      );
      this.#scan.turnOn().apply('Ok');
      return 'shown';
    });
  }

  get properties(): readonly AnyProperty[] {
    return [this.#port, this.#baud, this.#search, this.#scan];
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

  /** The port as it was named, else the first other port of this machine that can be opened. */
  protected async open(signal: AbortSignal): Promise<Transport> {
    const chosen = this.place;
    try {
      return await this.#dial(chosen, signal);
    } catch (error) {
      if (signal.aborted || !this.#search.get('INDI_ENABLED')) throw error;
      for (const path of await systemPorts()) {
        if (path === chosen || signal.aborted) continue;
        const transport = await this.#dial(path, signal).catch(() => undefined);
        if (transport === undefined) continue;
        this.device.log.info(`${chosen} cannot be opened; trying ${path}.`);
        this.#port.update({ PORT: path });
        return transport;
      }
      throw error;
    }
  }

  protected override connected(): void {
    if (this.place === this.#saved) return;
    this.#saved = this.place;
    this.device
      .saveConfig([this.#port.name, this.#baud.name])
      .catch((error: Error) => this.device.log.warn(`The port could not be saved: ${error.message}`));
  }

  async #dial(path: string, signal: AbortSignal): Promise<Transport> {
    const { SerialPort } = await serialport();
    const port = new SerialPort({ path, baudRate: Number(this.#baud.on ?? 9_600), autoOpen: false });
    await new Promise<void>((resolve, reject) =>
      port.open((error) => {
        if (error) reject(indiErrors.error('PORT_FAILED', { path, reason: error.message }, error));
        else resolve();
      }),
    );
    if (signal.aborted) {
      port.close();
      throw signal.reason;
    }
    // What a device has sent before anybody asked is no answer.
    await new Promise<void>((resolve) => port.flush(() => resolve()));
    return new SerialTransport(port);
  }
}

/** Paths of this machine's serial ports; none where `serialport` is missing. */
async function systemPorts(): Promise<string[]> {
  const { SerialPort } = await serialport();
  return (await SerialPort.list()).map(({ path }) => path);
}

async function serialport(): Promise<Serial> {
  try {
    return await import('serialport');
  } catch (error) {
    throw indiErrors.error('SERIALPORT_MISSING', {}, error);
  }
}

/** An open serial port as a transport. */
class SerialTransport implements Transport {
  readonly remote: string;
  readonly local = 'serial';
  readonly #port: SerialPort;
  #cause: FairleadError | undefined;

  constructor(port: SerialPort) {
    this.#port = port;
    this.remote = port.path;
    port.pause();
  }

  get writableLength(): number {
    return this.#port.writableLength;
  }

  start(events: TransportEvents): void {
    const port = this.#port;
    port.on('data', (chunk: Buffer) => events.onData(chunk));
    port.on('drain', () => events.onDrain());
    port.on('error', (error) =>
      this.destroy(indiErrors.error('PORT_FAILED', { path: port.path, reason: error.message }, error)),
    );
    port.on('close', (error: Error | null) => {
      const lost =
        error && indiErrors.error('PORT_FAILED', { path: port.path, reason: error.message }, error);
      events.onClosed(this.#cause ?? (lost || tcpErrors.error('LINK_CLOSED')));
    });
    port.pause();
  }

  write(pieces: readonly Uint8Array[], done?: (written: boolean) => void): boolean {
    const more = pieces.length === 0 || this.#port.write(Buffer.concat(pieces));
    if (done !== undefined) this.#port.drain((error) => done(!error));
    return more;
  }

  pause(): void {
    this.#port.pause();
  }

  resume(): void {
    this.#port.resume();
  }

  end(): void {
    this.#port.drain(() => this.destroy(tcpErrors.error('LINK_CLOSED')));
  }

  destroy(cause: FairleadError): void {
    this.#cause ??= cause;
    if (this.#port.isOpen) this.#port.close(() => undefined);
  }
}
