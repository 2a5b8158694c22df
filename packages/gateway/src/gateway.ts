import { type Clock, type FairleadError, pause, systemClock } from '@fairlead/core';
import type { Listen } from '@fairlead/tcp';
import { listenTcp } from '@fairlead/tcp/internal';
import { Inbox } from './admission/inbox.ts';
import type {
  DevicePresence,
  Gateway,
  GatewayCounters,
  LinkInfo,
  ListenerInfo,
  ListenerLimits,
  ListenerSpeech,
  Tap,
  TapObserver,
} from './api.ts';
import { gatewayErrors } from './catalogue.ts';
import { deliver } from './downlink/delivery.ts';
import { Downlinks } from './downlink/downlinks.ts';
import { LocalDownlinks } from './downlink/local-downlinks.ts';
import { gatewayLimits } from './limits.ts';
import { admitLink } from './listener/admit-link.ts';
import { Handshakes } from './listener/handshakes.ts';
import { KeptBytes } from './listener/introduction.ts';
import { Listeners } from './listener/listeners.ts';
import { Newcomers } from './listener/newcomers.ts';
import type { ListenerTerms } from './listener/terms.ts';
import { LinkLog } from './log/link-log.ts';
import { Taps } from './log/taps.ts';
import type {
  Bus,
  BusSubscription,
  CreateDevice,
  DeviceDirectory,
  DeviceStateStore,
  DownlinkInput,
  DownlinkReceipt,
  DownlinkSource,
  InboxEntry,
  InboxStore,
  Log,
  ScriptHost,
  SessionRegistry,
  StatusChange,
  UplinkObserver,
  UplinkSink,
} from './ports.ts';
import { customProtocol } from './protocol/custom.ts';
import { officialProtocol } from './protocol/official.ts';
import { profileProtocol } from './protocol/profile.ts';
import { type DeviceProtocol, protocolTable } from './protocol/protocol.ts';
import { Claims } from './session/claims.ts';
import { DeviceStates } from './session/device-states.ts';
import { Replacements } from './session/flapping.ts';
import { MemoryRegistry } from './session/memory-registry.ts';
import { Pacing } from './session/pacing.ts';
import { Presence } from './session/presence.ts';
import { Renewal } from './session/renewal.ts';
import { type DeviceLink, DeviceSession } from './session/session.ts';
import { Silence } from './session/silence.ts';
import { compileTopics, defaultTopics, type Topics, type TopicTemplates } from './topics.ts';
import { BusSink } from './uplink/bus-sink.ts';
import { UplinkPipeline } from './uplink/pipeline.ts';

export interface GatewayOptions {
  readonly directory: DeviceDirectory;
  readonly bus: Bus;
  readonly scripts: ScriptHost;
  readonly log: Log;
  /** What devices may speak; by default the official and the custom protocol, and profiles. */
  readonly protocols?: readonly DeviceProtocol[];
  /** Where uplinks go; by default the bus. */
  readonly sink?: UplinkSink;
  /** Who holds which session; by default this process alone. */
  readonly registry?: SessionRegistry;
  /** Registers unknown devices, for listeners that say `create`. */
  readonly create?: CreateDevice;
  /** Keeps the entries of the inbox over restarts; by default they are lost. */
  readonly inboxStore?: InboxStore;
  /** Keeps what scripts keep of devices over restarts; by default it is lost. */
  readonly deviceStates?: DeviceStateStore;
  /** Where downlinks come from besides the bus and `send`. */
  readonly downlinkSources?: readonly DownlinkSource[];
  /** See everything that is published: the store, live streams. */
  readonly observers?: readonly UplinkObserver[];
  readonly topics?: Partial<TopicTemplates>;
  readonly clock?: Clock;
  /** Where links come from; sockets by default. */
  readonly listen?: Listen;
}

/** Creates a gateway without listeners. Rejects with `TOPIC_TEMPLATE_INVALID`. */
export async function createGateway(options: GatewayOptions): Promise<Gateway> {
  const gateway = new DeviceGateway(options);
  await gateway.start();
  return gateway;
}

/** Brings listeners, admission, presence, uplinks and downlinks together. */
class DeviceGateway implements Gateway {
  readonly #options: Required<
    Omit<GatewayOptions, 'sink' | 'registry' | 'create' | 'inboxStore' | 'deviceStates'>
  >;
  readonly #topics: Topics;
  readonly #registry: SessionRegistry;
  readonly #claims: Claims;
  readonly #linkLog: LinkLog;
  readonly #taps: Taps;
  readonly #pacing: Pacing;
  readonly #presence: Presence;
  readonly #uplinks: UplinkPipeline;
  readonly #localDownlinks = new LocalDownlinks();
  readonly #downlinks: Downlinks;
  readonly #listeners: Listeners;
  readonly #renewal: Renewal;
  readonly #silence: Silence;
  readonly #states: DeviceStates;
  readonly #handshakes = new Handshakes();
  readonly #kept = new KeptBytes();
  readonly #inbox: Inbox;
  readonly #newcomers: Newcomers;
  #subscriptions: BusSubscription[] = [];

