/** Traces of the service. This module is loaded only where tracing is configured. */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import {
  type Clock,
  formatTraceparent,
  type Log,
  parseTraceparent,
  type Span,
  type SpanKind,
  type SpanValue,
  type Tracer,
} from '@fairlead/core';
import { serverLimits } from '../limits.ts';
import { SpanExporter } from './exporter.ts';

const { traceValue } = serverLimits.values;

interface TracingOptions {
  readonly endpoint: string;
  /** 0 to 1. */
  readonly sample: number;
  /** `service.name`. */
  readonly service: string;
  readonly version: string;
  readonly clock: Clock;
  readonly log: Log;
  /** 0 (included) to 1 (excluded). */
  readonly random?: (() => number) | undefined;
}

/** Decides what is traced, and hands ended spans to the exporter. */
export class SamplingTracer implements Tracer, AsyncDisposable {
  readonly #sample: number;
  readonly #random: () => number;
  readonly #clock: Clock;
  readonly #exporter: SpanExporter;

  constructor({ endpoint, sample, service, version, clock, log, random = Math.random }: TracingOptions) {
    this.#sample = sample;
    this.#random = random;
    this.#clock = clock;
    const resource = {
      'service.name': service,
      'service.version': version,
      'service.instance.id': `${hostname()}-${process.pid}`,
      'host.name': hostname(),
    };
    this.#exporter = new SpanExporter({ endpoint, resource, version, clock, log });
  }

  begin(name: string, kind: SpanKind, parent?: string, start?: number): Span | undefined {
    const context = parent === undefined ? undefined : parseTraceparent(parent);
    const isSampled = context === undefined ? this.#random() < this.#sample : context.sampled;
    if (!isSampled) return undefined;
    const trace = context?.trace ?? randomBytes(16).toString('hex');
    return new RecordedSpan({ trace, parent: context?.span, name, kind, start }, this.#clock, this.#exporter);
  }

  stats(): { readonly exported: number; readonly dropped: number } {
    const { exported, dropped } = this.#exporter;
    return { exported, dropped };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#exporter.close();
  }
}

interface SpanTerms {
  readonly trace: string;
  readonly parent: string | undefined;
  readonly name: string;
  readonly kind: SpanKind;
  readonly start: number | undefined;
}

class RecordedSpan implements Span {
  readonly #terms: SpanTerms;
  readonly #id = randomBytes(8).toString('hex');
  readonly #clock: Clock;
  readonly #exporter: SpanExporter;
  readonly #values = new Map<string, SpanValue>();
  /** Wall clock and monotonic milliseconds of the beginning. */
  readonly #start: number;
  readonly #begun: number;
  #ended = false;

  constructor(terms: SpanTerms, clock: Clock, exporter: SpanExporter) {
    this.#terms = terms;
    this.#clock = clock;
    this.#exporter = exporter;
    this.#begun = clock.monotonic();
    this.#start = terms.start ?? clock.now();
  }

  get traceparent(): string {
    return formatTraceparent({ trace: this.#terms.trace, span: this.#id, sampled: true });
  }

  set(name: string, value: SpanValue | undefined): void {
    if (value === undefined) return;
    this.#values.set(name, typeof value === 'string' ? value.slice(0, traceValue) : value);
  }

  child(name: string, kind: SpanKind = 'internal', start = this.#now()): Span {
    const { trace } = this.#terms;
    return new RecordedSpan({ trace, parent: this.#id, name, kind, start }, this.#clock, this.#exporter);
  }

  end(error?: string, time = this.#now()): void {
    if (this.#ended) return;
    this.#ended = true;
    const { start: _, ...terms } = this.#terms;
    const end = Math.max(this.#start, time);
    this.#exporter.add({ ...terms, span: this.#id, start: this.#start, end, values: this.#values, error });
  }

  /** The clock of the beginning goes on, also when the wall clock is set. */
  #now(): number {
    return this.#start + this.#clock.monotonic() - this.#begun;
  }
}
