/** Spans in the JSON encoding of OTLP, version 1: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding */
import type { SpanKind, SpanValue } from '@fairlead/core';

/** A span that has ended. Times are Unix milliseconds, with fractions. */
export interface EndedSpan {
  readonly trace: string;
  readonly span: string;
  readonly parent: string | undefined;
  readonly name: string;
  readonly kind: SpanKind;
  readonly start: number;
  readonly end: number;
  readonly values: ReadonlyMap<string, SpanValue>;
  /** Code of the error. */
  readonly error: string | undefined;
}

const KINDS: Readonly<Record<SpanKind, number>> = {
  internal: 1,
  server: 2,
  client: 3,
  producer: 4,
  consumer: 5,
};
const STATUS_ERROR = 2;

/** The body of a request. @param resource attributes of the process */
export function otlpBody(
  spans: readonly EndedSpan[],
  resource: Readonly<Record<string, string>>,
  version: string,
): string {
  return JSON.stringify({
    resourceSpans: [
      {
        resource: { attributes: attributes(Object.entries(resource)) },
        scopeSpans: [{ scope: { name: 'fairlead', version }, spans: spans.map(encoded) }],
      },
    ],
  });
}

function encoded({ trace, span, parent, name, kind, start, end, values, error }: EndedSpan) {
  return {
    traceId: trace,
    spanId: span,
    ...(parent !== undefined && { parentSpanId: parent }),
    name,
    kind: KINDS[kind],
    startTimeUnixNano: nanoseconds(start),
    endTimeUnixNano: nanoseconds(end),
    attributes: attributes([...values, ...(error === undefined ? [] : [['error.type', error] as const])]),
    ...(error !== undefined && { status: { code: STATUS_ERROR, message: error } }),
  };
}

function attributes(entries: readonly (readonly [string, SpanValue])[]) {
  return entries.map(([key, value]) => ({
    key,
    value:
      typeof value === 'string'
        ? { stringValue: value }
        : typeof value === 'boolean'
          ? { boolValue: value }
          : Number.isSafeInteger(value)
            ? { intValue: String(value) }
            : { doubleValue: value },
  }));
}

/** A double holds Unix microseconds, not nanoseconds. */
const nanoseconds = (ms: number): string => `${Math.round(ms * 1_000)}000`;
