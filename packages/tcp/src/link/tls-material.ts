/** Certificates and keys as OpenSSL takes them, from PEM or from files. */
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import tls from 'node:tls';
import { coreErrors } from '@fairlead/core';
import type { CertificateSettings } from './tls-options.ts';

type Material = Uint8Array | string;

interface MaterialSettings extends Partial<Record<keyof CertificateSettings, unknown>> {
  readonly cert?: Material | undefined;
  readonly key?: Material | undefined;
  readonly passphrase?: string | undefined;
  readonly ca?: Material | Material[] | undefined;
  readonly crl?: Material | Material[] | undefined;
}

/** Rejects with TLS_MATERIAL_INVALID. */
export async function materialOf({
  cert,
  key,
  passphrase,
  ca,
  crl,
}: MaterialSettings): Promise<tls.SecureContextOptions> {
  const options: tls.SecureContextOptions = {};
  if (ca !== undefined) options.ca = await pems(ca, 'ca');
  for (const one of (options.ca ?? []) as Buffer[]) checkCertificate(one, 'ca');
  if (crl !== undefined) options.crl = await pems(crl, 'crl');
  if (cert !== undefined) options.cert = await pem(cert, 'cert');
  if (key !== undefined) options.key = await pem(key, 'key');
  if (passphrase !== undefined) options.passphrase = passphrase;
  return options;
}

/** Throws TLS_MATERIAL_INVALID, for instance when the key does not match the certificate. */
export function secureContext(options: tls.SecureContextOptions): tls.SecureContext {
  try {
    return tls.createSecureContext(options);
  } catch (error) {
    throw unusable('certificate or key', (error as Error).message, error);
  }
}

const unusable = (what: string, reason: string, cause: unknown) =>
  coreErrors.error('TLS_MATERIAL_INVALID', { what, reason }, cause);

/** OpenSSL ignores a file of authorities without a certificate; then it would trust nobody, and not say why. */
function checkCertificate(text: Buffer, what: string): void {
  try {
    new X509Certificate(text);
  } catch (error) {
    throw unusable(what, 'it contains no certificate in PEM', error);
  }
}

const pems = (values: Material | Material[], what: string): Promise<Buffer[]> =>
  Promise.all((Array.isArray(values) ? values : [values]).map((one) => pem(one, what)));

async function pem(value: Material, what: string): Promise<Buffer> {
  if (typeof value !== 'string') return Buffer.from(value);
  if (value.includes('-----BEGIN ')) return Buffer.from(value);
  try {
    return await readFile(value);
  } catch (error) {
    throw unusable(
      what,
      `${value}: ${(error as NodeJS.ErrnoException).code ?? (error as Error).message}`,
      error,
    );
  }
}
