/** The events of a link or a device, for one reader. */
import type { TapEvent } from '@fairlead/gateway';
import type { LiveSink } from './event-ring.ts';

/** Writes events to a reader. A reader that is too slow misses events and gets their number, so that its queue stays bounded. */
export class TapEvents {
  readonly #limit: number;
  readonly #target: string;
  #sink: LiveSink | undefined;
  #ended: () => void = () => {};
  #missed = 0;

  /**
   * @param limit bytes that may wait for the reader
   * @param target a device's name or a link's id
   */
  constructor(limit: number, target: string) {
    this.#limit = limit;
    this.#target = target;
  }

  /** @param ended called when the link ends, if the target is a link */
  open(sink: LiveSink, ended: () => void): void {
    this.#sink = sink;
    this.#ended = ended;
  }

  push(event: TapEvent): void {
    const sink = this.#sink;
    if (sink === undefined || this.#missed > 0 || sink.waiting > this.#limit) this.#missed++;
    else sink.write(`data: ${JSON.stringify({ ...event, time: new Date(event.time).toISOString() })}\n\n`);
    if (event.what === 'closed' && event.link === this.#target) this.#ended();
  }

  /** The reader has caught up. */
  caughtUp(): void {
    if (this.#missed === 0) return;
    this.#sink?.write(`event: missed\ndata: ${this.#missed}\n\n`);
    this.#missed = 0;
  }
}
