export interface ProxyHeader {
  readonly version: 1 | 2;
  /** The address of the client. Absent: the proxy speaks for itself (a health check), or does not know it. */
  readonly source?: ProxyAddress | undefined;
  /** The address to which the client connected. */
  readonly destination?: ProxyAddress | undefined;
  /** What the proxy calls this connection (PP2_TYPE_UNIQUE_ID). */
  readonly uniqueId?: Uint8Array | undefined;
  /** The name that the client asked for (PP2_TYPE_AUTHORITY, or SNI). */
  readonly authority?: string | undefined;
  /** Present where the client used TLS up to the proxy. */
  readonly tls?: ProxyTls | undefined;
}

export interface ProxyAddress {
  readonly address: string;
  readonly port: number;
}

export interface ProxyTls {
  /** Such as `TLSv1.3`. */
  readonly version?: string | undefined;
  /** Common name of the client's certificate. */
  readonly commonName?: string | undefined;
  /** Whether the client presented a certificate on this connection, and the proxy found it good. */
  readonly verified: boolean;
}

/** A header, and how many bytes it takes. */
export interface ReadHeader {
  readonly header: ProxyHeader;
  readonly length: number;
}
