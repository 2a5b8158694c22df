import type { Clock, FairleadError, Timer } from '@fairlead/core';
import type { Transport, TransportEvents } from '@fairlead/tcp';

/**
 * A transport whose peer sends first: a banner, a prompt, the boot messages of a serial board. Everything is dropped
 * until the peer has been silent for some time. After that, everything passes.
 */
export class GreetedTransport implements Transport {
  readonly #transport: Transport;
  readonly #clock: Clock;
  readonly #silence: number;
  readonly #quiet: () => void;
  #timer: Timer | undefined;
  #over = false;

  /**
   * @param silence milliseconds since the start or since the last bytes
   * @param quiet called once, after this silence
   */
  constructor(transport: Transport, clock: Clock, silence: number, quiet: () => void) {
    this.#transport = transport;
    this.#clock = clock;
    this.#silence = silence;
    this.#quiet = quiet;
  }

  get remote(): string {
    return this.#transport.remote;
  }

  get local(): string {
    return this.#transport.local;
  }

  get writableLength(): number {
    return this.#transport.writableLength;
  }

  start(events: TransportEvents): void {
    this.#wait();
    this.#transport.start({
      onData: (chunk) => {
        if (this.#over) events.onData(chunk);
        else this.#wait();
      },
      onDrain: () => events.onDrain(),
      onEnd: () => events.onEnd(),
      onClosed: (cause) => {
        this.#end();
        events.onClosed(cause);
      },
    });
  }

  write(pieces: readonly Uint8Array[], done?: (written: boolean) => void): boolean {
    return this.#transport.write(pieces, done);
  }

  pause(): void {
    this.#transport.pause();
  }

  resume(): void {
    this.#transport.resume();
  }

  end(): void {
    this.#transport.end();
  }

  destroy(cause: FairleadError): void {
    this.#end();
    this.#transport.destroy(cause);
  }

  #wait(): void {
    this.#clock.clear(this.#timer);
    this.#timer = this.#clock.after(this.#silence, () => {
      this.#over = true;
      this.#quiet();
    });
  }

  #end(): void {
    this.#clock.clear(this.#timer);
    this.#over = true;
  }
}
