import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Certificate {
  /** Paths. */
  readonly cert: string;
  readonly key: string;
}

/** A certificate authority for one test file, which issues any requested certificate. */
export class Authority implements Disposable {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'fairlead-tls-'));
  readonly ca: Certificate;

  constructor() {
    this.ca = this.#paths('ca');
    const { cert, key } = this.ca;
    openssl(
      'req',
      '-x509',
      ...KEY,
      '-keyout',
      key,
      '-out',
      cert,
      '-subj',
      '/CN=Test authority',
      '-days',
      '30',
    );
  }

  /** @param names subject alternative names: `DNS:localhost,IP:127.0.0.1` */
  issue(name: string, names: string, days = 30): Certificate {
    const { cert, key } = this.#paths(name);
    const request = join(this.folder, `${name}.csr`);
    const extensions = join(this.folder, `${name}.ext`);
    writeFileSync(extensions, `subjectAltName=${names}\n`);
    openssl('req', '-new', ...KEY, '-keyout', key, '-out', request, '-subj', `/O=Plant/CN=${name}`);
    const by = ['-CA', this.ca.cert, '-CAkey', this.ca.key, '-CAcreateserial'];
    const from = ['-in', request, '-extfile', extensions, '-days', String(days)];
    openssl('x509', '-req', ...from, ...by, '-out', cert);
    return { cert, key };
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  #paths(name: string): Certificate {
    return { cert: join(this.folder, `${name}.pem`), key: join(this.folder, `${name}.key`) };
  }
}

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

function openssl(...args: string[]): void {
  execFileSync('openssl', args, { stdio: 'ignore' });
}
