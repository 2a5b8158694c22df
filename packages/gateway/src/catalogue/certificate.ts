import type { ErrorEntry } from '@fairlead/core';

/** Errors of devices that are known by their certificates. */
export const certificateEntries = {
  CERTIFICATE_UNKNOWN: {
    kind: 'auth',
    side: 'remote',
    retryable: false,
    message: 'The certificate of the device names no device that exists here: {names}.',
    help: 'Add a device with that name, give a device what the certificate says (fairlead device edit NAME --certificate cn:NAME), or change listeners.*.tls.device, which says which part of a certificate is the name. The link was closed.',
  },
  CERTIFICATE_OTHER_DEVICE: {
    kind: 'auth',
    side: 'remote',
    retryable: false,
    message: 'The device says that it is {device}, but its certificate names {names}.',
    help: 'Each device needs a certificate of its own. The link was closed.',
  },
  CERTIFICATE_NOT_CARRIED: {
    kind: 'auth',
    side: 'remote',
    retryable: false,
    message:
      'The device {device} is known by certificates of its own, and this is none of them: {fingerprint}.',
    help: 'If the certificate is a new one of the device, add it: fairlead device edit NAME --certificate IDENTITY, once for each that shall be valid. The link was closed.',
  },
  CERTIFICATE_NAMING_INVALID: {
    kind: 'config',
    side: 'local',
    retryable: false,
    message: '"{text}" does not say which part of a certificate is the name of a device.',
    help: 'Write cn:, dns:, uri: or fingerprint: and a text with {device} in it once, such as cn:{device} or uri:spiffe://plant/{device}.',
  },
} as const satisfies Record<string, ErrorEntry>;
