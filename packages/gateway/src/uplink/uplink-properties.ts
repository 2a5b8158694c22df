import type { JournaledUplink } from './uplink-record.ts';

/**
 * The properties of an uplink on the bus. Copies of a message have the same `device`, `epoch` and `seq`; `time` is RFC 3339 in
 * UTC with milliseconds: when it was measured. A message that is traced has a `traceparent`.
 */
export function uplinkProperties(
  { device, kind, time, origin }: Pick<JournaledUplink, 'device' | 'kind' | 'time' | 'origin'>,
  traceparent?: string,
): Record<string, string> {
  const properties: Record<string, string> = {
    device: device.name,
    epoch: String(origin.epoch),
    seq: String(origin.seq),
    time: new Date(time).toISOString(),
    kind,
  };
  if (traceparent !== undefined) properties.traceparent = traceparent;
  return properties;
}
