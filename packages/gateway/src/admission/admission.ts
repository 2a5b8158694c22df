/**
 * Who dials in, as pure steps: frames come to an identity, an identity and what the directory says of it to an answer.
 *
 *     frame ... --Handshake.read--> identity --directory--> device or nothing --admit--> known | unknown | refused
 */
import type { FairleadError } from '@fairlead/core';
import { gatewayErrors } from '../catalogue.ts';
import type { Device } from '../ports.ts';
import { foreignProtocol } from '../protocol/foreign.ts';
import type { Identity } from '../protocol/identity.ts';
import { kindOfToken } from '../token-bytes.ts';

export type Admission =
  | { readonly answer: 'known'; readonly device: Device }
  /** Nobody registered this identity; `error` says so to who does not take unknown devices. */
  | { readonly answer: 'unknown'; readonly identity: Identity; readonly error: FairleadError }
  | { readonly answer: 'refused'; readonly error: FairleadError };

/** Where the device dialled in. */
export interface AdmittingListener {
  readonly listener: string;
  /** Name of the protocol that is spoken there. */
  readonly protocol: string;
}

/** @param device what the directory has for the identity */
export function admit(
  identity: Identity,
  device: Device | undefined,
  { listener, protocol }: AdmittingListener,
): Admission {
  if (device === undefined) {
    const { bytes } = identity;
    const foreign = foreignProtocol(bytes);
    if (foreign !== undefined) return { answer: 'refused', error: foreign };
    const error = gatewayErrors.error('AUTH_TOKEN_UNKNOWN', {
      length: bytes.length,
      kind: kindOfToken(bytes),
    });
    return { answer: 'unknown', identity, error };
  }
  if (device.protocol === protocol) return { answer: 'known', device };
  const { name, protocol: expected } = device;
  const error = gatewayErrors.error('AUTH_PROTOCOL_MISMATCH', { device: name, expected, listener });
  return { answer: 'refused', error };
}
