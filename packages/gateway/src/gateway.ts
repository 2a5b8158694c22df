import type { FairleadError } from '@fairlead/core';
import { Inbox } from './admission/inbox.ts';
import type {
  DevicePresence,
  DeviceTraces,
  DownlinkLedger,
  Gateway,
  GatewayCounters,
  LinkInfo,
  ListenerDoor,
  ListenerInfo,
  ListenerLimits,
  ListenerSpeech,
  Lockouts,
  ScriptStates,
  SendOptions,
  Tap,
  TapObserver,
} from './api.ts';
import type { DesiredControl } from './desired-ports.ts';
import { Dialler } from './dial/dialler.ts';
import { Line, type LineEvents, polls } from './dial/line.ts';
import { DIALLED } from './dial/station.ts';
import { Downlinks, storageOf } from './downlink/downlinks.ts';
import type { DownlinkReceipt } from './downlink-ports.ts';
import type { Guest, HeldLink, HoldOptions, Visit } from './guest-api.ts';
import { Links } from './links.ts';
import { admitLink } from './listener/admit-link.ts';
import { Handshakes } from './listener/handshakes.ts';
import { KeptBytes } from './listener/introduction.ts';
import { Listeners } from './listener/listeners.ts';
import { Newcomers } from './listener/newcomers.ts';
import type { ListenerTerms } from './listener/terms.ts';
import { LinkLog } from './log/link-log.ts';
import { Taps } from './log/taps.ts';
import { Watches } from './log/watches.ts';
import { type CompleteOptions, completed, type GatewayOptions } from './options.ts';
import type { DownlinkInput, InboxEntry, StatusChange } from './ports.ts';
import { profileProtocol } from './protocol/profile.ts';
import { protocolTable } from './protocol/protocol.ts';
import { DeviceStates } from './session/device-states.ts';
import { Liveness } from './session/liveness.ts';
import { MemoryRegistry } from './session/memory-registry.ts';
import { Outlets } from './session/outlets.ts';
import { Pacing } from './session/pacing.ts';
import { Presence } from './session/presence.ts';
import { Rates } from './session/rates.ts';
import { changedSince, Renewal } from './session/renewal.ts';
import type { DeviceLink, DeviceSession } from './session/session.ts';
import { Sessions } from './sessions.ts';
import { compileTopics, defaultTopics, type Topics } from './topics.ts';
import { BusSink } from './uplink/bus-sink.ts';
import { JournalWay } from './uplink/journal-way.ts';
import { UplinkPipeline } from './uplink/pipeline.ts';
import { UplinkTraces } from './uplink/uplink-traces.ts';
import type { LinkWatch } from './watch-port.ts';

/** Creates a gateway without listeners. Rejects with `TOPIC_TEMPLATE_INVALID`. */
export async function createGateway(options: GatewayOptions): Promise<Gateway> {
  const gateway = new DeviceGateway(options);
  await gateway.start();
  return gateway;
}

/** Brings listeners, admission, presence, uplinks and downlinks together. */
class DeviceGateway implements Gateway {
  readonly #options: CompleteOptions;
  readonly #topics: Topics;
  readonly #sessions: Sessions;
  readonly #linkLog: LinkLog;
  readonly #taps: Taps;
  readonly #watches: Watches;
  readonly #pacing: Pacing;
  readonly #presence: Presence;
  readonly #uplinks: UplinkPipeline;
  readonly #journal: JournalWay | undefined;
  readonly #downlinks: Downlinks;
  readonly #listeners: Listeners;
  readonly #renewal: Renewal;
  readonly #liveness: Liveness;
  readonly #handshakes = new Handshakes();
  readonly #keptBytes = new KeptBytes();
  readonly #inbox: Inbox;
  readonly #newcomers: Newcomers;
  readonly #dialler: Dialler;
  readonly #links: Links;

