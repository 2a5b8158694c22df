import { type Clock, type FairleadError, parseEndpoint, systemClock } from '@fairlead/core';
import { type Listen, type Server, type ServerLimits, serve } from '@fairlead/tcp';
import { listenTcp } from '@fairlead/tcp/internal';
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
import { Downlinks } from './downlink/downlinks.ts';
import { gatewayLimits } from './limits.ts';
import { admitLink, type ListenerTerms } from './listener/admit-link.ts';
import { LinkLog } from './log/link-log.ts';
import type {
  Bus,
  BusSubscription,
  DeviceDirectory,
  DownlinkInput,
  Log,
  ScriptHost,
  StatusChange,
  UplinkObserver,
  UplinkSink,
} from './ports.ts';
import { customProtocol } from './protocol/custom.ts';
import { officialProtocol } from './protocol/official.ts';
import { type DeviceProtocol, type ProtocolTable, protocolTable } from './protocol/protocol.ts';
import { Replacements } from './session/flapping.ts';
import { Pacing } from './session/pacing.ts';
import { Presence } from './session/presence.ts';
import { type DeviceLink, DeviceSession } from './session/session.ts';
import { compileTopics, defaultTopics, type TopicTemplates } from './topics.ts';
import { BusSink } from './uplink/bus-sink.ts';
import { UplinkPipeline } from './uplink/pipeline.ts';

export interface GatewayOptions {
  readonly directory: DeviceDirectory;
  readonly bus: Bus;
  readonly scripts: ScriptHost;
  readonly log: Log;
  /** What devices may speak; by default the official and the custom protocol. */
  readonly protocols?: readonly DeviceProtocol[];
  /** Where uplinks go; by default the bus. */
  readonly sink?: UplinkSink;
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

type DeviceServer = Server<unknown, unknown, DeviceSession>;

interface Listener extends ListenerTerms {
  readonly server: DeviceServer;
}

/** Brings listeners, admission, presence, uplinks and downlinks together. */
class DeviceGateway implements Gateway {
  readonly #options: Required<Omit<GatewayOptions, 'sink'>>;
  readonly #linkLog: LinkLog;
  readonly #pacing: Pacing;
  readonly #presence: Presence;
  readonly #protocols: ProtocolTable;
  readonly #uplinks: UplinkPipeline;
  readonly #downlinks: Downlinks;
  readonly #listeners: Listener[] = [];
  /** Links whose device has not said who it is; oldest first. */
  readonly #unknown = new Set<DeviceLink>();
  #subscriptions: BusSubscription[] = [];

  constructor(options: GatewayOptions) {
    this.#options = {
      protocols: [officialProtocol(), customProtocol()],
      observers: [],
      topics: {},
      clock: systemClock,
      listen: listenTcp,
      ...options,
    };
    const topics = compileTopics({ ...defaultTopics, ...options.topics });
    this.#linkLog = new LinkLog(options.log);
    this.#pacing = new Pacing(() => this.#presence.sessions());
    this.#presence = new Presence(this.#options, topics, this.#pacing);
    this.#protocols = protocolTable(this.#options.protocols);
    const sink = options.sink ?? new BusSink(options.bus, topics);
    this.#uplinks = new UplinkPipeline({ ...this.#options, sink }, topics, this.#linkLog, this.#pacing);
    this.#downlinks = new Downlinks(this.#options, topics, this.#presence);
  }

  async start(): Promise<void> {
    this.#subscriptions = await this.#downlinks.subscribe();
  }

  async listen(
    name: string,
    protocolName: string,
    endpoint: string,
    limits: ListenerLimits = {},
  ): Promise<ListenerInfo> {
    const { frame = gatewayLimits.values.frame, ...others } = limits;
    const protocol = this.#protocols.get(protocolName);
    if (protocol === undefined) {
      const known = [...this.#protocols.keys()].join(', ');
      throw gatewayErrors.error('PROTOCOL_UNKNOWN', { listener: name, protocol: protocolName, known });
    }
    const terms: ListenerTerms = { listener: name, protocol, frame };
    const server: DeviceServer = await serve<unknown, unknown, DeviceSession>(parseEndpoint(endpoint), {
      codec: protocol.handshakeCodec,
      name,
      limits: others as ServerLimits,
      clock: this.#options.clock,
      listen: this.#options.listen,
      accept: (link) => this.#accept(link, terms),
      frames: (link, batch) => this.#uplinks.receive(link.data, batch),
      closed: (link, cause) => this.#closed(link, terms, cause),
    });
    const listener = { ...terms, server };
    this.#listeners.push(listener);
    this.#options.log.info(
      { listener: name, protocol: protocolName, address: server.address },
      'listening for devices',
    );
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
      [...server.sessions].map((link) => this.#linkLog.describe(listener, link)),
    );
    return [...open, ...this.#linkLog.remembered()];
  }

  link(id: string): LinkInfo | undefined {
    const open = this.#find(id);
    return open === undefined ? this.#linkLog.find(id) : this.#linkLog.describe(open.listener, open.link);
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
      linksOpened: this.#linkLog.opened,
      linksClosed: this.#linkLog.closed,
      refusals: this.#linkLog.refused,
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

  async #accept(link: DeviceLink, terms: ListenerTerms): Promise<DeviceSession> {
    this.#linkLog.open(terms.listener, link);
    this.#makeRoom(link);
    const fields = await admitLink(link, terms, this.#options);
    const session = new DeviceSession({
      ...fields,
      epoch: this.#presence.nextEpoch(),
      since: this.#options.clock.now(),
    });
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

  #closed(link: DeviceLink, { listener }: ListenerTerms, cause: FairleadError): void {
    const session: DeviceSession | undefined = link.data;
    this.#unknown.delete(link);
    if (session !== undefined) {
      this.#pacing.forget(session);
      this.#presence.leave(session, cause.code);
    }
    this.#linkLog.close(listener, link, cause);
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
  return { name: listener, protocol: protocol.name, address: server.address, sessions: server.sessions.size };
}
