/** Dialled devices over real TLS, with a private authority. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createServer, type TlsOptions } from 'node:tls';
import { systemClock } from '@fairlead/core';
import { Authority, type Certificate, eventually } from '@fairlead/testkit';
import type { GatewayOptions, Profile } from '../../src/index.ts';
import { type TestDevice, world } from '../harness.ts';

const authority = new Authority();
const own = authority.issue('device', 'IP:127.0.0.1');
const client = authority.issue('gateway', 'DNS:gateway');
after(() => authority[Symbol.dispose]());

const PROFILE: Profile = {
  id: 'profile:scope',
  name: 'scope',
  framing: 'line',
  direction: 'dials',
  identity: { by: 'none' },
};

/** A device that says `hello` to whoever completes the handshake. */
async function device(certificate: Certificate = own, options: TlsOptions = {}) {
  const names: unknown[] = [];
  const server = createServer(
    { cert: readFileSync(certificate.cert), key: readFileSync(certificate.key), ...options },
    (socket) => {
      names.push(socket.getPeerCertificate().subject?.CN);
      socket.on('error', () => {}).write('hello\n');
    },
  );
  server.on('tlsClientError', () => {}).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { port, names, close: () => server.close() };
}

/** What comes of a device at this address: a reading, or the code in the log. */
async function outcome(address: string, dialTls: GatewayOptions['dialTls'] = {}): Promise<string> {
  const scope: TestDevice = { name: 'd', protocol: 'profile', endpoint: address, profile: PROFILE };
  const w = await world([scope], { clock: systemClock, dial: undefined as never, dialTls });
  try {
    w.gateway.dial();
    const failure = () => w.logged.find((line) => line.includes('not connected'))?.split(' ')[1];
    await eventually(() => w.uplinks.length > 0 || failure() !== undefined, 'an outcome');
    return w.uplinks.length > 0 ? 'hello' : (failure() as string);
  } finally {
    await w.gateway.close();
  }
}

test('the authority is that of the address, else the one for all, else those of the system', async (t) => {
  const { port, close } = await device();
  t.after(close);
  const { cert: ca } = authority.ca;
  assert.equal(await outcome(`tls://127.0.0.1:${port}?ca=${ca}`), 'hello');
  assert.equal(await outcome(`tls://127.0.0.1:${port}`, { ca }), 'hello');
  assert.equal(await outcome(`tls://127.0.0.1:${port}`), 'TLS_AUTHORITY_UNKNOWN');
  using other = new Authority();
  assert.equal(
    await outcome(`tls://127.0.0.1:${port}?ca=${other.ca.cert}`, { ca }),
    'TLS_AUTHORITY_UNKNOWN',
    'the address comes before',
  );
  assert.equal(await outcome(`tls://127.0.0.1:${port}?ca=${ca}`, { ca: other.ca.cert }), 'hello');
});

test('the name of the certificate is that of the host, or the one that the address says', async (t) => {
  const { port, close } = await device(authority.issue('named', 'DNS:scope.lab'));
  t.after(close);
  const { cert: ca } = authority.ca;
  assert.equal(await outcome(`tls://127.0.0.1:${port}?ca=${ca}`), 'TLS_NAME_MISMATCH');
  assert.equal(await outcome(`tls://127.0.0.1:${port}?ca=${ca}&serverName=scope.lab`), 'hello');
  assert.equal(await outcome(`tls://127.0.0.1:${port}?ca=${ca}&serverName=other.lab`), 'TLS_NAME_MISMATCH');
});

test('a device that wants a certificate gets the own one', async (t) => {
  const { cert: ca } = authority.ca;
  const { port, names, close } = await device(own, { ca: readFileSync(ca), requestCert: true });
  t.after(close);
  const { cert, key } = client;
  assert.equal(await outcome(`tls://127.0.0.1:${port}?ca=${ca}&cert=${cert}&key=${key}`), 'hello');
  assert.equal(await outcome(`tls://127.0.0.1:${port}?ca=${ca}`, { cert, key }), 'hello');
  assert.deepEqual(names, ['gateway', 'gateway']);

  // With TLS 1.3 a device refuses after the handshake: the link is open for a moment.
  const scope: TestDevice = {
    name: 'd',
    protocol: 'profile',
    endpoint: `tls://127.0.0.1:${port}?ca=${ca}`,
    profile: PROFILE,
  };
  const w = await world([scope], { clock: systemClock, dial: undefined as never });
  t.after(() => w.gateway.close());
  w.gateway.dial();
  await eventually(() => w.gateway.links().some(({ code }) => code === 'TLS_CERTIFICATE_WANTED'), 'refused');
  assert.deepEqual([w.uplinks.length, names.length], [0, 2]);
});

test('each failure has its code, and files are read again for the next attempt', async (t) => {
  const { cert: ca } = authority.ca;
  const expired = await device(authority.issue('old', 'IP:127.0.0.1', -1));
  t.after(expired.close);
  assert.equal(await outcome(`tls://127.0.0.1:${expired.port}?ca=${ca}`), 'TLS_CERTIFICATE_EXPIRED');
  const plain = createTcpServer((socket) => socket.on('error', () => {}).end('220 hello\r\n')).listen(
    0,
    '127.0.0.1',
  );
  await once(plain, 'listening');
  t.after(() => plain.close());
  assert.match(await outcome(`tls://127.0.0.1:${(plain.address() as AddressInfo).port}?ca=${ca}`), /^TLS_/);

  const { port, close } = await device();
  t.after(close);
  const file = join(authority.folder, 'later.pem');
  const scope: TestDevice = {
    name: 'd',
    protocol: 'profile',
    endpoint: `tls://127.0.0.1:${port}?ca=${file}`,
    profile: PROFILE,
  };
  const w = await world([scope], { clock: systemClock, dial: undefined as never });
  t.after(() => w.gateway.close());
  w.gateway.dial();
  await eventually(() => w.logged.join('\n').includes('TLS_MATERIAL_INVALID'), 'the file is missing');
  writeFileSync(file, readFileSync(ca));
  await eventually(() => w.uplinks.length > 0, 'connected');
});
