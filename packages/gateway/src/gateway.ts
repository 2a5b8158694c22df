import { type Clock, type FairleadError, parseEndpoint, systemClock } from '@fairlead/core';
import { type Listen, type Server, type ServerLimits, serve, type TpPacket } from '@fairlead/tcp';
import { listenTcp } from '@fairlead/tcp/internal';
import { Admission, type Door } from './admission.ts';
import type {
  DevicePresence,
  DownlinkReceipt,
  Gateway,
  GatewayCounters,
  LinkInfo,
  ListenerInfo,
  ListenerLimits,
} from './api.ts';
import { gatewayErrors } from './catalogue.ts';
import type { DeviceFrame, DeviceLink, DeviceMessage, DeviceSession } from './device-session.ts';
import { Downlinks } from './downlink.ts';
import { Replacements } from './flapping.ts';
import { History } from './history.ts';
import { gatewayLimits } from './limits.ts';
import { Outbox } from './outbox.ts';
import type {
  Bus,
  BusSubscription,
  DeviceDirectory,
  DownlinkInput,
  Log,
  Protocol,
  ScriptHost,
  StatusChange,
  UplinkObserver,
} from './ports.ts';
import { Presence } from './presence.ts';
import { compileTopics, defaultTopics, type TopicTemplates } from './topics.ts';
import { UplinkPipeline } from './uplink.ts';

export interface GatewayOptions {
  readonly directory: DeviceDirectory;
  readonly bus: Bus;
  readonly scripts: ScriptHost;
  readonly log: Log;
  /** See everything that is published: the store, live streams. */
  readonly observers?: readonly UplinkObserver[];
  readonly topics?: Partial<TopicTemplates>;
  readonly clock?: Clock;
  /** Where links come from; sockets by default. */
  readonly listen?: Listen;
}

/** Makes a gateway that listens nowhere yet. Throws `TOPIC_TEMPLATE_INVALID`. */
export async function createGateway(options: GatewayOptions): Promise<Gateway> {
  const gateway = new DeviceGateway(options);
  await gateway.start();
  return gateway;
}

type DeviceServer = Server<DeviceFrame, DeviceMessage, DeviceSession>;

interface Listener extends Door {
  readonly server: DeviceServer;
}

/** Brings listeners, admission, presence, uplinks and downlinks together. */
class DeviceGateway implements Gateway {
  readonly #options: Required<GatewayOptions>;
  readonly #history: History;
  readonly #presence: Presence;
  readonly #admission: Admission;
  readonly #uplinks: UplinkPipeline;
  readonly #downlinks: Downlinks;
  readonly #listeners: Listener[] = [];
  /** Links whose device has not said who it is; oldest first. */
  readonly #unknown = new Set<DeviceLink>();
  #subscriptions: BusSubscription[] = [];

