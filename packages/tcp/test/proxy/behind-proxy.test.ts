/** A listener behind proxies: who may say what, and what a real proxy says. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it, type TestContext } from 'node:test';
import tls from 'node:tls';
import { Authority, eventually, fault, freePort, requirePeer } from '@fairlead/testkit';
import { type ServeOptions, serve } from '../../src/index.ts';
import { text } from '../text-codec.ts';

const HEADER = 'PROXY TCP4 203.0.113.9 192.0.2.1 4711 443\r\n';
let made: Authority | undefined;
after(() => made?.[Symbol.dispose]());

async function listening(t: TestContext, options: Partial<ServeOptions<string, string, undefined>>) {
  const seen: string[] = [];
  const closed: string[] = [];
  const endpoint = options.tls === undefined ? 'tcp://127.0.0.1:0' : 'tls://127.0.0.1:0';
  const server = await serve<string, string, undefined>(endpoint, {
    codec: text,
    proxy: { trusted: ['127.0.0.1'] },
    frames: (session, batch) => {
      for (const frame of batch) {
        seen.push(`${session.remote} ${frame}`);
        session.send(`re ${frame}`);
      }
    },
    closed: (_session, cause) => closed.push(cause.code),
    ...options,
  });
  t.after(() => server.destroy());
  const { port } = server.endpoint as { port: number };
  const dial = async () => {
    const socket = net.connect(port, '127.0.0.1').on('error', () => {});
    await once(socket, 'connect');
    return socket;
  };
  const ends = async (...pieces: string[]) => {
    const count = closed.length;
    const socket = await dial();
    for (const piece of pieces) socket.write(piece, 'latin1');
    await eventually(() => closed.length > count, 'the link ends');
    socket.destroy();
    return closed.at(-1);
  };
  return { server, port, seen, closed, dial, ends };
}

describe('serve() with "proxy"', () => {
  it('takes the address from the header, glued to data or in pieces', async (t) => {
    const { dial, seen } = await listening(t, {});
    (await dial()).write(`${HEADER}one\n`);
    await eventually(() => seen.length === 1, 'the glued frame');
    const slow = await dial();
    slow.setNoDelay(true);
    for (const byte of `${HEADER}tw`) {
      slow.write(byte);
      await new Promise(setImmediate);
    }
    slow.write('o\n');
    await eventually(() => seen.length === 2, 'the frame in pieces');
    assert.deepEqual(seen, ['203.0.113.9:4711 one', '203.0.113.9:4711 two']);
  });

  fault(
    {
      name: 'A stranger sends a PROXY header; a proxy sends none, a wrong one, or half of one',
      where: 'proxy',
      happens: 'The link is closed, and nothing of it is read as data.',
      code: ['PROXY_HEADER_UNTRUSTED', 'PROXY_HEADER_MISSING', 'PROXY_HEADER_INVALID', 'HANDSHAKE_TIMEOUT'],
    },
    async (t) => {
      const proxy = await listening(t, { limits: { handshake: 200 } });
      assert.equal(await proxy.ends('hello\n'), 'PROXY_HEADER_MISSING');
      assert.equal(await proxy.ends('PROXY TCP5 '.padEnd(200, 'x')), 'PROXY_HEADER_INVALID');
      assert.equal(await proxy.ends('PROXY TCP4 1.2.3.4'), 'HANDSHAKE_TIMEOUT');
      assert.equal(await proxy.ends(), 'HANDSHAKE_TIMEOUT');
      (await proxy.dial()).end();
      await eventually(
        () => proxy.closed.at(-1) === 'PEER_CLOSED',
        'a check that only connects ends quietly',
      );
      const stranger = await listening(t, { proxy: { trusted: ['10.0.0.0/8'] } });
      assert.equal(await stranger.ends(`${HEADER}hello\n`), 'PROXY_HEADER_UNTRUSTED');
      assert.equal(await stranger.ends('\r\n\r\n\0\r\nQUIT\n\x21\x11\0\0'), 'PROXY_HEADER_UNTRUSTED');
      assert.deepEqual([proxy.seen, stranger.seen], [[], []]);
      await assert.rejects(listening(t, { proxy: { trusted: ['all'] } }), { code: 'OPTION_INVALID' });
    },
  );

  it('lets others connect for themselves, and proxies too where no header is required', async (t) => {
    for (const proxy of [{ trusted: ['10.0.0.0/8'] }, { trusted: ['127.0.0.1'], required: false }]) {
      const { dial, seen } = await listening(t, { proxy });
      (await dial()).write('PROX is not a header\n');
      await eventually(() => seen.length === 1, 'its frame');
      assert.match(seen[0] ?? '', /^127\.0\.0\.1:\d+ PROX is not a header$/);
      const mute = await dial();
      mute.write('P');
      await new Promise((resolve) => setTimeout(resolve, 1_200)); // the silence after which it goes on
      mute.write('ROXY TCP4 203.0.113.9 192.0.2.1 4711 443\r\n');
      await eventually(() => seen.length === 2, 'its frame');
      assert.match(seen[1] ?? '', /^127\.0\.0\.1:\d+ PROXY TCP4/, 'it is data now, and changes no address');
    }
  });

  it('checks the address of the client, not that of the proxy', async (t) => {
    const { dial, ends, server, seen } = await listening(t, {
      deny: ['203.0.113.0/24', '127.0.0.0/8'],
      limits: { perAddress: 1 },
      accept: async (session) => void (await session.receive()) as undefined,
    });
    assert.equal(await ends(HEADER, 'x\n'), 'ADDRESS_DENIED');
    const other = 'PROXY TCP4 198.51.100.7 192.0.2.1 1 443\r\n';
    const first = await dial();
    first.write(other);
    await eventually(() => server.stats().handshaking === 1, 'its handshake');
    assert.equal(await ends(other), 'TOO_MANY_FROM_ADDRESS');
    first.write('login\nhello\n');
    await eventually(() => seen.length === 1, 'its frame');
    assert.deepEqual(seen, ['198.51.100.7:1 hello']);
    assert.deepEqual(server.stats().refused, { ADDRESS_DENIED: 1, TOO_MANY_FROM_ADDRESS: 1 });
    assert.equal((await dial()).write(other), true, 'the count of the first is over');
    await eventually(() => server.stats().handshaking === 1, 'the next handshake');
  });

  it('stands behind HAProxy, with both versions, with and without TLS', async (t) => {
    if (!requirePeer(t, 'haproxy') || !requirePeer(t, 'openssl')) return;
    made ??= new Authority();
    const certificate = made.issue('behind', 'IP:127.0.0.1');
    const ca = readFileSync(made.ca.cert);
    for (const secure of [false, true]) {
      const { port, seen } = await listening(t, secure ? { tls: certificate } : {});
      const ports = await startHaproxy(t, port);
      for (const at of ports) {
        const socket = secure
          ? tls.connect({ host: '127.0.0.1', port: at, ca })
          : net.connect(at, '127.0.0.1');
        socket.on('error', () => {});
        socket.write('hello\n');
        const [answer] = await once(socket, 'data');
        assert.equal(String(answer), 're hello\n');
        assert.equal(
          seen.pop(),
          `127.0.0.1:${socket.localPort} hello`,
          'the port of the client, not of HAProxy',
        );
        socket.destroy();
      }
    }
  });
});

/** Two ports of an HAProxy: send-proxy and send-proxy-v2. */
async function startHaproxy(t: TestContext, to: number): Promise<number[]> {
  const folder = mkdtempSync(join(tmpdir(), 'fairlead-haproxy-'));
  const ports = [await freePort(), await freePort()];
  const sections = ['send-proxy', 'send-proxy-v2-ssl proxy-v2-options unique-id,crc32c'].map(
    (how, i) =>
      `listen l${i}\n  bind 127.0.0.1:${ports[i]}\n  unique-id-format %ci-%cp\n  server s 127.0.0.1:${to} ${how}\n`,
  );
  const file = join(folder, 'haproxy.cfg');
  const times = 'timeout connect 5s\n  timeout client 30s\n  timeout server 30s';
  writeFileSync(file, `global\n  maxconn 100\ndefaults\n  mode tcp\n  ${times}\n${sections.join('')}`);
  const program = spawn('haproxy', ['-db', '-f', file], { stdio: 'ignore' });
  t.after(() => {
    program.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });
  for (const port of ports)
    await eventually(
      () =>
        new Promise<boolean>((resolve) => {
          const probe = net.connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
          probe.once('connect', () => probe.destroy());
        }),
      'HAProxy accepts',
    );
  return ports;
}
