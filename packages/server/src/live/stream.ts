/** The live stream of all events. */
import type { StatusChange, Uplink, UplinkObserver } from '@fairlead/gateway';
import { statusEvent, uplinkEvent } from './event.ts';

/** The output of one reader. */
export interface LiveSink {
  /** Bytes that wait for the reader. */
  readonly waiting: number;
  write(text: string): void;
}

export interface LiveReader {
  /** Called when the reader has caught up. Reports the number of missed messages, if any. */
  caughtUp(): void;
  close(): void;
}

interface Reader {
  readonly sink: LiveSink;
  readonly device: string | undefined;
  missed: number;
}

/**
 * Passes the messages of the gateway to any number of readers. Without readers it costs one comparison per batch. A reader
 * that is too slow misses messages and gets their number, so that its queue stays bounded.
 */
export class LiveStream implements UplinkObserver {
  readonly #readers = new Set<Reader>();
  readonly #limit: number;

  /** @param limit bytes that may wait for one reader */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get readers(): number {
    return this.#readers.size;
  }

  /** @param device only messages of this device; default: all devices */
  open(sink: LiveSink, device?: string): LiveReader {
    const reader: Reader = { sink, device, missed: 0 };
    this.#readers.add(reader);
    return {
      caughtUp: () => {
        if (this.#readers.has(reader)) tellMissed(reader);
      },
      close: () => this.#readers.delete(reader),
    };
  }

  uplinks(batch: readonly Uplink[]): void {
    if (this.#readers.size === 0) return;
    this.#hand(batch.map((uplink) => ({ device: uplink.device.name, text: () => uplinkEvent(uplink) })));
  }

  status(change: StatusChange): void {
    if (this.#readers.size === 0) return;
    this.#hand([{ device: change.device.name, text: () => statusEvent(change) }]);
  }

  #hand(events: readonly { device: string; text: () => string }[]): void {
    const texts: (string | undefined)[] = events.map(() => undefined);
    for (const reader of this.#readers) {
      let chunk = '';
      for (const [i, { device, text }] of events.entries()) {
        if (reader.device !== undefined && reader.device !== device) continue;
        if (reader.missed > 0 || reader.sink.waiting + chunk.length > this.#limit) {
          reader.missed++;
          continue;
        }
        texts[i] ??= `data: ${text()}\n\n`;
        chunk += texts[i];
      }
      if (chunk !== '') reader.sink.write(chunk);
    }
  }
}

function tellMissed(reader: Reader): void {
  if (reader.missed === 0) return;
  const { missed } = reader;
  reader.missed = 0;
  reader.sink.write(`event: missed\ndata: ${missed}\n\n`);
}
