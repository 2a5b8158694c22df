/** Devices that are known by their certificate: from what it says to the names of devices. */
import type { PeerIdentity } from '@fairlead/tcp';
import { gatewayErrors } from '../catalogue.ts';

const FORM = /^(cn|dns|uri|fingerprint):([^{}]*)\{device\}([^{}]*)$/;
/** Names of one certificate that are looked up. */
const MOST = 32;
type Field = 'cn' | 'dns' | 'uri' | 'fingerprint';

/** Which part of a certificate is the name of a device. */
export class CertificateNaming {
  readonly #field: Field;
  readonly #prefix: string;
  readonly #suffix: string;

  /** @param text such as `cn:{device}` or `uri:spiffe://plant/{device}`. Throws CERTIFICATE_NAMING_INVALID. */
  constructor(text: string) {
    const [, field, prefix, suffix] = FORM.exec(text) ?? [];
    if (field === undefined) throw gatewayErrors.error('CERTIFICATE_NAMING_INVALID', { text });
    this.#field = field as Field;
    this.#prefix = prefix as string;
    this.#suffix = suffix as string;
  }

  /** The names of devices that a certificate of a trusted authority gives; none for any other. */
  names(peer: PeerIdentity | undefined): readonly string[] {
    if (peer?.authorized !== true) return [];
    const [prefix, suffix] = [this.#prefix, this.#suffix];
    return valuesOf(peer, this.#field)
      .slice(0, MOST)
      .filter((value) => value.startsWith(prefix) && value.endsWith(suffix))
      .map((value) => value.slice(prefix.length, value.length - suffix.length))
      .filter((name) => name.length > 0);
  }
}

function valuesOf(peer: PeerIdentity, field: Field): readonly string[] {
  if (field === 'fingerprint') return [peer.fingerprint];
  if (field === 'cn') return peer.commonName === undefined ? [] : [peer.commonName];
  const kind = `${field.toUpperCase()}:`;
  // Node puts a name with unusual characters in quotes; such a name is that of no device.
  return peer.alternativeNames.filter((name) => name.startsWith(kind)).map((name) => name.slice(kind.length));
}
