/** Each way in which TLS fails on a listener has a code; certificates are renewed while it listens. */
import assert from 'node:assert/strict';
import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, describe, it, type TestContext } from 'node:test';
import tls from 'node:tls';
import { Authority, eventually, fault, freePort, requirePeer } from '@fairlead/testkit';
import { connect, type ServerTlsOptions, serve } from '../../src/index.ts';
import { text } from '../text-codec.ts';

let made: Authority | undefined;
after(() => made?.[Symbol.dispose]());

async function listening(t: TestContext, options: (authority: Authority) => Partial<ServerTlsOptions>) {
  made ??= new Authority();
  const certificate = made.issue('failures', 'IP:127.0.0.1');
  const closed: string[] = [];
  const server = await serve('tls://127.0.0.1:0', {
    codec: text,
    tls: { ...certificate, ...options(made) },
    closed: (_session, cause) => closed.push(cause.code),
  });
  t.after(() => server.destroy());
  const { port } = server.endpoint as { port: number };
  const dial = (given: tls.ConnectionOptions) =>
    tls.connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ...given }).on('error', () => {});
  /** The code with which the link of this client ends. */
  const ends = async (given: tls.ConnectionOptions) => {
    const count = closed.length;
    const socket = dial(given);
    await eventually(() => closed.length > count, 'the link ends');
    socket.destroy();
    return closed.at(-1);
  };
  return { authority: made, certificate, server, port, closed, dial, ends };
}

/** Without a passphrase, as Authority writes it. */
const pair = async ({ cert, key }: { cert: string; key: string }) => {
  return { cert: await readFile(cert), key: await readFile(key) };
};