  constructor(options: GatewayOptions) {
    this.#options = completed(options);
    const { bus, clock, log, protocols, tracer } = this.#options;
    const traces = tracer && new UplinkTraces(tracer);
    const topics = compileTopics({ ...defaultTopics, ...options.topics });
    this.#journal = options.journal && new JournalWay(options.journal, { bus, topics, clock, log, traces });
    const outlets = new Outlets(options.sink ?? new BusSink(bus, topics, traces), this.#journal);
    this.#topics = topics;
    this.#taps = new Taps(clock);
    this.#linkLog = new LinkLog(log, clock, this.#taps);
    this.#liveness = new Liveness(this.#options.liveness, {
      ...this.#options,
      changed: (session) => this.#presence.lifeChanged(session),
    });
    this.#pacing = new Pacing(
      () => this.#presence.sessions(),
      outlets,
      new Rates((listener) => this.#listeners.rate(listener)),
      clock,
      ({ listener, link }, error, count) => this.#linkLog.refuse(listener, link, error, undefined, count),
    );
    this.#renewal = new Renewal({ ...this.#options, liveness: this.#liveness, pacing: this.#pacing });
    this.#presence = new Presence(this.#options, topics, this.#pacing);
    this.#downlinks = new Downlinks(this.#options, topics, storageOf(options));
    const registry = options.registry ?? new MemoryRegistry({ clock, above: this.#journal?.mark });
    this.#sessions = new Sessions(registry, {
      ...this.#options,
      topics,
      presence: this.#presence,
      liveness: this.#liveness,
      pacing: this.#pacing,
      linkLog: this.#linkLog,
      taps: this.#taps,
      states: new DeviceStates(options.deviceStates),
      sources: [this.#downlinks, ...this.#options.downlinkSources],
    });
    this.#inbox = new Inbox({ store: options.inboxStore, clock });
    const { create } = options;
    this.#newcomers = new Newcomers({ inbox: this.#inbox, taps: this.#taps, create, clock, log });
    const unknownSubDevice = this.#newcomers.subDevice.bind(this.#newcomers);
    const observers = [...this.#options.observers, this.#downlinks.desired];
    const ports = { ...this.#options, observers, outlets, unknownSubDevice, traces };
    this.#uplinks = new UplinkPipeline(ports, topics, this.#linkLog, this.#pacing);
    this.#listeners = new Listeners(this.#options, protocolTable(protocols), {
      opened: (link, { listener }) => {
        this.#linkLog.open(listener, link);
        this.#handshakes.add(link);
      },
      accept: (link, terms, signal) =>
        this.#accept(link, terms, signal).finally(() => this.#sessions.arrived(link)),
      frames: (session, batch) =>
        session.turns === undefined ? this.#uplinks.receive(session, batch) : session.turns.frames(batch),
      closed: (link, terms, cause) => this.#closed(link, terms, cause),
    });
    this.#dialler = new Dialler(this.#options.directory, {
      ...this.#options,
      topics,
      protocol: protocolTable(protocols).get('profile') ?? profileProtocol(),
      dial: options.dial,
      tls: options.dialTls,
      random: options.random,
      events: {
        ...this.#lineEvents(),
        opened: (link) => this.#linkLog.open(DIALLED, link),
        admit: (fields, link, signal) => this.#sessions.admit(fields, link, signal),
        heard: (session) => this.#presence.back(session),
        silent: (session) => this.#presence.leave(session, 'POLL_UNANSWERED'),
        closed: (link, cause) => this.#sessions.leave(DIALLED, link, cause),
      },
    });
    this.#watches = new Watches(this.#taps, {
      link: (id) => this.#listeners.find(id)?.link ?? this.#dialler.find(id),
      device: (name) => this.#options.directory.byName(name),
      linkOf: (device) => this.#session(device)?.link,
      entry: (id) => this.#inbox.get(id) && { link: this.#newcomers.waiting(id) },
    });
    this.#links = new Links(this.#listeners, this.#dialler, this.#linkLog);
  }

  dial(): void {
    this.#dialler.start();
  }

  holdLink(device: string, guest: Guest, options: HoldOptions): Promise<HeldLink> {
    return this.#dialler.hold(device, guest, options);
  }

  visit(device: string, guest: Guest): Visit {
    return this.#dialler.visit(device, guest);
  }

  async start(): Promise<void> {
    await this.#downlinks.start();
    this.#journal?.start();
  }

  // --- this node -----------------------------------------------------------------------------------------------------

  listen(
    name: string,
    speech: ListenerSpeech,
    endpoint: string,
    limits: ListenerLimits = {},
    door: ListenerDoor = {},
  ): Promise<ListenerInfo> {
    return this.#listeners.open(name, speech, endpoint, limits, door);
  }

  setAddresses(listener: string, lists: Pick<ListenerDoor, 'allow' | 'deny'>): void {
    this.#listeners.setAddresses(listener, lists);
  }

  setLimits(listener: string, limits: ListenerLimits): void {
    this.#listeners.setLimits(listener, limits);
  }

  renewCertificates(listener: string): Promise<boolean> {
    return this.#listeners.renewCertificates(listener);
  }

  get lockouts(): Lockouts {
    return this.#listeners;
  }

  listeners(): ListenerInfo[] {
    return this.#listeners.list();
  }

  links(): LinkInfo[] {
    return this.#links.list();
  }

  link(id: string): LinkInfo | undefined {
    return this.#links.get(id);
  }

  traces(device: string): DeviceTraces {
    return { ...this.#linkLog.traces(device), failure: this.#dialler.failure(device) };
  }

  scriptStates(device: string): ScriptStates | undefined {
    return this.#session(device)?.calls.states;
  }

  kill(id: string): boolean {
    return this.#links.kill(id);
  }

  counters(): GatewayCounters {
    return {
      ...this.#linkLog.counters(this.#links.open(), this.#presence.profiles()),
      uplinks: this.#uplinks.counters,
      downlinks: this.#downlinks.counters,
      online: this.#presence.online,
      suspect: this.#liveness.suspects,
      slowed: this.#pacing.slowed,
      flapping: this.#sessions.flapping,
      lockedOut: this.#listeners.lockedOut(),
    };
  }

  tap(target: string, observe: TapObserver): Tap {
    return this.#watches.tap(target, observe);
  }

  watch(target: string, watch: LinkWatch): Tap {
    return this.#watches.watch(target, watch);
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
    this.#liveness.close();
    await this.#listeners.suspend(); // what connects from now on would not be settled
    const sessions = Array.from(this.#links.open(), ({ link }) => link.data ?? []).flat();
    this.#pacing.close(sessions);
    await this.#uplinks.settled(sessions);
    await Promise.all([this.#listeners.close(), this.#dialler.close()]);
    await this.#journal?.close();
    await this.#downlinks.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  // --- devices, wherever they are ------------------------------------------------------------------------------------

  send(device: string, input: DownlinkInput, options?: SendOptions): Promise<DownlinkReceipt> {
    return this.#downlinks.send(device, input, options);
  }

  get ledger(): DownlinkLedger {
    return this.#downlinks.kept;
  }

  get desired(): DesiredControl {
    return this.#downlinks.desired;
  }

  presence(name: string): DevicePresence {
    const device = this.#options.directory.byName(name);
    if (device === undefined) return { status: 'offline' };
    return { ...this.#presence.of(device), flaps: this.#sessions.flaps(device)?.message };
  }

  forget(device: string): void {
    const exists = this.#options.directory.byName(device) !== undefined;
    this.#sessions.end(device, this.#session(device), exists ? 'TOKEN_REPLACED' : 'DEVICE_REMOVED');
    this.#dialler.refresh(device);
    if (!exists) this.#presence.erase(device);
  }

  async deviceChanged(device: string): Promise<void> {
    this.registered(device); // it may have the identity of one that waits now
    const session = this.#session(device);
    if (session !== undefined) await this.#renew([session]);
    this.#dialler.refresh(device);
  }

  async profileChanged(name: string): Promise<void> {
    const silent = Array.from(this.#dialler.links(), ({ data }) => data).filter(({ quiet }) => quiet);
    const sessions = [...this.#presence.sessions(), ...silent].filter(
      ({ device }) => device.profile.name === name,
    );
    await Promise.all([this.#listeners.renew(name), this.#renew(sessions)]);
    this.#dialler.profileChanged(name);
  }

  registered(name: string): boolean {
    this.#dialler.refresh(name);
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
    const { directory, scripts, clock } = this.#options;
    const { fields, kept } = await admitLink(link, terms, {
      directory,
      scripts,
      newcomers: this.#newcomers,
      handshakes: this.#handshakes,
      kept: this.#keptBytes,
      now: () => clock.now(),
      approach: (device, link) => this.#sessions.approach(device, link, terms),
      refused: (link, error, frame) => this.#linkLog.keep(link, error, frame),
    });
    this.#handshakes.delete(link);
    const session = await this.#sessions.admit(fields, link, signal);
    if (changedSince(directory, fields.device)) await this.#renewal.renew([session]);
    for (const { frames, time } of kept) this.#uplinks.receive(session, frames, time);
    this.#takeTurns(session);
    return session;
  }

  /** A device that connects and waits to be asked is asked as one that is dialled. */
  #takeTurns(session: DeviceSession): void {
    if (session.turns !== undefined || !polls(session)) return;
    const [{ clock }, topics] = [this.#options, this.#topics];
    const line = new Line(session.link, { clock, topics, events: this.#lineEvents() });
    session.turns = line;
    line.join(session);
  }

  #lineEvents(): Omit<LineEvents, 'heard' | 'silent'> {
    return {
      frames: (session, frames, request, answered) =>
        this.#uplinks.receive(session, frames, undefined, request, answered),
      messages: (session, messages) => this.#uplinks.report(session, messages),
      refused: (session, error, bytes) => this.#linkLog.refuse(session.listener, session.link, error, bytes),
    };
  }

  /** The session of a device, which may be silent. */
  #session(device: string): DeviceSession | undefined {
    return this.#presence.get(device) ?? this.#dialler.session(device);
  }

  async #renew(sessions: readonly DeviceSession[]): Promise<void> {
    await this.#renewal.renew(sessions);
    for (const session of sessions) if (session.link.cause === undefined) this.#takeTurns(session);
  }

  #closed(link: DeviceLink, { listener }: ListenerTerms, cause: FairleadError): void {
    this.#handshakes.delete(link);
    this.#newcomers.closed(link, cause);
    this.#sessions.leave(listener, link, cause);
  }
}
