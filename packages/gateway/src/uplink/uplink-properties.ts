import type { JournaledUplink } from './uplink-record.ts';

/**
 * The properties of an uplink on the bus. Copies of a message have the same `device`, `epoch` and `seq`; `time` is RFC 3339 in
 * UTC with milliseconds: when it was measured.
 */
export function uplinkProperties({
  device,
  kind,
  time,
  origin,
}: Pick<JournaledUplink, 'device' | 'kind' | 'time' | 'origin'>): Record<string, string> {
  return {
    device: device.name,
    epoch: String(origin.epoch),
    seq: String(origin.seq),
    time: new Date(time).toISOString(),
    kind,
  };
}
