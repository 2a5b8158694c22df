/**
 * Admission of devices that connect, as pure steps: frames yield an identity; the identity and its device, if the
 * directory has one, yield an answer.
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
  /** No device has this identity. A listener that takes no unknown devices closes the link with `error`. */
  | { readonly answer: 'unknown'; readonly identity: Identity; readonly error: FairleadError }
  | { readonly answer: 'refused'; readonly error: FairleadError };

/** Where the device connected. */
interface AdmittingListener {
  readonly listener: string;
  /** Name of the protocol that is spoken there. */
  readonly protocol: string;
}

/** @param device the one that the directory has for the identity */
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
