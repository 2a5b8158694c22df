import type { Clock } from '@fairlead/core';
import type { DevicePresence } from './api.ts';
import type { DeviceSession } from './device-session.ts';
import type { Outbox } from './outbox.ts';
import type { Device, DeviceDirectory, StatusChange, UplinkObserver } from './ports.ts';
import type { Topics } from './topics.ts';

interface PresencePorts {
  readonly directory: DeviceDirectory;
  readonly observers: readonly UplinkObserver[];
  readonly clock: Clock;
}

/**
 * Who is connected, and who has been told so.
 *
 * A device has one session, the newest; the late end of an older one changes nothing. The presence of sub-devices
 * follows their gateway's.
 */
export class Presence {
  readonly #ports: PresencePorts;
  readonly #topics: Topics;
  readonly #outbox: Outbox;
  readonly #sessions = new Map<string, DeviceSession>();
  /** Sub-devices announced as online, by gateway. */
  readonly #behind = new Map<string, readonly Device[]>();
  #epochs = 0;

  constructor(ports: PresencePorts, topics: Topics, outbox: Outbox) {
    this.#ports = ports;
    this.#outbox = outbox;
    this.#topics = topics;
  }

  nextEpoch(): number {
    return ++this.#epochs;
  }

  get online(): number {
    return this.#sessions.size;
  }

  sessions(): Iterable<DeviceSession> {
    return this.#sessions.values();
  }

  get(device: string): DeviceSession | undefined {
    return this.#sessions.get(device);
  }

  /** The device has a new session. Returns the one that it replaces, which the caller ends. */
  enter(session: DeviceSession): DeviceSession | undefined {
    const { device, since } = session;
    const earlier = this.#sessions.get(device.name);
    if (earlier !== undefined && earlier.epoch > session.epoch) return session; // overtaken by a newer one
    this.#sessions.set(device.name, session);
    if (earlier === undefined) {
      this.#announce([device], 'online', since);
      if (device.type === 'gateway') this.refreshSubDevices(device.name);
    }
    return earlier;
  }

  /** The session has ended. */
  leave(session: DeviceSession, code: string): void {
    const { device } = session;
    if (this.#sessions.get(device.name) !== session) return; // a late end: the device has a newer session
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
    return { status: 'online', since: session.since, link: session.link.id };
  }

  /** Nobody shall read of a device that no longer exists: takes its retained status back. */
  erase(device: string): void {
    this.#outbox.publishOrLog([{ topic: this.#topics.status.of(device), payload: '', retain: true }]);
  }

  /** Tells bus and observers. */
  tell(changes: readonly StatusChange[]): void {
    if (changes.length === 0) return;
    this.#outbox.publishOrLog(
      changes.map(({ device, status, since }) => ({
        topic: this.#topics.status.of(device.name),
        payload: JSON.stringify({ status, since: new Date(since).toISOString() }),
        retain: true,
      })),
    );
    for (const observer of this.#ports.observers) for (const change of changes) observer.status(change);
  }

  #announce(devices: readonly Device[], status: 'online' | 'offline', since: number, code?: string): void {
    this.tell(devices.map((device) => ({ device, status, since, code })));
  }
}
