import { tcpErrors } from '../catalogue.ts';
import type { Codec } from '../framing/codec.ts';
import { Link, type LinkOwner, type LinkSettings } from '../link/link.ts';
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
  /** Monotonic milliseconds, as exact as the server's sweep: a second or a quarter of the idle limit. */
  lastReceived: number;
  /** `bytesIn` at the last sweep. */
  sweptBytes = 0;
  handshaking = true;
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
    this.lastReceived = settings.clock.monotonic();
    this.#handshakeLeft = settings.handshake;
  }

  get id(): string {
    return `${this.settings.name}-${this.number}`;
  }

  /** During the handshake the time that the peer takes is limited; the time of our own look-ups is not. */
  override async receive(options: { signal?: AbortSignal } = {}): Promise<In> {
    if (!this.handshaking) return super.receive(options);
    const { clock, handshake } = this.settings;
    const begun = clock.monotonic();
    const timer = clock.after(Math.max(0, this.#handshakeLeft), () =>
      this.destroy(tcpErrors.error('HANDSHAKE_TIMEOUT', { limit: handshake })),
    );
    try {
      return await super.receive(options);
    } finally {
      clock.clear(timer);
      this.#handshakeLeft -= clock.monotonic() - begun;
    }
  }
}
