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

  /**
   * @param names subject alternative names: `DNS:localhost,IP:127.0.0.1`
   * @param starts days until it is valid
   */
  issue(name: string, names: string, days = 30, starts = 0): Certificate {
    const { cert, key } = this.#paths(name);
    const request = join(this.folder, `${name}.csr`);
    const extensions = join(this.folder, `${name}.ext`);
    writeFileSync(extensions, `subjectAltName=${names}\n`);
    openssl('req', '-new', ...KEY, '-keyout', key, '-out', request, '-subj', `/O=Plant/CN=${name}`);
    const by = ['-CA', this.ca.cert, '-CAkey', this.ca.key, '-CAcreateserial'];
    const from = ['-in', request, '-extfile', extensions, '-days', String(days)];
    if (starts === 0) openssl('x509', '-req', ...from, ...by, '-out', cert);
    else openssl('ca', ...this.#later(starts, days), '-in', request, '-extfile', extensions, '-out', cert);
    return { cert, key };
  }

  /** No other command of OpenSSL 3.0 sets the beginning of a certificate. */
  #later(starts: number, days: number): string[] {
    const [file, index, serial] = ['ca.cnf', 'index.txt', 'ca.number'].map((name) =>
      join(this.folder, name),
    ) as [string, string, string];
    writeFileSync(index, '');
    writeFileSync(serial, `${String(Date.now()).padStart(16, '0')}\n`);
    writeFileSync(
      file,
      `[ca]
default_ca = own
[own]
database = ${index}
serial = ${serial}
new_certs_dir = ${this.folder}
default_md = sha256
policy = any
[any]
commonName = supplied
`,
    );
    const { cert, key } = this.ca;
    const at = (day: number) =>
      new Date(Date.now() + day * 86_400_000).toISOString().replace(/\D/g, '').slice(0, 14);
    const span = ['-startdate', `${at(starts)}Z`, '-enddate', `${at(starts + days)}Z`];
    return ['-batch', '-notext', '-config', file, '-cert', cert, '-keyfile', key, ...span];
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
