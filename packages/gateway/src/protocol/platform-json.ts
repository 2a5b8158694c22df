/**
 * Platform JSON, sans I/O.
 *
 *     standard   {"temperature":36.5,"humidity":52}
 *     gateway    {"3c20c6206":{"temperature":36.5,"humidity":52}}     the key is the sub-device's address
 *     event      {"method":"warning","params":{"battery":0}}
 */
import { type FairleadError, isFairleadError } from '@fairlead/core';
import { gatewayErrors } from '../catalogue.ts';
import { gatewayLimits } from '../limits.ts';
import type { Device, UplinkKind } from '../ports.ts';

const { refusedParts } = gatewayLimits.values;

/** A reading of one device, ready to be published. */
interface Reading {
  readonly device: Device;
  readonly payload: Uint8Array;
}

/** Why `payload` is not a JSON object, or nothing when it is one. `JSON.parse` says it; see `JsonKeySets` for what costs less. */
export function notAnObject(payload: Buffer, kind: UplinkKind): FairleadError | undefined {
  // UTF-8 need not be decoded to see whether it is JSON: bytes above 127 occur in strings only.
  const value = parse(payload, 'latin1', kind);
  return isFairleadError(value) ? value : undefined;
}

/**
 * Splits a gateway device's message by address. Parts with an unknown address or no object are refused; the rest goes on.
 * @param subDevice the sub-device with an address
 */
export function splitByAddress(
  gateway: Device,
  payload: Buffer,
  kind: UplinkKind,
  subDevice: (address: string) => Device | undefined,
): { readings: Reading[]; refusals: Refusal[] } {
  const parts = parse(payload, 'utf8', kind);
  if (isFairleadError(parts)) return { readings: [], refusals: [{ error: parts, parts: 1 }] };
  const readings: Reading[] = [];
  const unknown = new Refusals();
  const notObjects = new Refusals();
  for (const [address, values] of Object.entries(parts)) {
    const device = subDevice(address);
    if (device === undefined)
      unknown.add(() =>
        gatewayErrors.error('SUBDEVICE_UNKNOWN', { device: gateway.name, address: clip(address) }),
      );
    else if (!isObject(values))
      notObjects.add(() => notObject(`${kind} of ${clip(address)}`, typeName(values)));
    else readings.push({ device, payload: Buffer.from(JSON.stringify(values)) });
  }
  return { readings, refusals: [...unknown.list, ...notObjects.list] };
}

/** Why a part of a message is refused; the last of one kind stands for all that are not named. */
interface Refusal {
  readonly error: FairleadError;
  parts: number;
}

/** Refusals of one kind. Few are named: a message may have very many wrong parts, and an error for each takes long. */
class Refusals {
  readonly list: Refusal[] = [];

  add(error: () => FairleadError): void {
    const last = this.list.at(-1);
    if (last !== undefined && this.list.length >= refusedParts) last.parts++;
    else this.list.push({ error: error(), parts: 1 });
  }
}

function parse(
  payload: Buffer,
  encoding: 'latin1' | 'utf8',
  kind: UplinkKind,
): Record<string, unknown> | FairleadError {
  try {
    const value: unknown = JSON.parse(payload.toString(encoding));
    return isObject(value) ? value : notObject(kind, typeName(value));
  } catch {
    const found =
      payload.length === 0
        ? 'nothing'
        : `text that is not JSON: ${clip(JSON.stringify(payload.toString('utf8', 0, 60)))}`;
    return notObject(kind, found);
  }
}

function notObject(kind: string, found: string): FairleadError {
  return gatewayErrors.error('PAYLOAD_NOT_OBJECT', { kind, found });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : `a ${typeof value}`;
}

function clip(text: string): string {
  return text.length > 64 ? `${text.slice(0, 61)}...` : text;
}