  constructor(options: GatewayOptions) {
    this.#options = {
      protocols: [officialProtocol(), customProtocol(), profileProtocol()],
      downlinkSources: [],
      observers: [],
      topics: {},
      clock: systemClock,
      listen: listenTcp,
      ...options,
    };
    const { bus, clock, log, protocols } = this.#options;
    const topics = compileTopics({ ...defaultTopics, ...options.topics });
    const sink = options.sink ?? new BusSink(bus, topics);
    this.#topics = topics;
    this.#registry = options.registry ?? new MemoryRegistry({ clock });
    this.#claims = new Claims(this.#registry);
    this.#registry.onLost((id, epoch) => this.#lost(id, epoch));
    this.#taps = new Taps(clock);
    this.#linkLog = new LinkLog(log, clock, this.#taps);
    this.#silence = new Silence(clock);
    this.#states = new DeviceStates(options.deviceStates);
    this.#renewal = new Renewal({ ...this.#options, silence: this.#silence });
    this.#pacing = new Pacing(() => this.#presence.sessions(), clock);
    this.#presence = new Presence(this.#options, topics, this.#pacing);
    this.#downlinks = new Downlinks(this.#options, topics, this.#localDownlinks);
    this.#inbox = new Inbox({ store: options.inboxStore, clock });
    this.#newcomers = new Newcomers({ inbox: this.#inbox, create: options.create, clock, log });
    const unknownSubDevice = this.#newcomers.subDevice.bind(this.#newcomers);
    const uplinkPorts = { ...this.#options, sink, unknownSubDevice };
    this.#uplinks = new UplinkPipeline(uplinkPorts, topics, this.#linkLog, this.#pacing);
    this.#listeners = new Listeners(this.#options, protocolTable(protocols), {
      accept: (link, terms, signal) => this.#accept(link, terms, signal),
      frames: (session, batch) => this.#uplinks.receive(session, batch),
      closed: (link, terms, cause) => this.#closed(link, terms, cause),
    });
  }

  async start(): Promise<void> {
    this.#subscriptions = await this.#downlinks.subscribe();
  }

  // --- this node -----------------------------------------------------------------------------------------------------

  listen(
    name: string,
    speech: ListenerSpeech,
    endpoint: string,
    limits: ListenerLimits = {},
  ): Promise<ListenerInfo> {
    return this.#listeners.open(name, speech, endpoint, limits);
  }

  listeners(): ListenerInfo[] {
    return this.#listeners.list();
  }

  links(): LinkInfo[] {
    const open = [...this.#listeners.links()];
    return [
      ...open.map(({ listener, link }) => this.#linkLog.describe(listener, link)),
      ...this.#linkLog.remembered(),
    ];
  }

  link(id: string): LinkInfo | undefined {
    const open = this.#listeners.find(id);
    return open === undefined ? this.#linkLog.find(id) : this.#linkLog.describe(open.listener, open.link);
  }

  kill(id: string): boolean {
    const open = this.#listeners.find(id);
    open?.link.destroy(gatewayErrors.error('LINK_KILLED'));
    return open !== undefined;
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

  tap(target: string, observe: TapObserver): Tap {
    const open = this.#listeners.find(target);
    if (open !== undefined) return this.#taps.open(target, observe, [open.link]);
    const device = this.#options.directory.byName(target);
    if (device === undefined) throw gatewayErrors.error('TAP_TARGET_UNKNOWN', { target });
    const owner = device.type === 'sub' ? (device.parent ?? '') : target;
    const link = this.#presence.get(owner)?.link;
    return this.#taps.open(owner, observe, link === undefined ? [] : [link]);
  }

  inbox(): InboxEntry[] {
    return this.#inbox.list();
  }

  inboxEntry(id: string): InboxEntry | undefined {
    return this.#inbox.get(id);
  }

  dropFromInbox(id: string): boolean {
    return this.#inbox.drop(id);
  }

  async close(): Promise<void> {
    this.#inbox.close();
    this.#silence.close();
    const sessions = [...this.#listeners.links()].flatMap(({ link }) => link.data ?? []);
    for (const session of sessions) session.link.pause();
    await this.#settled(sessions);
    await this.#listeners.close();
    await Promise.all(this.#subscriptions.map((subscription) => subscription.close()));
    this.#subscriptions = [];
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  // --- devices, wherever they are ------------------------------------------------------------------------------------

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

  forget(device: string): void {
    this.#presence.get(device)?.link.destroy(gatewayErrors.error('DEVICE_CHANGED'));
    if (this.#options.directory.byName(device) === undefined) this.#presence.erase(device);
  }

  async deviceChanged(device: string): Promise<void> {
    this.registered(device); // it may have the identity of one that waits now
    const session = this.#presence.get(device);
    if (session !== undefined) await this.#renewal.renew([session]);
  }

  async profileChanged(name: string): Promise<void> {
    const sessions = Array.from(this.#presence.sessions()).filter(
      ({ device }) => device.profile.name === name,
    );
    await Promise.all([this.#listeners.renew(name), this.#renewal.renew(sessions)]);
  }

  registered(name: string): boolean {
    const device = this.#options.directory.byName(name);
    return device !== undefined && this.#inbox.admit(device);
  }

  subDevicesChanged(gateway: string): void {
    this.#presence.refreshSubDevices(gateway);
  }

  correct(stale: readonly StatusChange[]): void {
    this.#presence.tell(stale.filter(({ device }) => this.presence(device.name).status === 'offline'));
  }

  // --- links and sessions --------------------------------------------------------------------------------------------

  async #accept(link: DeviceLink, terms: ListenerTerms, signal: AbortSignal): Promise<DeviceSession> {
    this.#linkLog.open(terms.listener, link);
    this.#handshakes.add(link);
    const { directory, scripts, clock } = this.#options;
    const { fields, kept } = await admitLink(link, terms, {
      directory,
      scripts,
      newcomers: this.#newcomers,
      handshakes: this.#handshakes,
      kept: this.#kept,
      now: () => clock.now(),
      refused: (link, error, frame) => this.#linkLog.keep(link, error, frame),
    });
    this.#handshakes.delete(link);
    const { device } = fields;
    const since = clock.now();
    const session = await this.#claims.claim(device, since, signal, (epoch, lost) => {
      if (lost) link.destroy(replacedElsewhere());
      const session = new DeviceSession({ ...fields, epoch, since }, this.#states);
      if (link.cause === undefined) this.#enter(session);
      else this.#registry.release(device, epoch, link.cause.code);
      return session;
    });
    if (link.cause !== undefined) throw link.cause; // it closed during the look-up or the claim, or a newer session entered first
    const { name } = device;
    this.#options.log.info({ link: link.id, device: name, remote: link.remote }, 'device connected');
    for (const { frames, time } of kept) this.#uplinks.receive(session, frames, time);
    return session;
  }

  #enter(session: DeviceSession): void {
    const { link, device, epoch } = session;
    const { clock, downlinkSources } = this.#options;
    link.data = session;
    this.#silence.watch(session);
    this.#taps.attach(link);
    const earlier = this.#presence.enter(session);
    if (earlier !== undefined) this.#replaced(earlier, session);
    if (link.cause !== undefined) return; // a newer session entered first
    const ports = { clock, topics: this.#topics };
    const detach = [this.#localDownlinks, ...downlinkSources].map((source) =>
      source.attach(device, epoch, (downlink) => deliver(session, downlink, ports)),
    );
    session.detach = () => {
      for (const end of detach) end();
    };
  }

  /** The device has connected again while it was connected. */
  #replaced(earlier: DeviceSession, session: DeviceSession): void {
    const { clock, log } = this.#options;
    earlier.link.destroy(gatewayErrors.error('SESSION_REPLACED', { link: session.link.id }));
    if (earlier === session) return; // a newer session entered first
    session.replacements = earlier.replacements ?? new Replacements();
    const count = session.replacements.add(clock.monotonic());
    if (count === undefined) return;
    const [device, from, remote] = [session.device.name, earlier.link.remote, session.link.remote];
    const error = gatewayErrors.error('DEVICE_FLAPS', { device, count, earlier: from, remote });
    log.warn({ device, code: error.code, earlier: from, remote, count }, error.message);
  }

  /** Another node has taken over the session. */
  #lost(id: string, epoch: number): void {
    const session = this.#presence.byId(id);
    if (session !== undefined && session.epoch <= epoch) session.link.destroy(replacedElsewhere());
  }

  #closed(link: DeviceLink, { listener }: ListenerTerms, cause: FairleadError): void {
    const session: DeviceSession | undefined = link.data;
    this.#handshakes.delete(link);
    this.#newcomers.closed(link, cause);
    if (session !== undefined) {
      session.detach();
      this.#pacing.forget(session);
      this.#silence.forget(session);
      this.#presence.leave(session, cause.code);
      this.#registry.release(session.device, session.epoch, cause.code);
    }
    this.#linkLog.close(listener, link, cause);
  }

  /** Waits until what the sessions have read has reached the sink, but not longer than the limit. */
  async #settled(sessions: readonly DeviceSession[]): Promise<void> {
    const done = new AbortController();
    const settled = this.#uplinks.settled(sessions).finally(() => done.abort());
    await Promise.race([settled, pause(this.#options.clock, gatewayLimits.values.drain, done.signal)]);
  }
}

function replacedElsewhere(): FairleadError {
  return gatewayErrors.error('SESSION_REPLACED', { link: 'a link of another node' });
}
