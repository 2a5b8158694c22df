/**
 * Admission of devices that connect, as pure steps: frames yield an identity; the identity and its device, if the
 * directory has one, yield an answer.
 *
 *     certificate, or frame ... --Handshake.read--> identity --directory--> device or nothing --admit--> known | unknown | refused
 */
import type { FairleadError } from '@fairlead/core';
import { gatewayErrors } from '../catalogue.ts';
import type { Device, Profile } from '../ports.ts';
import { foreignProtocol } from '../protocol/foreign.ts';
import type { Identity, ReportedIdentity, TokenIdentity } from '../protocol/identity.ts';
import { kindOfToken } from '../token-bytes.ts';
import { secretProblem } from './secret.ts';

type Admission =
  | { readonly answer: 'known'; readonly device: Device }
  /** No device has this identity. A listener that takes no unknown devices closes the link with `error`. */
  | { readonly answer: 'unknown'; readonly identity: Identity; readonly error: FairleadError }
  | { readonly answer: 'refused'; readonly error: FairleadError };

/** Where the device connected. */
interface AdmittingListener {
  readonly listener: string;
  /** Name of the protocol that is spoken there. */
  readonly protocol: string;
  /** The profile that the link speaks, where the protocol is one of profiles. */
  readonly profile?: Profile | undefined;
}

/** @param device the one that the directory has for the identity */
export function admit(identity: Identity, device: Device | undefined, at: AdmittingListener): Admission {
  if (device === undefined) return unknownDevice(identity, at);
  const mismatch = mismatchOf(device, at);
  if (mismatch !== undefined) return { answer: 'refused', error: mismatch };
  if (identity.kind !== 'reported') return { answer: 'known', device };
  const reason = secretProblem(device, identity.secret);
  if (reason === undefined) return { answer: 'known', device };
  const error = gatewayErrors.error('IDENTITY_SECRET_WRONG', { device: device.name, reason });
  return { answer: 'refused', error };
}

function unknownDevice(identity: Identity, at: AdmittingListener): Admission {
  if (identity.kind === 'token') return unknownToken(identity);
  if (identity.kind === 'reported') return unknownIdentity(identity, at);
  const { names, ofRule } = identity.shown;
  const error = gatewayErrors.error('CERTIFICATE_UNKNOWN', {
    names: (names.length > 0 ? names : ofRule).join(', '),
  });
  return { answer: 'refused', error };
}

function unknownToken(identity: TokenIdentity): Admission {
  const { bytes } = identity;
  const foreign = foreignProtocol(bytes);
  if (foreign !== undefined) return { answer: 'refused', error: foreign };
  const error = gatewayErrors.error('AUTH_TOKEN_UNKNOWN', { length: bytes.length, kind: kindOfToken(bytes) });
  return { answer: 'unknown', identity, error };
}

function unknownIdentity(identity: ReportedIdentity, { profile }: AdmittingListener): Admission {
  const error = gatewayErrors.error('IDENTITY_UNKNOWN', {
    profile: profile?.name ?? '',
    identity: identity.id,
  });
  return { answer: 'unknown', identity, error };
}

/** A device must speak what the link speaks. A token may belong to a device of the custom protocol with the profile. */
function mismatchOf(
  device: Device,
  { listener, protocol, profile }: AdmittingListener,
): FairleadError | undefined {
  const fits =
    profile === undefined
      ? device.protocol === protocol
      : device.profile.name === (profile.name ?? profile.id);
  if (fits) return undefined;
  const expected = profile === undefined ? device.protocol : (device.profile.name ?? device.protocol);
  return gatewayErrors.error('AUTH_PROTOCOL_MISMATCH', { device: device.name, expected, listener });
}
