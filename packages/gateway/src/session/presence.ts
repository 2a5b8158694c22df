import type { Clock } from '@fairlead/core';
import type { DevicePresence } from '../api.ts';
import type {
  Bus,
  BusMessage,
  Device,
  DeviceDirectory,
  Log,
  Profile,
  StatusChange,
  UplinkObserver,
} from '../ports.ts';
import { publishEach } from '../publish.ts';
import type { Topics } from '../topics.ts';
import { deathOf } from './life.ts';
import type { Pacing } from './pacing.ts';
import type { DeviceSession } from './session.ts';

interface PresencePorts {
  readonly directory: DeviceDirectory;
  readonly bus: Bus;
  readonly log: Log;
  readonly observers: readonly UplinkObserver[];
  readonly clock: Clock;
}

/**
 * Which devices are connected; announces each change on the bus and to the observers.
 *
 * A device has one session, the newest; the late end of an older session changes nothing. The presence of sub-devices
 * follows their gateway's.
 */
export class Presence {
  readonly #ports: PresencePorts;
  readonly #topics: Topics;
  readonly #pacing: Pacing;
  /** By the name of the device. */
  readonly #sessions = new Map<string, DeviceSession>();
  /** By its id. */
  readonly #byId = new Map<string, DeviceSession>();
  /** Sub-devices announced as online, by gateway. */
  readonly #behind = new Map<string, readonly Device[]>();

  constructor(ports: PresencePorts, topics: Topics, pacing: Pacing) {
    this.#ports = ports;
    this.#pacing = pacing;
    this.#topics = topics;
  }

  get online(): number {
    return this.#sessions.size;
  }

  sessions(): Iterable<DeviceSession> {
    return this.#sessions.values();
  }

  /** Of the devices that are online. */
  profiles(): Profile[] {
    return Array.from(this.#sessions.values(), ({ device }) => device.profile);
  }

  get(device: string): DeviceSession | undefined {
    return this.#sessions.get(device);
  }

  /** @param id of the device */
  byId(id: string): DeviceSession | undefined {
    return this.#byId.get(id);
  }

  /** Enters a new session. Returns the session that it replaces, which the caller closes. */
  enter(session: DeviceSession): DeviceSession | undefined {
    const { device, since } = session;
    const earlier = this.#sessions.get(device.name);
    if (earlier !== undefined && earlier.epoch > session.epoch) return session; // a newer session entered first
    this.#sessions.set(device.name, session);
    this.#byId.set(device.id, session);
    if (earlier === undefined) {
      this.#announce([device], 'online', since);
      if (device.type === 'gateway') this.refreshSubDevices(device.name);
    } else if (earlier.life === 'suspect') this.lifeChanged(session);
    return earlier;
  }

  /** A device that was silent, and counted as offline while its link was open, answers again. */
  back(session: DeviceSession): void {
    session.since = this.#ports.clock.now();
    this.enter(session);
  }

  /** A session has become suspect, or live again. */
  lifeChanged(session: DeviceSession): void {
    const { device } = session;
    if (this.#sessions.get(device.name) !== session) return;
    this.#announce([device, ...(this.#behind.get(device.name) ?? [])], 'online', session.since);
  }

  /** The session has ended. */
  leave(session: DeviceSession, code: string): void {
    const { device } = session;
    if (this.#byId.get(device.id) === session) this.#byId.delete(device.id);
    if (this.#sessions.get(device.name) !== session) return; // the device has a newer session
    this.#sessions.delete(device.name);
    const behind = this.#behind.get(device.name) ?? [];
    this.#behind.delete(device.name);
    this.#announce([device, ...behind], 'offline', this.#ports.clock.now(), code);
  }

  /** Sub-devices of a gateway were added or removed while it may be connected. */
  refreshSubDevices(gateway: string): void {
    const session = this.#sessions.get(gateway);
    if (session === undefined) return;
    const before = new Set((this.#behind.get(gateway) ?? []).map((device) => device.name));
    const now = this.#ports.directory.subDevices(gateway);
    this.#behind.set(gateway, now);
    const added = now.filter((device) => !before.has(device.name));
    this.#announce(added, 'online', this.#ports.clock.now());
  }

  of(device: Device): DevicePresence {
    const session = this.#sessions.get(device.type === 'sub' ? (device.parent ?? '') : device.name);
    if (session === undefined) return { status: 'offline' };
    const { since, link, life, doubts, slowed } = session;
    const [first] = doubts;
    const online = { status: 'online', since, link: link.id, slowed: slowed?.toString() } as const;
    if (life !== 'suspect' || first === undefined) return { ...online, state: 'live' };
    const { code, message: reason } = first.error;
    return { ...online, state: 'suspect', doubt: { code, reason, since: first.since } };
  }

  /** Removes the retained status of a device that no longer exists. */
  erase(device: string): void {
    this.#publish([{ topic: this.#topics.status.rareOf(device), payload: '', retain: true }]);
  }

  /** Announces the changes to the bus and the observers. */
  tell(changes: readonly StatusChange[]): void {
    if (changes.length === 0) return;
    this.#publish(
      changes.map(({ device, status, since, state, code }) => ({
        topic: this.#topics.status.rareOf(device.name),
        payload: JSON.stringify({ status, since: new Date(since).toISOString(), state, code }),
        retain: true,
      })),
    );
    for (const observer of this.#ports.observers) for (const change of changes) observer.status(change);
  }

  #publish(messages: readonly BusMessage[]): void {
    const { bus, log } = this.#ports;
    const more = publishEach(bus, messages, (index, { code, message }) =>
      log.error({ topic: messages[index]?.topic, code }, `not published: ${message}`),
    );
    if (more) return;
    const bytes = messages.reduce((sum, { payload }) => sum + payload.length, 0);
    this.#pacing.busIsSlow(bytes, () => bus.drained());
  }

  #announce(devices: readonly Device[], status: 'online' | 'offline', since: number, code?: string): void {
    const about = (device: Device): Pick<StatusChange, 'state' | 'code'> => {
      if (status === 'offline') return { state: deathOf(code), code };
      const { state, doubt } = this.of(device);
      return { state, code: doubt?.code };
    };
    this.tell(devices.map((device) => ({ device, status, since, ...about(device) })));
  }
}
