import { type Clock, type FairleadError, type Log, milliseconds } from '@fairlead/core';
import { type Listen, type Server, type ServerLimits, serve, tcpLimits } from '@fairlead/tcp';
import { endpointWithTls } from '@fairlead/tcp/internal';
import { CertificateNaming } from '../admission/certificate.ts';
import type {
  ListenerDoor,
  ListenerInfo,
  ListenerLimits,
  ListenerSpeech,
  LockedOut,
  Lockouts,
} from '../api.ts';
import { gatewayLimits } from '../limits.ts';
import type { DeviceDirectory, RateTerms, ScriptHost } from '../ports.ts';
import type { ProtocolTable } from '../protocol/protocol.ts';
import type { DeviceLink, DeviceSession } from '../session/session.ts';
import { choicesOf } from './choices.ts';
import { type Choice, DetectionTable, detectingCodec } from './detect.ts';
import type { ListenerTerms } from './terms.ts';

interface ListenerPorts {
  readonly directory: DeviceDirectory;
  readonly scripts: ScriptHost;
  readonly clock: Clock;
  readonly log: Log;
  /** Where links come from. */
  readonly listen: Listen;
}

/** What the links of all listeners come to. */
interface LinkEvents {
  opened(link: DeviceLink, terms: ListenerTerms): void;
  accept(link: DeviceLink, terms: ListenerTerms, signal: AbortSignal): Promise<DeviceSession>;
  frames(session: DeviceSession, batch: readonly unknown[]): void;
  closed(link: DeviceLink, terms: ListenerTerms, cause: FairleadError): void;
}

interface Listener extends ListenerTerms {
  readonly speech: ListenerSpeech;
  choices: readonly Choice[];
  readonly server: Server<unknown, unknown, DeviceSession>;
}

/** The listeners of this node, and the links that are open there. */
export class Listeners implements Lockouts {
  readonly #ports: ListenerPorts;
  readonly #protocols: ProtocolTable;
  readonly #events: LinkEvents;
  readonly #listeners: Listener[] = [];
  /** By the names of those that have one. */
  readonly #rates = new Map<string, RateTerms>();

  constructor(ports: ListenerPorts, protocols: ProtocolTable, events: LinkEvents) {
    this.#ports = ports;
    this.#protocols = protocols;
    this.#events = events;
  }

  /** See `GatewayNode.listen`. */
  async open(
    name: string,
    speech: ListenerSpeech,
    endpoint: string,
    { frame = gatewayLimits.values.frame, rate, ...limits }: ListenerLimits,
    { device, takeover = 'newest', ...door }: ListenerDoor,
  ): Promise<ListenerInfo> {
    const { clock, listen, log } = this.#ports;
    const events = this.#events;
    const choices = await this.#choices(name, speech);
    const detects = typeof speech !== 'string';
    const terms: ListenerTerms = {
      listener: name,
      frame,
      unknown: (detects ? speech.unknown : undefined) ?? 'refuse',
      takeover,
      naming: device === undefined ? undefined : new CertificateNaming(device),
      only: detects ? undefined : choices[0],
      table: new DetectionTable(choices),
    };
    if (rate !== undefined) this.#rates.set(name, rate);
    const { handshake = tcpLimits.values.handshake } = limits;
    const patience = Math.min(gatewayLimits.values.detect, 0.8 * milliseconds(handshake));
    const server: Listener['server'] = await serve<unknown, unknown, DeviceSession>(
      endpointWithTls(endpoint, door.tls, 'listen()'),
      {
        ...door,
        codec: terms.only?.opening.codec ?? detectingCodec(name, () => terms.table, patience),
        name,
        limits: limits as ServerLimits,
        clock,
        listen,
        opened: (link) => events.opened(link, terms),
        accept: (link, { signal }) => events.accept(link, terms, signal),
        frames: (link, batch) => events.frames(link.data, batch),
        lockedOut: (address, { code, message }) =>
          log.warn({ listener: name, address, code, count: 1 }, message),
        closed: (link, cause) => events.closed(link, terms, cause),
      },
    );
    // The same object: links that begin later see its table change.
    const listener: Listener = Object.assign(terms, { speech, choices, server });
    this.#listeners.push(listener);
    const info = describe(listener);
    const { protocol, profiles, address } = info;
    log.info({ listener: name, protocol, profiles, address }, 'listening for devices');
    return info;
  }