  constructor(options: GatewayOptions) {
    this.#options = { observers: [], topics: {}, clock: systemClock, listen: listenTcp, ...options };
    const topics = compileTopics({ ...defaultTopics, ...options.topics });
    this.#history = new History(options.log, this.#options.clock);
    const outbox = new Outbox(options.bus, options.log);
    this.#presence = new Presence(this.#options, topics, outbox);
    this.#admission = new Admission(this.#options, this.#presence);
    this.#uplinks = new UplinkPipeline(this.#options, topics, this.#history, outbox, () =>
      this.#presence.sessions(),
    );
    this.#downlinks = new Downlinks(this.#options, topics, this.#presence);
  }

  async start(): Promise<void> {
    this.#subscriptions = await this.#downlinks.subscribe();
  }

  async listen(
    name: string,
    protocol: Protocol,
    endpoint: string,
    limits: ListenerLimits = {},
  ): Promise<ListenerInfo> {
    const { frame = gatewayLimits.values.frame, ...others } = limits;
    const door: Door = { listener: name, protocol, frame };
    const server: DeviceServer = await serve<DeviceFrame, DeviceMessage, DeviceSession>(
      parseEndpoint(endpoint),
      {
        codec: Admission.codec(protocol),
        name,
        limits: others as ServerLimits,
        clock: this.#options.clock,
        listen: this.#options.listen,
        accept: (link) => this.#accept(link, door),
        frames: (link, batch) => this.#frames(link, batch),
        closed: (link, cause) => this.#closed(link, door, cause),
      },
    );
    const listener = { ...door, server };
    this.#listeners.push(listener);
    this.#options.log.info({ listener: name, protocol, address: server.address }, 'listening for devices');
    return describe(listener);
  }

  listeners(): ListenerInfo[] {
    return this.#listeners.map(describe);
  }

  send(
    device: string,
    input: DownlinkInput,
    options?: { wait?: number; signal?: AbortSignal },
  ): Promise<DownlinkReceipt> {
    return this.#downlinks.send(device, input, options);
  }

  presence(name: string): DevicePresence {
    const device = this.#options.directory.byName(name);
    return device === undefined ? { status: 'offline' } : this.#presence.of(device);
  }

  links(): LinkInfo[] {
    const open = this.#listeners.flatMap(({ listener, server }) =>
      [...server.sessions].map((link) => this.#history.describe(listener, link)),
    );
    return [...open, ...this.#history.remembered()];
  }

  link(id: string): LinkInfo | undefined {
    const open = this.#find(id);
    return open === undefined ? this.#history.find(id) : this.#history.describe(open.listener, open.link);
  }

  kill(id: string): boolean {
    const open = this.#find(id);
    open?.link.destroy(gatewayErrors.error('LINK_KILLED'));
    return open !== undefined;
  }

  forget(device: string): void {
    this.#presence.get(device)?.link.destroy(gatewayErrors.error('DEVICE_CHANGED'));
    if (this.#options.directory.byName(device) === undefined) this.#presence.erase(device);
  }

  subDevicesChanged(gateway: string): void {
    this.#presence.refreshSubDevices(gateway);
  }

  correct(stale: readonly StatusChange[]): void {
    this.#presence.tell(stale.filter(({ device }) => this.presence(device.name).status === 'offline'));
  }

  counters(): GatewayCounters {
    return {
      linksOpened: this.#history.opened,
      linksClosed: this.#history.closed,
      refusals: this.#history.refused,
      uplinks: this.#uplinks.counters,
      downlinks: this.#downlinks.counters,
      online: this.#presence.online,
    };
  }

  async close(): Promise<void> {
    const sessions = this.#listeners.flatMap(({ server }) =>
      [...server.sessions].flatMap((link) => link.data ?? []),
    );
    for (const session of sessions) session.link.pause();
    await this.#atMost(gatewayLimits.values.drain, this.#uplinks.settled(sessions));
    await Promise.all(this.#listeners.map(({ server }) => server.close()));
    await Promise.all(this.#subscriptions.map((subscription) => subscription.close()));
    this.#subscriptions = [];
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  // --- what the listeners tell ---------------------------------------------------------------------------------------

  async #accept(link: DeviceLink, door: Door): Promise<DeviceSession> {
    this.#history.open(door.listener, link);
    this.#makeRoom(link);
    const session = await this.#admission.admit(link, door);
    this.#unknown.delete(link);
    if (link.cause !== undefined) throw link.cause; // it ended while we looked the device up
    link.data = session;
    const earlier = this.#presence.enter(session);
    if (earlier !== undefined) this.#replaced(earlier, session);
    const { name } = session.device;
    this.#options.log.info({ link: link.id, device: name, remote: link.remote }, 'device connected');
    return session;
  }

  /** Bounds what links may hold, over all, that nobody vouches for; those that say nothing keep no others out. */
  #makeRoom(link: DeviceLink): void {
    const limit = gatewayLimits.values.handshakes;
    this.#unknown.add(link);
    if (this.#unknown.size <= limit) return;
    const [oldest] = this.#unknown;
    if (oldest === undefined) return;
    this.#unknown.delete(oldest);
    oldest.destroy(gatewayErrors.error('HANDSHAKES_FULL', { limit }));
  }

  /** The device has connected again while it was connected. */
  #replaced(earlier: DeviceSession, session: DeviceSession): void {
    const { clock, log } = this.#options;
    earlier.link.destroy(gatewayErrors.error('SESSION_REPLACED', { link: session.link.id }));
    if (earlier === session) return; // overtaken while it was let in
    session.replacements = earlier.replacements ?? new Replacements();
    const count = session.replacements.add(clock.monotonic());
    if (count === undefined) return;
    const [device, from, remote] = [session.device.name, earlier.link.remote, session.link.remote];
    const error = gatewayErrors.error('DEVICE_FLAPS', { device, count, earlier: from, remote });
    log.warn({ device, code: error.code, earlier: from, remote, count }, error.message);
  }

  #frames(link: DeviceLink, batch: DeviceFrame[]): void {
    const session = link.data;
    if (session.device.protocol === 'official') this.#uplinks.packets(session, batch as TpPacket[]);
    else this.#uplinks.frames(session, batch as Buffer[]);
  }

  #closed(link: DeviceLink, door: Door, cause: FairleadError): void {
    const session: DeviceSession | undefined = link.data;
    this.#unknown.delete(link);
    if (session !== undefined) {
      this.#uplinks.forget(session);
      this.#presence.leave(session, cause.code);
    }
    this.#history.close(door.listener, link, cause);
  }

  // --- inside --------------------------------------------------------------------------------------------------------

  #find(id: string): { listener: string; link: DeviceLink } | undefined {
    for (const { listener, server } of this.#listeners) {
      for (const link of server.sessions) if (link.id === id) return { listener, link };
    }
    return undefined;
  }

  #atMost(ms: number, work: Promise<void>): Promise<void> {
    const { clock } = this.#options;
    return new Promise((resolve) => {
      const timer = clock.after(ms, resolve);
      void work.finally(() => {
        clock.clear(timer);
        resolve();
      });
    });
  }
}

function describe({ listener, protocol, server }: Listener): ListenerInfo {
  return { name: listener, protocol, address: server.address, sessions: server.sessions.size };
}
