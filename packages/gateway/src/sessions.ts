import type { Clock, FairleadError, Log } from '@fairlead/core';
import { SourceRates } from '@fairlead/tcp/internal';
import type { TakeoverRule } from './api.ts';
import { gatewayErrors } from './catalogue.ts';
import { DownlinkSession } from './downlink/attached-session.ts';
import type { DownlinkSource } from './downlink-ports.ts';
import { gatewayLimits } from './limits.ts';
import type { LinkLog } from './log/link-log.ts';
import type { Taps } from './log/taps.ts';
import type { Device, SessionRegistry } from './ports.ts';
import { Claims } from './session/claims.ts';
import type { DeviceStates } from './session/device-states.ts';
import { Entering } from './session/entering.ts';
import { type Contest, Flapping } from './session/flapping.ts';
import type { Liveness } from './session/liveness.ts';
import type { Pacing } from './session/pacing.ts';
import type { Presence } from './session/presence.ts';
import { DeviceSession, type DeviceSessionFields, type SessionLink } from './session/session.ts';
import type { Topics } from './topics.ts';

interface SessionPorts {
  readonly clock: Clock;
  readonly log: Log;
  readonly topics: Topics;
  readonly presence: Presence;
  readonly pacing: Pacing;
  readonly liveness: Liveness;
  readonly linkLog: LinkLog;
  readonly taps: Taps;
  readonly states: DeviceStates;
  /** Where downlinks come from. */
  readonly sources: readonly DownlinkSource[];
}

/** The listener that a link came to. */
interface Approached {
  readonly listener: string;
  readonly takeover: TakeoverRule;
}

/** Begins and ends the sessions of devices, on links that connected and on links that were dialled. */
export class Sessions {
  readonly #registry: SessionRegistry;
  readonly #claims: Claims;
  readonly #ports: SessionPorts;
  readonly #entering = new Entering();
  readonly #flapping = new Flapping();
  readonly #connects = new SourceRates(gatewayLimits.values.sessionRate, gatewayLimits.values.sessionBurst);

