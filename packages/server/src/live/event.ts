/** One line of the live stream. */
import type { StatusChange, Uplink } from '@fairlead/gateway';

/** An event, as the JSON text that is sent to the reader: `{"time","device","kind","values"}`. */
export function uplinkEvent({ time, device, kind, payload }: Uplink): string {
  return head(time, device.name, kind) + valuesText(kind, payload);
}

export function statusEvent({ since, device, status, state, code }: StatusChange): string {
  return `${head(since, device.name, 'status')}${JSON.stringify({ status, state, code })}}`;
}

// Device names need no escapes. The payload is already JSON: it is passed on without parsing.
function head(time: number, device: string, kind: string): string {
  return `{"time":"${new Date(time).toISOString()}","device":"${device}","kind":"${kind}","values":`;
}

function valuesText(kind: Uplink['kind'], payload: Uint8Array): string {
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  if (kind === 'raw') return `{"hex":"${bytes.toString('hex')}"}}`;
  // In JSON, a line end can only occur between tokens. In an event, it would end the field.
  return `${bytes.toString('utf8').replace(/[\r\n]+/g, ' ')}}`;
}
