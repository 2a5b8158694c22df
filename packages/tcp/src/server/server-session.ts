import { coreErrors } from '@fairlead/core';
import type { Codec } from '../framing/codec.ts';
import { FramedLink, type LinkOwner } from '../link/framed-link.ts';
import type { LinkSettings } from '../link/settings.ts';
import type { Transport } from '../link/transport.ts';
import type { Session } from './session.ts';

/** Settings of all sessions of a server. */
export interface SessionSettings extends LinkSettings {
  readonly name: string;
  readonly handshake: number;
  /** See {@link Session.blame}. @param remote address of the peer */
  blame(remote: string, proof: string): void;
}

export class ServerSession<In, Out, Data> extends FramedLink<In, Out> implements Session<In, Out, Data> {
  declare readonly settings: SessionSettings;
  readonly number: number;
  readonly openedAt: number;
  handshaking = true;
  /** Under what its handshake is counted, if it is. */
  counted: string | undefined;
  /** Whether it was refused before anything of its own was read. */
  refused = false;
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

  get lastReceived(): number {
    return this.receivedAt;
  }

  blame(proof: string): void {
    this.settings.blame(this.remote, proof);
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
