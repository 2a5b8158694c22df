import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { join } from 'node:path';
import { after, describe, it, type TestContext } from 'node:test';
import { Authority, eventually, fault, freePort, requirePeer } from '@fairlead/testkit';
import {
  type ClientOptions,
  connect,
  type ServeOptions,
  type Server,
  type Session,
  serve,
} from '../../src/index.ts';
import { text } from '../text-codec.ts';

type Echo = Session<string, string, undefined>;
let made: Authority | undefined;
after(() => made?.[Symbol.dispose]());

/** The authority and its certificates, made once. */
function plant() {
  made ??= new Authority();
  const authority = made;
  return { authority, ca: authority.ca.cert };
}

async function echo(
  tls: ServeOptions<string, string, undefined>['tls'],
  options: Partial<ServeOptions<string, string, undefined>> = {},
) {
  const closed: string[] = [];
  const sessions: Echo[] = [];
  const server: Server<string, string, undefined> = await serve('tls://127.0.0.1:0', {
    codec: text,
    tls,
    accept: (session) => void sessions.push(session) as undefined,
    frames: (session, batch) => {
      for (const frame of batch) session.send(`re ${frame}`);
    },
    closed: (_session, cause) => void closed.push(cause.code),
    ...options,
  });
  const { port } = server.endpoint as { port: number };
  const dial = (tls: ClientOptions<string, string>['tls'], host = '127.0.0.1') =>
    connect<string>(`tls://${host}:${port}`, {
      codec: text,
      tls,
      reconnect: false,
      lookup: async () => [{ address: '127.0.0.1', family: 4 }],
    });
  return { server, port, dial, closed, sessions };
}

