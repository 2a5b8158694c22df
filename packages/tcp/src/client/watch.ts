import { isDeepStrictEqual } from 'node:util';
import type { Clock, Timer } from '@fairlead/core';
import { tcpErrors } from '../catalogue.ts';
import type { FramedLink } from '../link/framed-link.ts';
import type { Requests } from '../request/requests.ts';

/** How a client probes a silent peer. */
interface ProbeSettings {
  readonly every: number;
  readonly timeout: number;
  readonly send?: unknown;
  readonly bytes?: Uint8Array | string | undefined;
  readonly expect?: unknown;
}

/**
 * Watches one link for silence of the peer. Only received bytes count, so that our own sending does not hide a dead peer.
 * While reading is paused, the peer does not count as silent.
 */
export class Watch<In, Out> {
  readonly #link: FramedLink<In, Out>;
  readonly #requests: Requests<In, Out>;
  readonly #clock: Clock;
  #idle: Timer | undefined;
  #probe: Timer | undefined;

  constructor(link: FramedLink<In, Out>, requests: Requests<In, Out>) {
    this.#link = link;
    this.#requests = requests;
    this.#clock = link.settings.clock;
  }

  start(idle: number | undefined, probe: ProbeSettings | undefined): void {
    if (idle !== undefined) this.#watchIdle(idle, idle);
    if (probe !== undefined) this.#watchProbe(probe, probe.every);
  }

  stop(): void {
    this.#clock.clear(this.#idle);
    this.#clock.clear(this.#probe);
  }

  /** Milliseconds since the last byte of the peer. */
  #silence(): number {
    return this.#link.paused ? 0 : this.#clock.monotonic() - this.#link.receivedAt;
  }

  #watchIdle(limit: number, wait: number): void {
    this.#idle = this.#clock.after(wait, () => {
      const left = limit - this.#silence();
      if (left > 0) this.#watchIdle(limit, left);
      else this.#link.destroy(tcpErrors.error('IDLE_TIMEOUT', { limit }));
    });
  }

  #watchProbe(probe: ProbeSettings, wait: number): void {
    this.#probe = this.#clock.after(wait, () => {
      const left = probe.every - this.#silence();
      if (left > 0) this.#watchProbe(probe, left);
      else if (probe.expect === undefined) this.#probeForBytes(probe);
      else this.#probeForReply(probe);
    });
  }

  /** Any received byte is an answer. */
  #probeForBytes(probe: ProbeSettings): void {
    const before = this.#link.bytesIn;
    send(this.#link, probe);
    this.#probe = this.#clock.after(probe.timeout, () => {
      if (this.#link.bytesIn !== before || this.#link.paused) this.#watchProbe(probe, probe.every);
      else this.#fail(probe);
    });
  }

  #probeForReply(probe: ProbeSettings): void {
    const { expect } = probe;
    const known = (frame: In) =>
      typeof expect === 'function' ? Boolean(expect(frame)) : isDeepStrictEqual(frame, expect);
    this.#requests
      .prove(() => send(this.#link, probe), known, probe.timeout)
      .then(
        () => this.#link.usable && this.#watchProbe(probe, probe.every),
        () => this.#link.usable && this.#fail(probe),
      );
  }

  #fail(probe: ProbeSettings): void {
    this.#link.destroy(tcpErrors.error('PROBE_FAILED', { limit: probe.timeout }));
  }
}

function send<In, Out>(link: FramedLink<In, Out>, probe: ProbeSettings): void {
  if (probe.bytes === undefined) link.send(probe.send as Out);
  else link.forward(typeof probe.bytes === 'string' ? Buffer.from(probe.bytes) : probe.bytes);
}
