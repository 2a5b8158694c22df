/** The certificates of a server. They are read again while it listens, so that renewed ones need no restart. */
import { createHash, type Hash } from 'node:crypto';
import type tls from 'node:tls';
import { materialOf, secureContext } from './tls-material.ts';
import type { ServerTlsSettings } from './tls-options.ts';

/** Below it, no version is safe any more (RFC 8996). */
const LOWEST = 'TLSv1.2';

interface Read {
  readonly first: tls.SecureContextOptions;
  readonly named: ReadonlyMap<string, tls.SecureContext>;
  /** Tells whether anything has changed since. */
  readonly digest: string;
}

/**
 * Options of `tls.createServer` and of all servers of Node that take them. A renewal concerns new connections; it also makes
 * the session tickets of earlier ones void, so that a client of an authority that is no longer trusted cannot resume.
 */
export class ServerCertificates {
  readonly #settings: ServerTlsSettings;
  readonly #servers = new Set<tls.Server>();
  #read: Read;

  private constructor(settings: ServerTlsSettings, read: Read) {
    this.#settings = settings;
    this.#read = read;
  }

  /** Rejects with TLS_MATERIAL_INVALID. */
  static async read(settings: ServerTlsSettings): Promise<ServerCertificates> {
    return new ServerCertificates(settings, await readAll(settings));
  }

  get options(): tls.TlsOptions {
    const { clients, alpn, minVersion = LOWEST } = this.#settings;
    return {
      ...this.#read.first,
      minVersion,
      requestCert: clients !== 'ignore',
      rejectUnauthorized: clients === 'require',
      SNICallback: (name, done) => done(null, certificateFor(this.#read.named, name)),
      ...(alpn !== undefined && { ALPNProtocols: alpn }),
    };
  }

  /** From now on {@link renew} changes what the server shows. */
  attach(server: tls.Server): void {
    this.#servers.add(server);
    server.once('close', () => this.#servers.delete(server));
  }

  /**
   * Reads the files again. Returns whether anything has changed. Rejects with TLS_MATERIAL_INVALID; then the earlier ones stay
   * in use.
   */
  async renew(): Promise<boolean> {
    const read = await readAll(this.#settings);
    if (read.digest === this.#read.digest) return false;
    this.#read = read;
    const { minVersion = LOWEST } = this.#settings;
    for (const server of this.#servers) server.setSecureContext({ ...read.first, minVersion });
    return true;
  }
}

async function readAll(settings: ServerTlsSettings): Promise<Read> {
  const { ca, crl, minVersion = LOWEST, sni = {} } = settings;
  const hash = createHash('sha256');
  const first = await materialOf(settings);
  secureContext(first); // throws now, with a clear message, if the material is wrong
  add(hash, first);
  const named = new Map<string, tls.SecureContext>();
  for (const [name, certificate] of Object.entries(sni)) {
    const material = await materialOf({ ...certificate, ca, crl });
    named.set(name.toLowerCase(), secureContext({ ...material, minVersion }));
    add(hash, material);
  }
  return { first, named, digest: hash.digest('hex') };
}

function add(hash: Hash, { ca = [], crl = [], cert, key }: tls.SecureContextOptions): void {
  for (const one of [ca, crl, cert, key].flat())
    hash.update(`${(one as Buffer).length} `).update(one as Buffer);
}

/** The certificate for a name: its own, or that of `*.` and its parent; undefined: the first. */
function certificateFor(
  named: ReadonlyMap<string, tls.SecureContext>,
  name: string,
): tls.SecureContext | undefined {
  const asked = name.toLowerCase();
  return named.get(asked) ?? named.get(`*${asked.slice(asked.indexOf('.'))}`);
}
