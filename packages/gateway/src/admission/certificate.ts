/** Devices that are known by their certificate: from what it says to the device. */
import type { PeerIdentity } from '@fairlead/tcp';
import { gatewayErrors } from '../catalogue.ts';
import type { Device, DeviceDirectory } from '../ports.ts';
import type { ShownCertificate } from '../protocol/identity.ts';

const FORM = /^(cn|dns|uri|fingerprint):([^{}]*)\{device\}([^{}]*)$/;
/** Names of one certificate that are looked up. */
const MOST = 32;
type Field = 'cn' | 'dns' | 'uri' | 'fingerprint' | 'subject';

const NOTHING: ShownCertificate = { names: [], ofRule: [], all: [] };

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

  /** What a certificate of a trusted authority says; of any other, nothing. */
  read(peer: PeerIdentity | undefined): ShownCertificate {
    if (peer?.authorized !== true) return NOTHING;
    const [prefix, suffix] = [this.#prefix, this.#suffix];
    const values = valuesOf(peer, this.#field);
    const names = values
      .filter((value) => value.startsWith(prefix) && value.endsWith(suffix))
      .map((value) => value.slice(prefix.length, value.length - suffix.length))
      .filter((name) => name.length > 0);
    const ofRule = values.map((value) => carried(this.#field, value));
    const all = (['cn', 'dns', 'uri', 'subject', 'fingerprint'] as const).flatMap((field) =>
      valuesOf(peer, field).map((value) => carried(field, value)),
    );
    return { names, ofRule, all };
  }
}

/** The device of a certificate: the one that carries what the rule reads, else the one with that name. Throws CERTIFICATE_NOT_CARRIED. */
export function deviceOfCertificate(
  shown: ShownCertificate,
  directory: Pick<DeviceDirectory, 'byName' | 'byCertificate'>,
): Device | undefined {
  const carrying = shown.ofRule.map((identity) => directory.byCertificate?.(identity));
  const named = shown.names.map((name) => directory.byName(name));
  const device = [...carrying, ...named].find((found) => found !== undefined && found.type !== 'sub');
  if (device !== undefined) checkCarried(shown, device);
  return device;
}

/** A device that carries identities shows one of them; its name is not enough. Throws CERTIFICATE_NOT_CARRIED. */
function checkCarried({ all }: ShownCertificate, { name, certificates }: Device): void {
  if (certificates === undefined || certificates.some((identity) => all.includes(identity))) return;
  const fingerprint = all.find((identity) => identity.startsWith('fingerprint:')) ?? 'none';
  throw gatewayErrors.error('CERTIFICATE_NOT_CARRIED', { device: name, fingerprint });
}

/**
 * The certificate must be that of the device: one that it carries, or one with its name or the identity that its frames say.
 * Throws CERTIFICATE_NOT_CARRIED, CERTIFICATE_OTHER_DEVICE.
 */
export function checkCertificate(
  shown: ShownCertificate,
  device: Device | undefined,
  reported: string | undefined,
): void {
  if (device?.certificates !== undefined) {
    checkCarried(shown, device);
    return;
  }
  const own = [device?.name, reported].filter((name) => name !== undefined);
  if (own.length === 0 || own.some((name) => shown.names.includes(name))) return;
  throw gatewayErrors.error('CERTIFICATE_OTHER_DEVICE', {
    device: own[0] as string,
    names: shown.names.join(', ') || 'none',
  });
}

/** As `Device.certificates` has it. Names of hosts have no case. */
const carried = (field: Field, value: string): string =>
  `${field}:${field === 'dns' ? value.toLowerCase() : value}`;

function valuesOf(peer: PeerIdentity, field: Field): readonly string[] {
  if (field === 'fingerprint') return [peer.fingerprint];
  // Node escapes a comma within a value.
  if (field === 'subject') return [peer.subject.replaceAll('\n', ',')];
  if (field === 'cn') return peer.commonName === undefined ? [] : [peer.commonName];
  const kind = `${field.toUpperCase()}:`;
  // Node puts a name with unusual characters in quotes; such a name is that of no device.
  return peer.alternativeNames
    .filter((name) => name.startsWith(kind))
    .slice(0, MOST)
    .map((name) => name.slice(kind.length));
}