  /**
   * A profile was added, changed or removed: new links of the listeners that name it begin as it is now. Where the new
   * version cannot be taken, the earlier one stays.
   */
  async renew(profile: string): Promise<void> {
    const concerned = this.#listeners.filter(
      ({ speech }) => typeof speech !== 'string' && speech.profiles.includes(profile),
    );
    await Promise.all(
      concerned.map(async (listener) => {
        listener.choices = await this.#choices(listener.listener, listener.speech, listener.choices);
        listener.table = new DetectionTable(listener.choices);
      }),
    );
  }

  /** Names in the log what cannot be taken. */
  async #choices(
    listener: string,
    speech: ListenerSpeech,
    earlier?: readonly Choice[],
  ): Promise<readonly Choice[]> {
    const ports = { ...this.#ports, protocols: this.#protocols };
    const { choices, leftOut } = await choicesOf(listener, speech, ports, earlier);
    for (const { profile, error } of leftOut) {
      const stays = choices.some((choice) => choice.profile?.name === profile);
      const effect = stays ? 'its earlier version stays' : 'the listener is open without it';
      this.#ports.log.error({ listener, profile, code: error.code }, `${error.message} Now ${effect}.`);
    }
    return choices;
  }

  /** See `GatewayNode.renewCertificates`. */
  async renewCertificates(name: string): Promise<boolean> {
    const listener = this.#listeners.find(({ listener }) => listener === name);
    return (await listener?.server.renewCertificates()) ?? false;
  }

  /** See `GatewayNode.setAddresses`. */
  setAddresses(name: string, { allow, deny }: Pick<ListenerDoor, 'allow' | 'deny'>): void {
    const listener = this.#listeners.find(({ listener }) => listener === name);
    listener?.server.setAddresses({ allow, deny });
  }

  /** See `GatewayNode.setLimits`. */
  setLimits(name: string, limits: ListenerLimits): void {
    const listener = this.#listeners.find(({ listener }) => listener === name);
    const { frame = gatewayLimits.values.frame, rate, ...others } = limits;
    listener?.server.setLimits(others as ServerLimits);
    if (listener !== undefined) listener.frame = frame;
    if (rate === undefined) this.#rates.delete(name);
    else this.#rates.set(name, rate);
  }

  /** How much each device of a listener may send; undefined: as much as it likes. */
  rate(name: string): RateTerms | undefined {
    return this.#rates.get(name);
  }

  /** Addresses that are locked out now, by listener. */
  lockedOut(): ReadonlyMap<string, number> {
    return new Map(this.#listeners.map(({ listener, server }) => [listener, server.lockedOut]));
  }

  lockedAddresses(): LockedOut[] {
    return this.#listeners.flatMap(({ listener, server }) =>
      server.lockouts.list().map((locked) => ({ listener, ...locked })),
    );
  }

  /** Returns whether the address was locked out of a listener. */
  unlock(address: string): boolean {
    return this.#listeners.map(({ server }) => server.lockouts.end(address)).includes(true);
  }

  list(): ListenerInfo[] {
    return this.#listeners.map(describe);
  }

  /** Open links, each with the name of its listener. */
  *links(): Generator<{ readonly listener: string; readonly link: DeviceLink }, void, undefined> {
    for (const { listener, server } of this.#listeners)
      for (const link of server.sessions) yield { listener, link };
  }

  find(id: string): { readonly listener: string; readonly link: DeviceLink } | undefined {
    for (const open of this.links()) if (open.link.id === id) return open;
    return undefined;
  }

  /** Stops accepting; links stay open. */
  async suspend(): Promise<void> {
    await Promise.all(this.#listeners.map(({ server }) => server.suspend()));
  }

  /** Stops accepting and closes the links. */
  async close(): Promise<void> {
    await Promise.all(this.#listeners.map(({ server }) => server.close()));
  }
}

function describe({ listener, speech, server }: Listener): ListenerInfo {
  const info = { name: listener, address: server.address, sessions: server.sessions.size };
  if (typeof speech === 'string') return { ...info, protocol: speech };
  return { ...info, protocol: 'profiles', profiles: speech.profiles };
}
