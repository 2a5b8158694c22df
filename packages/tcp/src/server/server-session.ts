import { coreErrors } from '@fairlead/core';
import type { Codec } from '../framing/codec.ts';
import { Link, type LinkOwner } from '../link/framed-link.ts';
import type { LinkSettings } from '../link/settings.ts';
import type { Transport } from '../link/transport.ts';

/** What all sessions of a server share. */
export interface SessionSettings extends LinkSettings {
  readonly name: string;
  readonly handshake: number;
}

/** A server's link plus an identity: what `accept` returned for it stands in `data`. */
export class Session<In, Out, Data> extends Link<In, Out> {
  declare readonly settings: SessionSettings;
  readonly number: number;
  /** Unix milliseconds. */
  readonly openedAt: number;
  handshaking = true;
  /** Whether it was refused as soon as it was accepted. */
  refused = false;
  /** Undefined while the handshake runs. */
  data!: Data;
  #handshakeLeft: number;

  constructor(
    transport: Transport,
    codec: Codec<In, Out>,
    owner: LinkOwner<In, Out>,
    settings: SessionSettings,
    number: number,
  ) {
    super(transport, codec, owner, settings);
    this.number = number;
    this.openedAt = settings.clock.now();
    this.#handshakeLeft = settings.handshake;
  }

  get id(): string {
    return `${this.settings.name}-${this.number}`;
  }

  /** Monotonic milliseconds at which bytes last arrived. */
  get lastReceived(): number {
    return this.receivedAt;
  }

  /** During the handshake the time that the peer takes is limited; the time of our own look-ups is not. */
  override receive(options: { signal?: AbortSignal } = {}): Promise<In> {
    const frame = super.receive(options);
    return this.handshaking ? this.handshakePart(frame) : frame;
  }

  /** Waits for the peer within the time that its handshake may take. */
  async handshakePart<T>(work: Promise<T>): Promise<T> {
    const { clock, handshake } = this.settings;
    const begun = clock.monotonic();
    const timer = clock.after(Math.max(0, this.#handshakeLeft), () =>
      this.destroy(coreErrors.error('HANDSHAKE_TIMEOUT', { limit: handshake })),
    );
    try {
      return await work;
    } finally {
      clock.clear(timer);
      this.#handshakeLeft -= clock.monotonic() - begun;
    }
  }
}
