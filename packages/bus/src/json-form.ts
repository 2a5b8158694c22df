import type { BusMessage } from './port.ts';

const TEXT = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * A message as one JSON object, for buses that carry JSON. The payload is one of three keys:
 *
 *     {"topic": "devices/pump/attributes", "json": {"bar": 4.2}, "properties": {"seq": "7"}}
 *     {"topic": "notes", "text": "no JSON"}                       UTF-8 that is not JSON
 *     {"topic": "devices/pump/raw", "base64": "AP8="}             other bytes
 *
 * `retain` (true), `properties`, `expiry` (milliseconds) and `correlation` (base64) appear only if the message has them.
 */
export function jsonForm({ topic, payload, retain, properties, expiry, correlation }: BusMessage): string {
  let json = `{"topic":${JSON.stringify(topic)},${payloadForm(payload)}`;
  if (retain === true) json += ',"retain":true';
  if (properties !== undefined) json += `,"properties":${JSON.stringify(properties)}`;
  if (expiry !== undefined) json += `,"expiry":${Math.ceil(expiry)}`;
  if (correlation !== undefined) json += `,"correlation":"${base64(correlation)}"`;
  return `${json}}`;
}

function payloadForm(payload: Uint8Array | string): string {
  const text = typeof payload === 'string' ? payload : decoded(payload);
  if (text === undefined) return `"base64":"${base64(payload as Uint8Array)}"`;
  try {
    JSON.parse(text);
    // As it stands, because numbers may have more digits than ours. Valid JSON has line ends only between its parts.
    return `"json":${text.replace(/[\r\n]/g, ' ')}`;
  } catch {
    return `"text":${JSON.stringify(text)}`;
  }
}

function decoded(bytes: Uint8Array): string | undefined {
  try {
    return TEXT.decode(bytes);
  } catch {
    return undefined;
  }
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
