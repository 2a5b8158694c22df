/** The section `tracing` of the configuration. */
import { z } from 'zod';
import { key } from './key.ts';

export const tracingKeys = key(
  z
    .strictObject({
      endpoint: key(
        z
          .url({ protocol: /^https?$/, error: 'expected an address such as http://127.0.0.1:4318/v1/traces' })
          .refine((text) => !/^https?:\/\/[^/]*@/.test(text), 'expected an address without user and password')
          .optional(),
        'Where spans go: OTLP over HTTP, as JSON, with its path: http://127.0.0.1:4318/v1/traces. By default, nothing is traced.',
        { type: 'URL' },
      ),
      sample: key(
        z.number().min(0).max(1).prefault(0.01),
        'Share of chunks of devices, requests and runs that is traced: 0 to 1. A request or a message that comes with a `traceparent` is traced if that says so.',
      ),
      service: key(z.string().min(1).max(255).prefault('fairlead'), 'The `service.name` of the spans.'),
    })
    .prefault({}),
  'Traces for OpenTelemetry.',
);
