/** Traces: what becomes of one request or message, as spans. Who reports them is passed in; without it nothing is traced. */

/** What stands in a `traceparent` of W3C Trace Context, version 00: `00-TRACE-SPAN-FLAGS`. */
export interface TraceContext {
  /** 32 hexadecimal digits. */
  readonly trace: string;
  /** 16 hexadecimal digits. */
  readonly span: string;
  readonly sampled: boolean;
}

/** `server` answers a request, `consumer` takes a message from elsewhere, `producer` and `client` send one. */
export type SpanKind = 'internal' | 'server' | 'client' | 'producer' | 'consumer';
export type SpanValue = string | number | boolean;

/** Part of a trace, from its beginning to `end`. */
export interface Span {
  /** For those whom this concerns next. */
  readonly traceparent: string;
  set(name: string, value: SpanValue | undefined): void;
  /** @param start Unix milliseconds; by default now */
  child(name: string, kind?: SpanKind, start?: number): Span;
  /**
   * Only the first call counts.
   *
   * @param error code of the error
   * @param time Unix milliseconds; by default now
   */
  end(error?: string, time?: number): void;
}

export interface Tracer {
  /**
   * Begins a trace; undefined: it is not sampled.
   *
   * @param parent a `traceparent` that came along: it decides whether this is sampled, if it is valid
   * @param start Unix milliseconds; by default now
   */
  begin(name: string, kind: SpanKind, parent?: string, start?: number): Span | undefined;
}

const PATTERN = /^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-|$)/;

/** undefined: it is not valid, and as if it were not there. A later version may have more after the flags; version 00 may not. */
export function parseTraceparent(text: string | undefined): TraceContext | undefined {
  const [whole, trace, span, flags] = PATTERN.exec(text ?? '') ?? [];
  if (trace === undefined || span === undefined || /^0+$/.test(trace) || /^0+$/.test(span)) return undefined;
  if (text?.startsWith('00') && text.length !== whole?.length) return undefined;
  return { trace, span, sampled: (Number.parseInt(flags as string, 16) & 1) === 1 };
}

export function formatTraceparent({ trace, span, sampled }: TraceContext): string {
  return `00-${trace}-${span}-${sampled ? '01' : '00'}`;
}
