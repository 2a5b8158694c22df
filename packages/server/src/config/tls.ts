/** TLS of a port that Fairlead opens: the keys `tls` of a listener, of the HTTP API and of the embedded broker. */
import { z } from 'zod';
import { key, path } from './key.ts';

const file = (description: string) => key(path, description, { type: 'path', path: true });
const fileMaybe = (description: string) => key(path.optional(), description, { type: 'path', path: true });

const pair = {
  cert: file('File with the certificate (PEM), and the intermediate ones after it.'),
  key: file('File with the private key (PEM) of the certificate.'),
};

const hostName = z
  .string()
  .regex(
    /^(\*\.)?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/,
    'expected a host name, such as plc.local or *.plant.local',
  );

const common = {
  ...pair,
  names: key(
    z.record(hostName, z.strictObject(pair)).prefault({}),
    'Further certificates, by the host name that the client asks for (SNI): `plc.local`, or `*.plant.local`. The keys are these names.',
    { namesAsWritten: true },
  ),
  ca: fileMaybe('File with the certificate authorities (PEM) that issue the certificates of clients.'),
  crl: fileMaybe(
    'File with the lists of revoked certificates (PEM), one of each authority. Without it, no certificate counts as revoked.',
  ),
  clientCertificates: key(
    z.enum(['none', 'request', 'require']).prefault('none'),
    'Certificates of clients: not requested; requested, while clients without one may connect, too; or required. `request` and `require` need `ca`.',
  ),
  minVersion: key(
    z.union([z.enum(['1.2', '1.3']), z.literal([1.2, 1.3])]).prefault('1.2'),
    'Lowest TLS version that clients may use.',
    { type: '1.2 or 1.3' },
  ),
};

export const serverTls = z.strictObject(common);
export type ServerTls = z.output<typeof serverTls>;

/** TLS of a port for devices, which may be known by their certificates. */
export const listenerTls = z.strictObject({
  ...common,
  device: key(
    z
      .string()
      .regex(
        /^(cn|dns|uri|fingerprint):[^{}]*\{device\}[^{}]*$/,
        'expected cn:, dns:, uri: or fingerprint: and a text with {device}, such as cn:{device}',
      )
      .prefault('cn:{device}'),
    'Which part of a certificate is the name of the device, if `identity` is `certificate`: the common name (`cn:`), a subject alternative name (`dns:`, `uri:`), or the SHA-256 `fingerprint:` in lower-case hexadecimal digits. Text around `{device}` must be there: `uri:spiffe://plant/{device}`.',
    { type: 'text with {device}' },
  ),
});

/** What is wrong with the combination of these keys: the key, and the reason. */
export function tlsProblem({ ca, clientCertificates }: ServerTls): [key: string, reason: string] | undefined {
  if (clientCertificates !== 'none' && ca === undefined)
    return ['ca', 'clientCertificates needs the authorities that issue the certificates of clients'];
  return undefined;
}