  constructor(registry: SessionRegistry, ports: SessionPorts) {
    this.#registry = registry;
    this.#ports = ports;
    this.#claims = new Claims(registry);
    registry.onLost((id, epoch) => this.#lost(id, epoch));
  }

  /** Devices whose links compete now. */
  get flapping(): number {
    return this.#flapping.count(this.#ports.clock.monotonic());
  }

  /** DEVICE_FLAPS, while the links of the device compete. */
  flaps(device: Device): FairleadError | undefined {
    return this.#flapping.warning(device.id, this.#ports.clock.monotonic());
  }

  /**
   * The device of a link is known, and may have a session soon. Throws SESSIONS_TOO_FAST if it connects in a loop, SESSION_KEPT if another link has it, or will have it, that
   * shall be kept: one that nothing speaks against. Of one that is dead but not known to be, the system finds out.
   */
  approach(device: Device, link: SessionLink, { listener, takeover }: Approached): void {
    const { sessionRate: limit, sessionBurst: burst } = gatewayLimits.values;
    if (!this.#connects.take(device.id, this.#ports.clock.monotonic()))
      throw gatewayErrors.error('SESSIONS_TOO_FAST', { device: device.name, limit, burst });
    const earlier = takeover === 'keep' ? this.#rival(device) : undefined;
    if (earlier === undefined) {
      this.#entering.add(device.name, link);
      return;
    }
    earlier.probe();
    this.#contested(device, 'claimed', earlier, link);
    throw gatewayErrors.error('SESSION_KEPT', {
      device: device.name,
      earlier: earlier.remote,
      link: earlier.id,
      listener,
    });
  }

  /** The link has the session, or never will. */
  arrived(link: SessionLink): void {
    this.#entering.delete(link);
  }

  /** Ends the session of a device and the links that are about to become it. */
  end(name: string, session: DeviceSession | undefined, code: 'TOKEN_REPLACED' | 'DEVICE_REMOVED'): void {
    const cause = gatewayErrors.error(code);
    session?.link.destroy(cause);
    for (const link of this.#entering.of(name)) link.destroy(cause);
  }

  #rival({ name }: Device): SessionLink | undefined {
    const session = this.#ports.presence.get(name);
    if (session?.life === 'live' && session.link.cause === undefined) return session.link;
    for (const link of this.#entering.of(name)) if (link.cause === undefined) return link;
    return undefined;
  }

  /** Makes the session of a device whose link is open. Rejects when the link ends meanwhile. */
  async admit(
    fields: Omit<DeviceSessionFields, 'epoch' | 'since'>,
    link: SessionLink,
    signal: AbortSignal,
  ): Promise<DeviceSession> {
    const { device } = fields;
    const since = this.#ports.clock.now();
    const session = await this.#claims.claim(device, since, signal, (epoch, lost) => {
      if (lost) link.destroy(replacedElsewhere());
      const session = new DeviceSession({ ...fields, epoch, since }, this.#ports.states);
      if (link.cause === undefined) this.#enter(session);
      else this.#registry.release(device, epoch, link.cause.code);
      return session;
    });
    if (link.cause !== undefined) throw link.cause; // it closed during the look-up or the claim, or a newer session entered first
    const { name } = device;
    this.#ports.log.info({ link: link.id, device: name, remote: link.remote }, 'device connected');
    return session;
  }

  #enter(session: DeviceSession): void {
    const { link } = session;
    const { sources } = this.#ports;
    link.data = session;
    this.#ports.liveness.watch(session);
    this.#ports.taps.known(link);
    const earlier = session.quiet ? undefined : this.#ports.presence.enter(session);
    if (earlier !== undefined) this.#replaced(earlier, session);
    if (link.cause !== undefined) return; // a newer session entered first
    session.attached = new DownlinkSession(session, this.#ports);
    for (const source of sources) source.attach(session.attached);
  }

  /** The device has connected again while it was connected. */
  #replaced(earlier: DeviceSession, session: DeviceSession): void {
    earlier.link.destroy(gatewayErrors.error('SESSION_REPLACED', { link: session.link.id }));
    if (earlier === session) return; // a newer session entered first
    this.#contested(session.device, 'replaced', earlier.link, session.link);
  }

  /** Two links of one device compete. */
  #contested(device: Device, event: Contest['event'], first: SessionLink, second: SessionLink): void {
    const { clock, log } = this.#ports;
    const [earlier, remote] = [first.remote, second.remote];
    const warning = this.#flapping.add(device, { event, earlier, remote }, clock.monotonic());
    if (warning === undefined) return;
    const { count, error } = warning;
    log.warn({ device: device.name, code: error.code, earlier, remote, count }, error.message);
  }

  /** Another node has taken over the session. */
  #lost(id: string, epoch: number): void {
    const session = this.#ports.presence.byId(id);
    if (session !== undefined && session.epoch <= epoch) session.link.destroy(replacedElsewhere());
  }

  /** The link has ended. */
  leave(listener: string, link: SessionLink, cause: FairleadError): void {
    const session: DeviceSession | undefined = link.data;
    if (session !== undefined) {
      if (session.attached !== undefined)
        for (const source of this.#ports.sources) source.detach(session.attached);
      session.turns?.leave(session);
      session.answers?.close(cause);
      session.hearing?.reject(cause);
      this.#ports.pacing.forget(session);
      this.#ports.presence.leave(session, cause.code);
      this.#ports.liveness.forget(session, cause.code);
      this.#registry.release(session.device, session.epoch, cause.code);
    }
    this.#ports.linkLog.close(listener, link, cause);
  }
}

function replacedElsewhere(): FairleadError {
  return gatewayErrors.error('SESSION_REPLACED', { link: 'a link of another node' });
}
