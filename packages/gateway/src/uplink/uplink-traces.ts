/**
 * The trace of a chunk of a device:
 *
 *     uplink      from the bytes until the bus has what they led to
 *       script    until its results are there, waiting included
 *       journal   until they are on the disk, where the listener journals
 *       publish   until the bus has them
 */
import type { FairleadError, Span, Tracer } from '@fairlead/core';
import { gatewayLimits } from '../limits.ts';
import type { Origin, Uplink } from '../ports.ts';
import type { DeviceSession } from '../session/session.ts';

type Told = (error?: FairleadError) => void;

export class UplinkTraces {
  readonly #tracer: Tracer;
  /** Spans of what is in the journal and not on the bus, by the origin of its last message. */
  readonly #journaled = new Map<string, Span>();
  /** The `traceparent` of batches that go to the bus. */
  readonly #published = new WeakMap<readonly Uplink[], string>();

  constructor(tracer: Tracer) {
    this.#tracer = tracer;
  }

  /** undefined: this chunk is not sampled. */
  begin({ device, listener }: DeviceSession, frames: number): Span | undefined {
    const span = this.#tracer.begin('uplink', 'consumer');
    if (span === undefined) return undefined;
    span.set('fairlead.device', device.name);
    span.set('fairlead.listener', listener);
    span.set('fairlead.profile', device.profile.name);
    span.set('fairlead.frames', frames);
    return span;
  }

  /** What is called when the sink has the batch safe. */
  safe(span: Span, batch: readonly Uplink[], journaled: boolean, safe: Told | undefined): Told {
    span.set('fairlead.messages', batch.length);
    const part = span.child(journaled ? 'journal' : 'publish', journaled ? 'internal' : 'producer');
    const last = batch.at(-1) as Uplink;
    if (journaled) this.#keep(last.origin, span);
    else this.#published.set(batch, part.traceparent);
    return (error) => {
      part.end(error?.code);
      if (!journaled) span.end(error?.code);
      safe?.(error);
    };
  }

  /** What subscribers of a batch continue; undefined: nobody traces it. */
  traceparentOf(batch: readonly Uplink[]): string | undefined {
    return this.#published.get(batch);
  }

  /** A message of the journal goes to the bus; undefined: nobody traces it. `done` is called when the bus has it. */
  publishes(origin: Origin): { readonly traceparent: string; done(): void } | undefined {
    if (this.#journaled.size === 0) return undefined;
    const key = keyOf(origin);
    const span = this.#journaled.get(key);
    if (span === undefined) return undefined;
    const part = span.child('publish', 'producer');
    const done = () => {
      this.#journaled.delete(key);
      part.end();
      span.end();
    };
    return { traceparent: part.traceparent, done };
  }

  /** While the bus is away, the oldest are given up. */
  #keep(origin: Origin, span: Span): void {
    this.#journaled.set(keyOf(origin), span);
    if (this.#journaled.size <= gatewayLimits.values.tracedInJournal) return;
    const [oldest, first] = this.#journaled.entries().next().value as [string, Span];
    this.#journaled.delete(oldest);
    first.end();
  }
}

const keyOf = ({ device, epoch, seq }: Origin): string => `${device} ${epoch} ${seq}`;
