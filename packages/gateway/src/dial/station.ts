/**
 * The devices at one endpoint that share a framing, and the link to them, which is opened again whenever it is lost.
 *
 *     link is open -> each device has its session, and joins the line     frames -> line -> session
 *     link is lost -> all sessions end with its cause                     wait, longer each time, and open it again
 */
import {
  asFairleadError,
  type Clock,
  type DialAddress,
  type DialTls,
  type FairleadError,
  type Log,
  parseDialAddress,
  type Timer,
} from '@fairlead/core';
import {
  type Client,
  connect,
  type Dial,
  type Link,
  type LinkObserver,
  type TlsOptions,
} from '@fairlead/tcp';
import type { DialFailure } from '../api.ts';
import type { Device, ScriptHost } from '../ports.ts';
import type { ReportedIdentity } from '../protocol/identity.ts';
import type { DeviceProtocol } from '../protocol/protocol.ts';
import { loadScripts } from '../session/scripts.ts';
import type { DeviceSession, DeviceSessionFields } from '../session/session.ts';
import type { Topics } from '../topics.ts';
import { DialledLink } from './dialled-link.ts';
import { Line, type LineEvents } from './line.ts';

/** Name under which dialled links stand among those of listeners. */
export const DIALLED = 'dialled';

/** What the sessions of dialled devices come to. */
interface DialEvents extends LineEvents {
  opened(link: DialledLink): void;
  /** Makes the session that begins with these fields. Rejects when the device may have none. */
  admit(
    fields: Omit<DeviceSessionFields, 'epoch' | 'since'>,
    link: DialledLink,
    signal: AbortSignal,
  ): Promise<DeviceSession>;
  heard(session: DeviceSession): void;
  silent(session: DeviceSession): void;
  pushed(session: DeviceSession, frame: Uint8Array): void;
  closed(link: DialledLink, cause: FairleadError): void;
}

export interface DialPorts {
  readonly clock: Clock;
  readonly log: Log;
  readonly scripts: ScriptHost;
  readonly topics: Topics;
  readonly protocol: DeviceProtocol;
  readonly events: DialEvents;
  /** How links are opened; over sockets by default. */
  readonly dial: Dial | undefined;
  readonly random: (() => number) | undefined;
  /** For devices whose address says nothing else. */
  readonly tls: DialTls | undefined;
  /** A number for the next link. */
  number(): number;
  /** The session of a device has ended, while the link to it goes on. */
  left(device: string): void;
}

interface Member {
  device: Device;
  link: DialledLink | undefined;
  session: DeviceSession | undefined;
  /** It did not answer for a while, maybe on an earlier link. */
  quiet: boolean;
}

/** The open link. */
interface Live {
  readonly link: Link<unknown, unknown>;
  readonly line: Line;
  readonly ended: AbortController;
  receivedAt: number;
}

const KEEP_ALIVE = '30s';
/** Milliseconds after which a link is opened again that was closed on purpose. */
const AGAIN = 1_000;

export class Station {
  readonly #endpoint: string;
  readonly #ports: DialPorts;
  readonly #members = new Map<string, Member>();
  #client: Client<unknown, unknown> | undefined;
  #live: Live | undefined;
  #timer: Timer | undefined;
  #closed = false;
  /** The last failure to open the link; each is logged once. */
  #failure: DialFailure | undefined;

  constructor(endpoint: string, ports: DialPorts) {
    this.#endpoint = endpoint;
    this.#ports = ports;
  }

  get size(): number {
    return this.#members.size;
  }

  get failure(): DialFailure | undefined {
    return this.#failure;
  }

