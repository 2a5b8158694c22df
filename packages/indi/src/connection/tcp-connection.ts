import { networkInterfaces } from 'node:os';
import { coreErrors, type Duration, type Endpoint, milliseconds, timeLimit } from '@fairlead/core';
import type { Dial, Transport } from '@fairlead/tcp';
import { dialTcp } from '@fairlead/tcp/internal';
import { indiErrors } from '../catalogue.ts';
import { indiLimits } from '../limits.ts';
import type { DeviceHost } from '../property/host.ts';
import type { AnyProperty, SwitchVector, TextVector } from '../property/property.ts';
import { Connection, type ConnectionOptions } from './connection.ts';
import { type Interfaces, LanSearch } from './lan-search.ts';
import type { LiveLink } from './live-link.ts';
import { ConnectionMode } from './mode.ts';
import { dialUdp } from './udp.ts';

export interface TcpConnectionOptions<In, Out> extends ConnectionOptions<In, Out> {
  /** The address until a client sets another one: an IPv4 or IPv6 address or a name. */
  readonly defaultHost?: string;
  readonly defaultPort?: number;
  /** Silence after which the operating system probes the device; false: never. Default 10 s. */
  readonly keepAlive?: Duration | false;
  /** Opens a TCP transport. Default: over sockets. */
  readonly dial?: Dial;
  /** The interfaces whose networks are searched. Default: those of the operating system. */
  readonly interfaces?: Interfaces;
}

const GROUP = 'Connection';

/**
 * A device on the network, by TCP or UDP.
 *
 * Properties: DEVICE_ADDRESS (ADDRESS, PORT), CONNECTION_TYPE (TCP, UDP), DEVICE_LAN_SEARCH (INDI_ENABLED,
 * INDI_DISABLED). If the search is enabled and the address does not answer, the networks of this machine's interfaces
 * are searched; the address where the handshake succeeds becomes the address of the device. The address that worked is
 * saved.
 */
export class TcpConnection<In = string, Out = In> extends Connection<In, Out> {
  readonly name = 'CONNECTION_TCP';
  readonly label = 'Network';
  readonly mode = ConnectionMode.Tcp;
  readonly #options: TcpConnectionOptions<In, Out>;
  readonly #address: TextVector<'ADDRESS' | 'PORT'>;
  readonly #type: SwitchVector<'TCP' | 'UDP'>;
  readonly #search: SwitchVector<'INDI_ENABLED' | 'INDI_DISABLED'>;
  #saved = '';

  constructor(device: DeviceHost, options: TcpConnectionOptions<In, Out>) {
    super(device, options);
    this.#options = options;
    const { defaultHost = '', defaultPort } = options;
    this.#address = device.texts('DEVICE_ADDRESS', {
      label: 'Server',
      group: GROUP,
      persistent: true,
      members: {
        ADDRESS: { label: 'Address', value: defaultHost },
        PORT: { label: 'Port', value: defaultPort === undefined ? '' : String(defaultPort) },
      },
    });
    this.#type = device.switches('CONNECTION_TYPE', {
      label: 'Connection Type',
      group: GROUP,
      persistent: true,
      members: { TCP: { value: true }, UDP: {} },
    });
    this.#search = device.switches('DEVICE_LAN_SEARCH', {
      label: 'LAN Search',
      group: GROUP,
      persistent: true,
      members: { INDI_ENABLED: { label: 'Enabled' }, INDI_DISABLED: { label: 'Disabled', value: true } },
    });
    this.#address.onNew((values) => {
      if (values.ADDRESS.trim() === '')
        throw indiErrors.error('ADDRESS_INVALID', { reason: 'the address is empty' });
      portOf(values.PORT);
    });
  }

  get properties(): readonly AnyProperty[] {
    return [this.#address, this.#type, this.#search];
  }

  get host(): string {
    return this.#address
      .get('ADDRESS')
      .trim()
      .replace(/^\[(.*)\]$/, '$1');
  }

  /** The port that the client has set; NaN if there is none. */
  get port(): number {
    return Number(this.#address.get('PORT') || Number.NaN);
  }

  get place(): string {
    const { host } = this;
    return `${host.includes(':') ? `[${host}]` : host}:${this.#address.get('PORT')}`;
  }

  setDefaultHost(host: string): void {
    this.#address.set({ ADDRESS: host });
  }

  setDefaultPort(port: number): void {
    this.#address.set({ PORT: String(port) });
  }

  protected async open(signal: AbortSignal): Promise<Transport> {
    const { host } = this;
    if (host === '') throw indiErrors.error('ADDRESS_INVALID', { reason: 'the address is empty' });
    return this.#dial(host, portOf(this.#address.get('PORT')), signal, this.connectTimeout);
  }

  /** Opens the given address, or the one that the search finds. */
  protected override async establish(signal: AbortSignal): Promise<LiveLink<In, Out>> {
    try {
      return await super.establish(signal);
    } catch (error) {
      if (signal.aborted || !this.#search.get('INDI_ENABLED') || this.#type.get('UDP')) throw error;
      return this.#find(signal, error);
    }
  }

  protected override connected(): void {
    const worked = JSON.stringify(this.#address.values());
    if (worked === this.#saved) return;
    this.#saved = worked;
    this.device
      .saveConfig([this.#address.name])
      .catch((error: Error) => this.device.log.warn(`The address could not be saved: ${error.message}`));
  }

  async #find(signal: AbortSignal, error: unknown): Promise<LiveLink<In, Out>> {
    const port = portOf(this.#address.get('PORT'));
    const { log } = this.device;
    this.tell(`${(error as Error).message} Searching for the device in the networks of this machine.`);
    const search = new LanSearch({
      interfaces: this.#options.interfaces ?? networkInterfaces,
      dial: (host) => this.#dial(host, port, signal, indiLimits.values.lanProbe),
      progress: (text) => this.tell(text),
    });
    for await (const { host, transport } of search.answering(signal)) {
      const live = this.linkOver(transport);
      try {
        await this.shakeHands(live, signal, false);
        this.#address.update({ ADDRESS: host });
        return live;
      } catch (refused) {
        live.destroy(indiErrors.error('HANDSHAKE_FAILED', { place: host }));
        if (signal.aborted) throw refused;
        log.debug(`${host} is another device: ${(refused as Error).message}`);
      }
    }
    throw error;
  }

  async #dial(host: string, port: number, signal: AbortSignal, limit: number): Promise<Transport> {
    const { clock } = this.device;
    const endpoint: Endpoint = { protocol: 'tcp', host, port };
    using late = timeLimit(clock, limit, undefined, () =>
      coreErrors.error('CONNECT_TIMEOUT', { endpoint: this.#shown(host, port), limit }),
    );
    const keepAlive = this.#options.keepAlive ?? indiLimits.values.keepAlive;
    const settings = {
      signal: AbortSignal.any([signal, late.signal]),
      keepAlive: keepAlive === false ? (false as const) : milliseconds(keepAlive, 'keepAlive'),
    };
    if (this.#type.get('UDP')) return await dialUdp(host, port, settings.signal);
    return await (this.#options.dial ?? dialTcp)(endpoint, settings);
  }

  #shown(host: string, port: number): string {
    return `${host.includes(':') ? `[${host}]` : host}:${port}`;
  }
}

function portOf(text: string): number {
  const port = Number(text.trim());
  if (/^\d{1,5}$/.test(text.trim()) && port >= 1 && port <= 65_535) return port;
  throw indiErrors.error('ADDRESS_INVALID', { reason: `the port "${text}" is not a number from 1 to 65535` });
}
