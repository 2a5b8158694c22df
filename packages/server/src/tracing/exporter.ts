import { type Clock, type Log, type Timer, timeLimit } from '@fairlead/core';
import { serverErrors } from '../catalogue.ts';
import { serverLimits } from '../limits.ts';
import { type EndedSpan, otlpBody } from './otlp.ts';

const { traceQueue, traceBatch, traceInterval, traceTimeout, traceFarewell } = serverLimits.values;

interface ExporterOptions {
  readonly endpoint: string;
  readonly resource: Readonly<Record<string, string>>;
  readonly version: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** Sends spans to a collector. Nothing waits for it: what does not fit into the queue, or is refused, is dropped and counted. */
export class SpanExporter {
  exported = 0;
  dropped = 0;
  readonly #options: ExporterOptions;
  #queue: EndedSpan[] = [];
  #timer: Timer | undefined;
  #sending: Promise<void> | undefined;
  #fails = false;
  #closed = false;
  readonly #stop = new AbortController();

  constructor(options: ExporterOptions) {
    this.#options = options;
  }

  add(span: EndedSpan): void {
    if (this.#closed || this.#queue.length >= traceQueue) {
      this.dropped++;
      return;
    }
    this.#queue.push(span);
    if (this.#queue.length === traceBatch) this.#send();
    this.#timer ??= this.#options.clock.after(traceInterval, () => {
      this.#timer = undefined;
      this.#send();
    });
    this.#timer.unref?.();
  }

  /** Sends what waits, within a short time: a collector that does not answer must not hold up the end of the service. */
  async close(): Promise<void> {
    const { clock } = this.#options;
    clock.clear(this.#timer);
    this.#closed = true;
    const timer = clock.after(traceFarewell, () => this.#stop.abort(new Error('the service has stopped')));
    await this.#sending;
    this.#send();
    await this.#sending;
    clock.clear(timer);
  }

  #send(): void {
    this.#sending ??= this.#batches().finally(() => {
      this.#sending = undefined;
    });
  }

  async #batches(): Promise<void> {
    while (this.#queue.length > 0) {
      const batch = this.#queue.slice(0, traceBatch);
      this.#queue = this.#queue.slice(batch.length);
      try {
        await this.#post(batch);
        this.exported += batch.length;
        if (this.#fails) this.#options.log.info({}, 'Spans reach their endpoint again');
        this.#fails = false;
      } catch (error) {
        this.dropped += batch.length;
        if (!this.#fails) {
          const { endpoint, log } = this.#options;
          const { code, message } = serverErrors.error('TRACES_REFUSED', {
            endpoint,
            reason: reasonOf(error),
          });
          log.warn({ code }, message);
        }
        this.#fails = true;
        return;
      }
    }
  }

  async #post(batch: readonly EndedSpan[]): Promise<void> {
    const { endpoint, resource, version, clock } = this.#options;
    using limit = timeLimit(clock, traceTimeout, this.#stop.signal, () => new Error('it does not answer'));
    const answer = await fetch(endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: otlpBody(batch, resource, version),
      redirect: 'error',
      signal: limit.signal,
    });
    await answer.body?.cancel();
    if (!answer.ok) throw new Error(`HTTP status ${answer.status}`);
  }
}

/** `fetch` puts the reason into the cause. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error && cause.message !== '' ? cause.message : message;
}