describe('tls://', () => {
  it('carries frames both ways, and half-closes and resets as TCP does', async (t) => {
    if (!requirePeer(t, 'openssl')) return;
    const { authority, ca } = plant();
    const { server, dial, closed, sessions } = await echo(authority.issue('one', 'IP:127.0.0.1'));
    const client = dial({ ca });
    assert.equal(await client.request('hello'), 're hello');
    assert.match(server.address, /^tls:/);
    assert.equal(client.peer?.commonName, 'one');
    assert.equal(client.peer?.authorized, true);
    assert.equal(sessions[0]?.peer, undefined, 'nobody asked the client');
    const large = 'x'.repeat(300_000);
    assert.equal(await client.request(large), `re ${large}`);
    await client.close();
    await eventually(() => closed.length === 1, 'the session ends');
    assert.deepEqual(closed, ['PEER_CLOSED']);
    const other = dial({ ca });
    await other.ready();
    await eventually(() => sessions.length === 2, 'the session begins');
    const ended = once(other, 'state');
    sessions[1]?.close();
    assert.equal((await ended)[0].cause?.code, 'PEER_CLOSED');
    await server.close();
  });

  fault(
    {
      name: 'A server shows a certificate that is self-signed, expired, or of another name',
      where: 'certificate',
      happens:
        'The client ends the link before it sends anything. The message names the certificate and what is wrong with it.',
      code: ['TLS_AUTHORITY_UNKNOWN', 'TLS_CERTIFICATE_EXPIRED', 'TLS_NAME_MISMATCH'],
    },
    async (t) => {
      if (!requirePeer(t, 'openssl')) return;
      const { authority, ca } = plant();
      const cases = [
        ['TLS_AUTHORITY_UNKNOWN', authority.issue('unknown', 'IP:127.0.0.1'), undefined, /trusted authority/],
        ['TLS_CERTIFICATE_EXPIRED', authority.issue('expired', 'IP:127.0.0.1', -1), { ca }, /has expired/],
        [
          'TLS_NAME_MISMATCH',
          authority.issue('other', 'DNS:elsewhere.test'),
          { ca },
          /is not for "127.0.0.1"/,
        ],
      ] as const;
      for (const [code, certificate, tls, message] of cases) {
        const { server, dial } = await echo(certificate);
        await assert.rejects(dial(tls).ready(), { code, message });
        if (code !== 'TLS_CERTIFICATE_EXPIRED') {
          const trusting = dial({ ...tls, rejectUnauthorized: false });
          assert.equal(await trusting.request('x'), 're x');
          assert.equal(trusting.peer?.authorized, false);
          await trusting.close();
        }
        await server.destroy();
      }
    },
  );

  it('ends at once when the client refuses the certificate, or closes before it has sent anything', async (t) => {
    if (!requirePeer(t, 'openssl')) return;
    const { authority } = plant();
    const { server, port, dial, closed } = await echo(authority.issue('refused', 'IP:127.0.0.1'));
    await assert.rejects(dial(undefined).ready(), { code: 'TLS_AUTHORITY_UNKNOWN' });
    await eventually(() => closed.length === 1, 'the refused session ends');
    const mute = net.connect(port, '127.0.0.1').resume();
    await once(mute, 'connect');
    mute.end();
    await eventually(() => closed.length === 2, 'the mute session ends');
    for (const code of closed) assert.match(code, /^(TLS_HANDSHAKE_FAILED|PEER_CLOSED|PEER_RESET)$/);
    assert.equal(server.sessions.size, 0);
    await server.destroy();
  });

  it('shows the certificate that belongs to the name', async (t) => {
    if (!requirePeer(t, 'openssl')) return;
    const { authority, ca } = plant();
    const { server, dial } = await echo({
      ...authority.issue('first', 'DNS:first.test,IP:127.0.0.1'),
      sni: {
        'plc.test': authority.issue('plc', 'DNS:plc.test'),
        '*.line.test': authority.issue('line', 'DNS:*.line.test'),
      },
    });
    for (const [host, name] of [
      ['plc.test', 'plc'],
      ['PLC.test', 'plc'],
      ['seven.line.test', 'line'],
      ['first.test', 'first'],
      ['127.0.0.1', 'first'],
    ] as const) {
      const client = dial({ ca }, host);
      await client.ready();
      assert.equal(client.peer?.commonName, name, host);
      await client.close();
    }
    const client = dial({ ca, servername: 'plc.test' });
    await client.ready();
    assert.equal(client.peer?.commonName, 'plc');
    await client.close();
    await server.close();
  });

  it('knows a client by its certificate, and lets in no other where it must', async (t) => {
    if (!requirePeer(t, 'openssl')) return;
    const { authority, ca } = plant();
    const own = authority.issue('server', 'IP:127.0.0.1');
    const plc = authority.issue('plc-7', 'DNS:plc-7.test,URI:spiffe://plant/plc-7');
    const { server, dial, closed, sessions } = await echo({ ...own, ca, clients: 'require' });
    const known = dial({ ca, ...plc });
    assert.equal(await known.request('x'), 're x');
    const peer = sessions[0]?.peer;
    assert.equal(peer?.commonName, 'plc-7');
    assert.match(peer?.subject ?? '', /O=Plant/);
    assert.deepEqual(peer?.alternativeNames, ['DNS:plc-7.test', 'URI:spiffe://plant/plc-7']);
    assert.match(peer?.fingerprint ?? '', /^[0-9a-f]{64}$/);
    assert.ok(peer?.authorized && peer.validUntil > Date.now());
    await known.close();
    await eventually(() => closed.length === 1, 'it has gone');
    for (const [tls, code] of [
      [{ ca }, 'TLS_CERTIFICATE_MISSING'],
      [{ ca, ...authority.issue('old', 'DNS:old.test', -1) }, 'TLS_CERTIFICATE_EXPIRED'],
    ] as const) {
      const stranger = dial(tls);
      await assert.rejects(stranger.request('x'));
      await eventually(() => closed.length >= 2, code);
      assert.equal(closed.pop(), code);
    }
    assert.equal(sessions.length, 1, 'a stranger never reaches the program');
    await server.close();
  });

  it('refuses before it spends cryptography, and times the TLS handshake with the rest', async (t) => {
    if (!requirePeer(t, 'openssl')) return;
    const { authority } = plant();
    const certificate = authority.issue('timed', 'IP:127.0.0.1');
    const { server, port, closed } = await echo(certificate, { limits: { handshake: 100, perAddress: 1 } });
    const silent = net.connect(port, '127.0.0.1');
    await once(silent, 'connect');
    await eventually(() => server.sessions.size === 1, 'it is counted');
    net.connect(port, '127.0.0.1').on('error', () => {});
    await eventually(() => closed.length === 2, 'both have gone');
    assert.deepEqual(closed, ['TOO_MANY_FROM_ADDRESS', 'HANDSHAKE_TIMEOUT']);
    const plain = net.connect(port, '127.0.0.1').on('error', () => {});
    plain.write('GET / HTTP/1.1\r\n\r\n');
    await eventually(() => closed.length === 3, 'it has gone');
    assert.equal(closed[2], 'TLS_PLAIN_TEXT');
    const gone = net.connect(port, '127.0.0.1', () => gone.resetAndDestroy()).on('error', () => {});
    await eventually(() => closed.length === 4, 'it has gone');
    assert.match(closed[3] ?? '', /^(TLS_HANDSHAKE_FAILED|PEER_RESET|PEER_CLOSED)$/);
    assert.equal(server.sessions.size, 0);
    await server.close();
  });

  it('tells a server that does not speak TLS, or goes away in the middle', async (t) => {
    if (!requirePeer(t, 'openssl')) return;
    for (const answer of ['plain text\n', undefined]) {
      const bare = net.createServer((socket) => {
        socket.on('error', () => {});
        socket.once('data', () => (answer === undefined ? socket.destroy() : socket.write(answer)));
      });
      await once(bare.listen(0, '127.0.0.1'), 'listening');
      const { port } = bare.address() as net.AddressInfo;
      const client = connect(`tls://127.0.0.1:${port}`, { codec: text, reconnect: false });
      const code = answer === undefined ? /^(TLS_HANDSHAKE_FAILED|PEER_RESET)$/ : /^TLS_PLAIN_TEXT$/;
      await assert.rejects(client.ready(), (error: { code: string }) => code.test(error.code));
      bare.close();
    }
  });

  it('takes PEM as text, bytes or path, and says which is wrong', async (t) => {
    if (!requirePeer(t, 'openssl')) return;
    const { authority, ca } = plant();
    const { cert, key } = authority.issue('forms', 'IP:127.0.0.1');
    const { server, dial } = await echo({ cert: await readFile(cert, 'utf8'), key: await readFile(key) });
    const client = dial({ ca: [await readFile(ca)] });
    await client.ready();
    await client.close();
    await server.close();
    await assert.rejects(echo({ cert, key: '/nowhere/key.pem' }), {
      code: 'TLS_MATERIAL_INVALID',
      message: /key cannot be used: \/nowhere\/key.pem: ENOENT/,
    });
    const wrong = join(authority.folder, 'wrong.pem');
    await writeFile(wrong, 'not PEM');
    await assert.rejects(echo({ cert: wrong, key }), { code: 'TLS_MATERIAL_INVALID' });
    await assert.rejects(echo(undefined), { code: 'OPTION_INVALID', message: /certificate/ });
    const hopeless = connect('tls://127.0.0.1:1', { codec: text, tls: { ca: '/nowhere' } });
    await assert.rejects(hopeless.ready(), { code: 'TLS_MATERIAL_INVALID' }, 'no use in trying again');
  });

  it('speaks with openssl s_client and s_server', async (t: TestContext) => {
    if (!requirePeer(t, 'openssl')) return;
    const { authority, ca } = plant();
    const own = authority.issue('interop', 'IP:127.0.0.1');
    const { server, port } = await echo(own);
    const args = [
      's_client',
      '-connect',
      `127.0.0.1:${port}`,
      '-CAfile',
      ca,
      '-verify_return_error',
      '-quiet',
    ];
    const program = spawn('openssl', args, { stdio: ['pipe', 'pipe', 'ignore'] });
    let said = '';
    program.stdout.on('data', (chunk) => {
      said += chunk;
    });
    program.stdin.write('from openssl\n');
    await eventually(() => said === 're from openssl\n', 'its answer');
    program.kill();
    await server.destroy();

    const at = await freePort();
    const peer = spawn(
      'openssl',
      ['s_server', '-accept', String(at), '-cert', own.cert, '-key', own.key, '-rev', '-quiet'],
      {
        stdio: 'ignore',
      },
    );
    const client = connect<string>(`tls://127.0.0.1:${at}`, {
      codec: text,
      tls: { ca },
      reconnect: { min: 20, max: 100 },
    });
    assert.equal(await client.request('stressed'), 'desserts');
    await client.close();
    peer.kill();
  });
});
