import { z } from 'zod';

const material = z
  .union([z.instanceof(Uint8Array), z.string()])
  .describe('PEM: its bytes, its text, or the path of the file that holds it.');
const materials = z.union([material, z.array(material)]);

/** TLS of a client. Files are read again for each connection, so that renewed certificates need no restart. */
export const tlsSchema = z.strictObject({
  ca: materials.optional().describe('Certificate authorities to trust instead of the default ones.'),
  cert: material.optional().describe('Own certificate, if the server requires one.'),
  key: material.optional().describe('Its private key.'),
  passphrase: z.string().optional().describe('Passphrase of the private key.'),
  servername: z.string().optional().describe('Name that the certificate must contain. Default: the host.'),
  rejectUnauthorized: z
    .boolean()
    .default(true)
    .describe('false: accept any certificate, even of an impostor. For tests only.'),
  alpn: z.array(z.string()).optional().describe('Application protocols, in the order of preference.'),
});
export type TlsOptions = z.input<typeof tlsSchema>;
export type TlsSettings = z.output<typeof tlsSchema>;

const certificateSchema = z.strictObject({
  cert: material.describe('A certificate, with the intermediate ones after it.'),
  key: material.describe('Its private key.'),
  passphrase: z.string().optional().describe('Passphrase of the private key.'),
});

/** TLS of a server. Files are read when it starts to listen, and by `renewCertificates()`. */
export const serverTlsSchema = z.strictObject({
  ...certificateSchema.shape,
  sni: z
    .record(z.string(), certificateSchema)
    .optional()
    .describe('Further certificates, by the name that the client requests: plc.local, or *.plant.local.'),
  clients: z
    .enum(['ignore', 'request', 'require'])
    .default('ignore')
    .describe('Certificates of clients: not requested, requested and shown in session.peer, or required.'),
  ca: materials.optional().describe('Certificate authorities of clients.'),
  crl: materials
    .optional()
    .describe(
      'Lists of revoked certificates of clients, one of each authority. Without them, none is revoked.',
    ),
  minVersion: z
    .enum(['TLSv1.2', 'TLSv1.3'])
    .optional()
    .describe('Lowest version of TLS that clients may use (default TLSv1.2).'),
  alpn: z.array(z.string()).optional().describe('Application protocols, in the order of preference.'),
});
export type ServerTlsOptions = z.input<typeof serverTlsSchema>;
export type ServerTlsSettings = z.output<typeof serverTlsSchema>;
export type CertificateSettings = z.output<typeof certificateSchema>;