describe('what fails in a TLS handshake', () => {
  it('has a code for versions and ciphers', async (t) => {
    if (!requirePeer(t, 'openssl')) return;
    const { ends } = await listening(t, () => ({ minVersion: 'TLSv1.3' }));
    assert.equal(await ends({ maxVersion: 'TLSv1.2' }), 'TLS_VERSION_MISMATCH');
    const older = await listening(t, () => ({}));
    const rsaOnly = { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-RSA-AES128-GCM-SHA256' } as const;
    assert.equal(await older.ends(rsaOnly), 'TLS_CIPHER_MISMATCH', 'our certificate is one of EC');
  });

  it('tells that the client refused our certificate, at once', async (t) => {
    if (!requirePeer(t, 'curl')) return;
    const { port, closed } = await listening(t, () => ({}));
    for (const version of ['1.2', '1.3']) {
      for (let i = 0; i < 5; i++) {
        const count = closed.length;
        execFile('curl', ['-s', '--tls-max', version, `https://127.0.0.1:${port}/`], () => {});
        await eventually(() => closed.length > count, 'the link ends');
      }
    }
    assert.deepEqual([...new Set(closed)], ['TLS_CERTIFICATE_REFUSED']);
  });

  it('has a code for what is wrong with the certificate of a client', async (t) => {
    if (!requirePeer(t, 'openssl')) return;
    const { authority, ends } = await listening(t, ({ ca, folder }) => {
      const [self, key] = [join(folder, 'self.pem'), join(folder, 'self.key')];
      const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
      execFileSync('openssl', ['req', '-x509', ...ec, '-keyout', key, '-out', self, '-subj', '/CN=self'], {
        stdio: 'ignore',
      });
      return { ca: ca.cert, clients: 'require' };
    });
    using other = new Authority();
    const self = { cert: join(authority.folder, 'self.pem'), key: join(authority.folder, 'self.key') };
    assert.equal(await ends({}), 'TLS_CERTIFICATE_MISSING');
    assert.equal(await ends(await pair(self)), 'TLS_CERTIFICATE_SELF_SIGNED');
    assert.equal(await ends(await pair(other.issue('stranger', 'DNS:x'))), 'TLS_AUTHORITY_UNKNOWN');
    assert.equal(await ends(await pair(authority.issue('old', 'DNS:x', -1))), 'TLS_CERTIFICATE_EXPIRED');
    const early = authority.issue('early', 'DNS:x', 30, 2);
    assert.equal(await ends(await pair(early)), 'TLS_CERTIFICATE_NOT_YET_VALID');
  });

  it('has a code for what a server says to our client', async (t) => {
    if (!requirePeer(t, 'openssl')) return;
    made ??= new Authority();
    const { ca } = made;
    const wants = ['-CAfile', ca.cert, '-Verify', '1', '-verify_return_error'];
    for (const [{ cert, key }, options, code] of [
      [made.issue('server', 'DNS:localhost'), wants, 'TLS_CERTIFICATE_WANTED'],
      [made.issue('soon', 'DNS:localhost', 30, 2), [], 'TLS_CERTIFICATE_NOT_YET_VALID'],
    ] as const) {
      const port = await freePort();
      const args = ['s_server', '-accept', `127.0.0.1:${port}`, '-cert', cert, '-key', key, ...options];
      const server = spawn('openssl', args, { stdio: ['pipe', 'pipe', 'ignore'] });
      t.after(() => server.kill());
      await once(server.stdout, 'data'); // it accepts
      const client = connect(`tls://127.0.0.1:${port}`, {
        codec: text,
        tls: { ca: made.ca.cert, servername: 'localhost' },
        reconnect: false,
      });
      t.after(() => client.destroy());
      const end = async () => {
        await client.ready();
        for await (const _ of client.batches()); // what a server of TLS 1.3 refuses ends the link after the handshake
        throw client.cause ?? new Error('it ended well');
      };
      await assert.rejects(end, { code }, code);
    }
  });

  it('refuses a revoked certificate, and any where the list is missing', async (t) => {
    if (!requirePeer(t, 'openssl')) return;
    made ??= new Authority();
    const stolen = made.issue('stolen', 'DNS:stolen');
    const crl = revoked(made, stolen.cert);
    const { authority, ends, dial, server } = await listening(t, ({ ca }) => ({
      ca: ca.cert,
      crl,
      clients: 'require',
    }));
    assert.equal(await ends(await pair(stolen)), 'TLS_CERTIFICATE_REVOKED');
    const good = dial(await pair(authority.issue('good', 'DNS:good')));
    await eventually(() => server.stats().active === 1, 'the other is let in');
    good.destroy();
    using other = new Authority();
    const strange = revoked(other, other.issue('any', 'DNS:any').cert);
    const mismatched = await listening(t, ({ ca }) => ({ ca: ca.cert, crl: strange, clients: 'require' }));
    const certificate = await pair(authority.issue('unlisted', 'DNS:unlisted'));
    assert.equal(await mismatched.ends(certificate), 'TLS_CERTIFICATE_INVALID');
  });
});

describe('Server.renewCertificates()', () => {
  fault(
    {
      name: 'The certificate of a listener is swapped while it runs, once for an unusable one',
      where: 'certificate',
      happens:
        'New links see the new certificate, open ones go on. An unusable one is refused, and the earlier stays in use.',
      code: 'TLS_MATERIAL_INVALID',
    },
    async (t) => {
      if (!requirePeer(t, 'openssl')) return;
      const { authority, certificate, server, dial } = await listening(t, (from) => ({
        sni: { 'named.test': from.issue('named', 'DNS:named.test') },
      }));
      const shown = async (servername?: string) => {
        const socket = dial(servername === undefined ? {} : { servername });
        await new Promise((resolve) => socket.once('secureConnect', resolve));
        const name = socket.getPeerX509Certificate()?.subject;
        return { socket, name: /CN=(.*)/.exec(name ?? '')?.[1] };
      };
      const early = await shown();
      assert.equal(early.name, 'failures');
      assert.equal(await server.renewCertificates(), false, 'nothing has changed');

      const renewed = authority.issue('renewed', 'IP:127.0.0.1');
      await copyFile(renewed.cert, certificate.cert);
      await assert.rejects(
        server.renewCertificates(),
        { code: 'TLS_MATERIAL_INVALID' },
        'the key is still the old one',
      );
      assert.equal((await shown()).name, 'failures');
      await copyFile(renewed.key, certificate.key);
      assert.equal(await server.renewCertificates(), true);
      assert.equal((await shown()).name, 'renewed');

      const named = authority.issue('named-again', 'DNS:named.test');
      await copyFile(named.cert, join(authority.folder, 'named.pem'));
      await copyFile(named.key, join(authority.folder, 'named.key'));
      assert.equal((await shown('named.test')).name, 'named');
      assert.equal(await server.renewCertificates(), true);
      assert.equal((await shown('named.test')).name, 'named-again');
      assert.equal(early.socket.destroyed, false, 'open links stay');
    },
  );

  it('does not resume the session of a client whose authority is no longer trusted', async (t) => {
    if (!requirePeer(t, 'openssl')) return;
    using other = new Authority();
    const bundle = join(other.folder, 'trusted.pem');
    await copyFile(other.ca.cert, bundle);
    const { authority, server, dial, ends } = await listening(t, () => ({ ca: bundle, clients: 'require' }));
    const client = await pair(other.issue('leaver', 'DNS:leaver'));
    const first = dial(client);
    const session = await new Promise<Buffer>((resolve) => first.once('session', resolve));
    first.destroy();
    await copyFile(authority.ca.cert, bundle);
    assert.equal(await server.renewCertificates(), true);
    assert.equal(await ends({ ...client, session }), 'TLS_AUTHORITY_UNKNOWN');
  });

  it('refuses a file of authorities that holds none', async (t) => {
    if (!requirePeer(t, 'openssl')) return;
    made ??= new Authority();
    const empty = join(made.folder, 'empty.pem');
    await writeFile(empty, '# none\n');
    const tls = { ...made.issue('none', 'IP:127.0.0.1'), ca: empty };
    await assert.rejects(serve('tls://127.0.0.1:0', { codec: text, tls }), { code: 'TLS_MATERIAL_INVALID' });
  });
});

/** A list of revoked certificates of the authority that holds this one. */
function revoked({ folder, ca }: Authority, cert: string): string {
  const config = join(folder, 'ca.cnf');
  const out = join(folder, 'revoked.crl');
  const settings = `[ca]\ndefault_ca=c\n[c]\ndatabase=${folder}/index\ndefault_md=sha256\ndefault_crl_days=9\n`;
  execFileSync('sh', ['-c', `printf '%s' "$0" > "${config}" && : > "${folder}/index"`, settings]);
  const by = ['ca', '-config', config, '-keyfile', ca.key, '-cert', ca.cert];
  execFileSync('openssl', [...by, '-revoke', cert], { stdio: 'ignore' });
  execFileSync('openssl', [...by, '-gencrl', '-out', out], { stdio: 'ignore' });
  return out;
}
