import { z } from 'zod';

const material = z
  .union([z.instanceof(Uint8Array), z.string()])
  .describe('PEM: its bytes, its text, or the path of the file that holds it.');
const materials = z.union([material, z.array(material)]);

/** TLS of a client. Files are read anew for each connection, so that renewed certificates need no restart. */
export const tlsSchema = z.strictObject({
  ca: materials.optional().describe('Authorities to trust instead of the well-known ones.'),
  cert: material.optional().describe('Our certificate, where the server asks for one.'),
  key: material.optional().describe('Its private key.'),
  passphrase: z.string().optional().describe('Opens the private key.'),
  servername: z.string().optional().describe('The name the certificate must have; the host by default.'),
  rejectUnauthorized: z
    .boolean()
    .default(true)
    .describe('false: accept any certificate. For tests: anybody may then stand in for the server.'),
  alpn: z.array(z.string()).optional().describe('Application protocols, best first.'),
});
export type TlsOptions = z.input<typeof tlsSchema>;
export type TlsSettings = z.output<typeof tlsSchema>;

const certificateSchema = z.strictObject({
  cert: material.describe('A certificate, with the intermediate ones after it.'),
  key: material.describe('Its private key.'),
  passphrase: z.string().optional().describe('Opens the private key.'),
});

/** TLS of a server. Files are read when it starts to listen. */
export const serverTlsSchema = z.strictObject({
  ...certificateSchema.shape,
  sni: z
    .record(z.string(), certificateSchema)
    .optional()
    .describe('Further certificates by the name that the client asks for: plc.local, or *.plant.local.'),
  clients: z
    .enum(['ignore', 'request', 'require'])
    .default('ignore')
    .describe('Certificates of clients: not asked for, shown in session.peer, or needed to get in.'),
  ca: materials.optional().describe('Authorities that vouch for clients.'),
  alpn: z.array(z.string()).optional().describe('Application protocols, best first.'),
});
export type ServerTlsOptions = z.input<typeof serverTlsSchema>;
export type ServerTlsSettings = z.output<typeof serverTlsSchema>;
export type CertificateSettings = z.output<typeof certificateSchema>;
