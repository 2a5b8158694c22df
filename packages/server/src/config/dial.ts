/** The configuration of devices to which Fairlead connects. */
import { z } from 'zod';
import { key, path } from './key.ts';

const file = (description: string) => key(path.optional(), description, { type: 'path', path: true });

export const dialKeys = key(
  z
    .strictObject({
      tls: key(
        z
          .strictObject({
            ca: file('File with the certificate authorities (PEM) to trust instead of those of the system.'),
            cert: file('File with the certificate (PEM) of Fairlead, for devices that ask for one.'),
            key: file('File with the private key (PEM) of that certificate.'),
          })
          .prefault({}),
        'TLS of devices at tls:// addresses. The address of a device can override these: tls://HOST:PORT?ca=PATH.',
      ),
    })
    .prefault({}),
  'Links to devices that Fairlead dials.',
);
