/** How a device is identified. A token is one way; a field of its first frames, or what its script returns, come next. */
export type Identity = TokenIdentity;

export interface TokenIdentity {
  readonly kind: 'token';
  /** As received, without the line end after it: bytes that are not text must not be shown as text. */
  readonly bytes: Buffer;
  readonly token: string;
}

export function tokenIdentity(bytes: Buffer): TokenIdentity {
  return { kind: 'token', bytes, token: bytes.toString() };
}
