import type { Clock, FairleadError, Log } from '@fairlead/core';
import { gatewayErrors } from './catalogue.ts';
import { deliver } from './downlink/delivery.ts';
import type { DownlinkSource } from './downlink-ports.ts';
import type { LinkLog } from './log/link-log.ts';
import type { Taps } from './log/taps.ts';
import type { SessionRegistry } from './ports.ts';
import { Claims } from './session/claims.ts';
import type { DeviceStates } from './session/device-states.ts';
import { Replacements } from './session/flapping.ts';
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

/** Begins and ends the sessions of devices, on links that connected and on links that were dialled. */
export class Sessions {
  readonly #registry: SessionRegistry;
  readonly #claims: Claims;
  readonly #ports: SessionPorts;

  constructor(registry: SessionRegistry, ports: SessionPorts) {
    this.#registry = registry;
    this.#ports = ports;
    this.#claims = new Claims(registry);
    registry.onLost((id, epoch) => this.#lost(id, epoch));
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
    const { link, device, epoch } = session;
    const { clock, topics, sources } = this.#ports;
    link.data = session;
    this.#ports.liveness.watch(session);
    this.#ports.taps.known(link);
    const earlier = session.quiet ? undefined : this.#ports.presence.enter(session);
    if (earlier !== undefined) this.#replaced(earlier, session);
    if (link.cause !== undefined) return; // a newer session entered first
    const ports = { clock, topics };
    const detach = sources.map((source) =>
      source.attach(device, epoch, (downlink) => deliver(session, downlink, ports)),
    );
    session.detach = () => {
      for (const end of detach) end();
    };
  }

  /** The device has connected again while it was connected. */
  #replaced(earlier: DeviceSession, session: DeviceSession): void {
    const { clock, log } = this.#ports;
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
    const session = this.#ports.presence.byId(id);
    if (session !== undefined && session.epoch <= epoch) session.link.destroy(replacedElsewhere());
  }

  /** The link has ended. */
  leave(listener: string, link: SessionLink, cause: FairleadError): void {
    const session: DeviceSession | undefined = link.data;
    if (session !== undefined) {
      session.detach();
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
