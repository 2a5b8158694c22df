import { asFairleadError, type Clock, type FairleadError, type Log, type Timer } from '@fairlead/core';
import { readSocketTable, type SocketTable, type SocketTrouble, tcpErrors } from '@fairlead/tcp';
import { gatewayErrors } from '../catalogue.ts';
import { gatewayLimits } from '../limits.ts';
import { type DoubtKind, deathOf, lifeTransitions } from './life.ts';
import type { DeviceSession, SessionLink } from './session.ts';
import { Silence } from './silence.ts';

const { livenessSweep, livenessCost, ...defaults } = gatewayLimits.values;

/** How long devices may leave unanswered what is written to them. */
export interface LivenessOptions {
  /** Milliseconds after which a device is suspect. */
  readonly suspect?: number;
  /** Milliseconds after which its link is closed; `off`: its system decides. */
  readonly dead?: number | 'off';
  /** Peers that do not answer, as they are now; by default those of the table of the system. */
  readonly sockets?: () => Promise<SocketTable>;
}

interface LivenessPorts {
  readonly clock: Clock;
  readonly log: Log;
  /** A session has become suspect, or live again. */
  changed(session: DeviceSession): void;
}

/** What a device has not answered. */
interface Unanswered {
  /** Monotonic milliseconds at which it was seen first. */
  readonly since: number;
  readonly seen: SocketTrouble;
}

/**
 * Finds devices that are silent for longer than their profiles say ({@link Silence}), and devices whose system does not
 * acknowledge what is written to them, and closes their links. Keep-alive cannot find the latter: while something is
 * unacknowledged, the system sends no probes. One reading of the table serves all links.
 */
export class Liveness {
  readonly #options: Required<LivenessOptions>;
  readonly #ports: LivenessPorts;
  readonly #silence: Silence;
  readonly #period: number;
  readonly #sessions = new Set<DeviceSession>();
  readonly #unanswered = new Map<DeviceSession, Unanswered>();
  #timer: Timer | undefined;
  #sweeping = false;
  #suspects = 0;
  /** Of the last failure to read the table: each is logged once. */
  #failure = '';
  #closed = false;

  constructor(options: LivenessOptions, ports: LivenessPorts) {
    const { suspect, dead } = defaults;
    this.#options = { suspect, dead, sockets: () => readSocketTable(), ...options };
    this.#ports = ports;
    this.#period = Math.min(livenessSweep, this.#options.suspect / 2);
    this.#silence = new Silence(ports.clock, this);
  }

  /** Devices that are suspect now. */
  get suspects(): number {
    return this.#suspects;
  }

  watch(session: DeviceSession): void {
    this.#sessions.add(session);
    this.#silence.watch(session);
    this.#arm(this.#period);
  }

  /** The profile of its device is another. */
  renewed(session: DeviceSession): void {
    this.#silence.watch(session);
  }

  /** The session has ended. */
  forget(session: DeviceSession, code: string): void {
    this.#sessions.delete(session);
    this.#unanswered.delete(session);
    this.#silence.forget(session);
    if (session.life === 'suspect') this.#suspects--;
    if (deathOf(code) !== undefined) session.life = lifeTransitions.next(session.life, 'end');
  }

  close(): void {
    this.#closed = true;
    this.#silence.close();
    this.#ports.clock.clear(this.#timer);
    this.#sessions.clear();
    this.#unanswered.clear();
  }

  /** The device should have answered. */
  doubt(session: DeviceSession, kind: DoubtKind, error: FairleadError): void {
    const { clock, log } = this.#ports;
    const { doubts, life, device, link } = session;
    if (doubts.some((doubt) => doubt.kind === kind)) return;
    session.doubts = [...doubts, { kind, error, since: clock.now() }];
    session.life = lifeTransitions.next(life, 'doubt');
    if (life === session.life) return;
    this.#suspects++;
    log.warn({ device: device.name, link: link.id, code: error.code }, `device suspect: ${error.message}`);
    this.#ports.changed(session);
  }

  /** The device has answered what this doubt was about. */
  sign(session: DeviceSession, kind: DoubtKind): void {
    const { life, device, link } = session;
    if (life === 'live') return;
    session.doubts = session.doubts.filter((doubt) => doubt.kind !== kind);
    if (session.doubts.length > 0) return;
    session.life = lifeTransitions.next(life, 'sign');
    this.#suspects--;
    this.#ports.log.info({ device: device.name, link: link.id }, 'device live again');
    this.#ports.changed(session);
  }

  #arm(wait: number): void {
    if (this.#timer !== undefined || this.#sweeping || this.#closed || this.#sessions.size === 0) return;
    this.#timer = this.#ports.clock.after(wait, () => {
      this.#timer = undefined;
      void this.#sweep();
    });
    this.#timer.unref?.();
  }

  async #sweep(): Promise<void> {
    const { clock, log } = this.#ports;
    this.#sweeping = true;
    const begun = clock.monotonic();
    try {
      this.#look(await this.#options.sockets());
      this.#failure = '';
    } catch (error) {
      const { code, message } = asFairleadError(error);
      if (this.#failure !== code) log.warn({ code }, message);
      this.#failure = code;
    }
    this.#sweeping = false;
    // A machine with very many sockets takes long to list them.
    this.#arm(Math.max(this.#period, livenessCost * (clock.monotonic() - begun)));
  }

  #look(table: SocketTable): void {
    const now = this.#ports.clock.monotonic();
    if (table.size === 0 && this.#unanswered.size === 0) return;
    for (const session of this.#sessions) {
      const trouble = table.size === 0 ? undefined : session.link.trouble(table);
      if (trouble !== undefined) this.#troubled(session, trouble, now);
      else if (this.#unanswered.delete(session)) this.sign(session, 'write');
    }
  }

  #troubled(session: DeviceSession, trouble: SocketTrouble, now: number): void {
    const { link } = session;
    const before = this.#unanswered.get(session);
    const since = before === undefined || answered(before, trouble, link) ? now : before.since;
    this.#unanswered.set(session, { since, seen: trouble });
    const { unacknowledged: size, probes } = trouble;
    const limit = now - since;
    const { suspect, dead } = this.#options;
    // An idle link that does not answer probes is closed by the system.
    if (size === 0) this.doubt(session, 'write', gatewayErrors.error('PROBE_UNANSWERED', { probes }));
    else if (dead !== 'off' && limit >= dead)
      link.destroy(tcpErrors.error('WRITE_UNANSWERED', { size, limit }));
    else if (limit >= suspect)
      this.doubt(session, 'write', tcpErrors.error('WRITE_UNANSWERED', { size, limit }));
    else this.sign(session, 'write');
  }
}

/** Whether the peer has answered since the table was read before. The counts grow until it acknowledges. */
function answered({ since, seen }: Unanswered, now: SocketTrouble, link: SessionLink): boolean {
  return link.lastReceived > since || now.retransmits < seen.retransmits || now.probes < seen.probes;
}