  *links(): Generator<DialledLink, void, undefined> {
    for (const { link, session } of this.#members.values())
      if (link?.data !== undefined && session) yield link;
  }

  session(device: string): DeviceSession | undefined {
    return this.#members.get(device)?.session;
  }

  /** The line on which the device is, while it has a session. */
  line(device: string): Line | undefined {
    return this.session(device) === undefined ? undefined : this.#live?.line;
  }

  /** Adds a device, or takes over what it is now. */
  add(device: Device): void {
    const member = this.#members.get(device.name);
    if (member === undefined) {
      const added: Member = { device, link: undefined, session: undefined, quiet: false };
      this.#members.set(device.name, added);
      if (this.#live !== undefined) void this.#open(added, this.#live);
      return;
    }
    member.device = device;
    if (member.link === undefined && this.#live !== undefined) void this.#open(member, this.#live);
  }

  remove(device: string, cause: FairleadError): void {
    const member = this.#members.get(device);
    this.#members.delete(device);
    member?.link?.destroy(cause);
  }

  /** Opens the link, and keeps it. */
  start(): void {
    const [first] = this.#members.values();
    if (this.#closed || first === undefined) return;
    const { clock, dial, random, protocol, tls: defaults } = this.#ports;
    try {
      const { endpoint, tls } = parseDialAddress(this.#endpoint);
      this.#client = connect<unknown, unknown>(endpoint, {
        ...clientTls(endpoint, { ...defaults, ...tls }),
        codec: protocol.codec({ device: first.device, identity: identityOf(first.device), frame: 0 }),
        handshake: (link) => this.#up(link),
        frames: (batch) => this.#frames(batch),
        whileDown: false,
        keepAlive: KEEP_ALIVE,
        clock,
        ...(dial !== undefined && { dial }),
        ...(random !== undefined && { random }),
      });
    } catch (error) {
      this.#failed(asFairleadError(error));
      return;
    }
    this.#client.on('state', ({ to, cause }) => {
      // The link is read as soon as those have been told who listen to its state.
      if (to === 'ready') queueMicrotask(() => this.#live?.line.start());
      if (to !== 'waiting' && to !== 'closed') return;
      const why = cause ?? (this.#client?.cause as FairleadError);
      if (this.#live !== undefined) this.#down(this.#live, why);
      else this.#failed(why);
      if (to === 'closed' && !this.#closed) this.#timer = clock.after(AGAIN, () => this.start());
    });
  }

  /** Ends the link; it is opened again. */
  cut(cause: FairleadError): void {
    this.#live?.link.destroy(cause);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#ports.clock.clear(this.#timer);
    await this.#client?.close();
  }

  // --- the link ------------------------------------------------------------------------------------------------------

  async #up(link: Link<unknown, unknown>): Promise<void> {
    const { clock, topics, events } = this.#ports;
    const received = (session: DeviceSession, frames: readonly unknown[]) =>
      (session.link as DialledLink).received(frames, clock.monotonic());
    const live: Live = {
      link,
      ended: new AbortController(),
      receivedAt: clock.monotonic(),
      line: new Line(
        {
          get paused() {
            return link.paused;
          },
          get lastReceived() {
            return live.receivedAt;
          },
          unfinished: () => link.unfinished(),
          destroy: (cause) => link.destroy(cause),
        },
        {
          clock,
          topics,
          events: {
            frames: (session, frames, request, answered) => {
              received(session, frames);
              events.frames(session, frames, request, answered);
            },
            messages: (session, messages, frame) => {
              received(session, [frame]);
              events.messages(session, messages, frame);
            },
            refused: events.refused,
            pushed: events.pushed,
            visited: (session, frame) => received(session, [frame]),
            heard: (session) => this.#quiet(session, false),
            silent: (session) => this.#quiet(session, true),
          },
        },
      ),
    };
    this.#failure = undefined;
    this.#live = live;
    await Promise.all([...this.#members.values()].map((member) => this.#open(member, live)));
  }

  #down(live: Live, cause: FairleadError): void {
    this.#live = undefined;
    live.ended.abort(cause);
    live.line.close(cause);
    for (const member of this.#members.values()) member.link?.destroy(cause);
  }

  #failed(cause: FairleadError): void {
    const { log, clock } = this.#ports;
    const isNew = this.#failure?.code !== cause.code;
    this.#failure = { time: clock.now(), code: cause.code, reason: cause.message };
    if (!isNew || this.#closed) return;
    const devices = [...this.#members.keys()].slice(0, 10);
    log.warn({ endpoint: this.#endpoint, devices, code: cause.code }, `not connected: ${cause.message}`);
  }

  #frames(batch: readonly unknown[]): void {
    const live = this.#live;
    if (live === undefined) return;
    live.receivedAt = this.#ports.clock.monotonic();
    live.line.frames(batch);
  }

  #quiet(session: DeviceSession, quiet: boolean): void {
    const member = this.#members.get(session.device.name);
    if (member?.session !== session || member.quiet === quiet) return;
    member.quiet = quiet;
    session.quiet = quiet;
    if (quiet) this.#ports.events.silent(session);
    else this.#ports.events.heard(session);
  }

  // --- its devices ---------------------------------------------------------------------------------------------------

  async #open(member: Member, live: Live): Promise<void> {
    const { clock, scripts, protocol, events, log } = this.#ports;
    const { device } = member;
    const at = { now: clock.now(), monotonic: clock.monotonic() };
    const owner = {
      paced: () => this.#paced(live),
      observed: () => this.#observed(live),
      ended: (link: DialledLink, cause: FairleadError) => this.#ended(member, link, live, cause),
    };
    const link = new DialledLink(`${DIALLED}-${this.#ports.number()}`, live.link, owner, at);
    member.link = link;
    events.opened(link);
    try {
      const loaded = await loadScripts(device.profile, scripts);
      const codec = live.link.codec as DeviceSession['codec'];
      const { quiet } = member;
      const fields = {
        device,
        reported: identityOf(device).id,
        link,
        listener: DIALLED,
        protocol,
        codec,
        state: undefined,
        quiet,
        ...loaded,
      };
      const session = await events.admit(fields, link, live.ended.signal);
      member.session = session;
      session.turns = live.line;
      const { authReply } = device.profile;
      if (authReply !== undefined) link.forward(Buffer.from(authReply, 'hex'));
      live.line.join(session);
    } catch (error) {
      const cause = asFairleadError(error);
      log.error({ device: device.name, code: cause.code }, `the device cannot be dialled: ${cause.message}`);
      // It has no session until it is changed or the link is opened again.
      if (member.link === link) member.link = undefined;
      if (link.cause === undefined) {
        link.cause = cause;
        events.closed(link, cause);
      }
    }
  }

  #ended(member: Member, link: DialledLink, live: Live, cause: FairleadError): void {
    if (member.session?.link === link) member.session = undefined;
    if (member.link === link) member.link = undefined;
    if (link.observer !== undefined) this.#observed(live);
    if (link.stopped) this.#paced(live);
    this.#ports.events.closed(link, cause);
    if (this.#live !== live) return;
    // Of several devices one may be silent while the link is well. Nothing was acknowledged on the link of all of them.
    const alone = cause.code === 'IDLE_TIMEOUT' && this.#members.size === 1;
    if (alone || cause.code === 'WRITE_UNANSWERED') live.link.destroy(cause);
    else {
      member.quiet ||= cause.code === 'IDLE_TIMEOUT';
      this.#ports.left(member.device.name);
    }
  }

  #paced(live: Live): void {
    if (this.#live !== live) return;
    let stopped = false;
    for (const { link } of this.#members.values()) stopped ||= link?.stopped ?? false;
    if (stopped) live.link.pause();
    else live.link.resume();
  }

  /** Whoever watches one device of a link sees all bytes of the link. */
  #observed(live: Live): void {
    if (this.#live !== live) return;
    const observers: LinkObserver[] = [];
    for (const { link } of this.#members.values()) if (link?.observer) observers.push(link.observer);
    live.link.observe(
      observers.length === 0
        ? undefined
        : {
            received: (chunk) => {
              for (const observer of observers) observer.received(chunk);
            },
            sent: (pieces) => {
              for (const observer of observers) observer.sent(pieces);
            },
          },
    );
  }
}

/** Settings of one address stand for themselves: its own authority, name and certificate come before the default ones. */
function clientTls(
  { protocol }: DialAddress['endpoint'],
  { serverName, ...files }: DialTls,
): { tls?: TlsOptions } {
  if (protocol !== 'tls') return {};
  const given = Object.entries({ ...files, servername: serverName }).filter(
    ([, value]) => value !== undefined,
  );
  return { tls: Object.fromEntries(given) };
}

/** What its script sees as the identity of a device that is known by its address. */
function identityOf({ name, identity = name }: Device): ReportedIdentity {
  return { kind: 'reported', id: identity, replies: [], refusal: [] };
}
