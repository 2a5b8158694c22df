/** How a device is identified: by its token, by what its first frames say, or by its certificate. */
export type Identity = TokenIdentity | ReportedIdentity | CertificateIdentity;

export interface TokenIdentity {
  readonly kind: 'token';
  /** As received, without the line end after it: bytes that are not text must not be shown as text. */
  readonly bytes: Buffer;
  readonly token: string;
}

/** What the frames of a profile say: a field of them, or the profile's script. */
export interface ReportedIdentity {
  readonly kind: 'reported';
  /** 1 to 128 printable characters of ASCII. */
  readonly id: string;
  /** What the device proved to know. */
  readonly secret?: Buffer | undefined;
  /** Sent at once when the device is admitted, and when it is refused. */
  readonly replies: readonly Buffer[];
  readonly refusal: readonly Buffer[];
}

/** What a certificate of a trusted authority says. */
export interface CertificateIdentity {
  readonly kind: 'certificate';
  readonly shown: ShownCertificate;
}

/** What the certificate of a link says. */
export interface ShownCertificate {
  /** The names of devices that it gives, by the rule of the listener. */
  readonly names: readonly string[];
  /** All of the field of that rule, as `Device.certificates` has it: `cn:plc-7`. */
  readonly ofRule: readonly string[];
  /** All that it says. */
  readonly all: readonly string[];
}

export function tokenIdentity(bytes: Buffer): TokenIdentity {
  return { kind: 'token', bytes, token: bytes.toString() };
}
