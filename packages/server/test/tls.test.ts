/** TLS on every port of the service, and devices that are known by their certificates. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { connect as connectPlain } from 'node:net';
import { join } from 'node:path';
import { after, describe, type TestContext, test } from 'node:test';
import { type ConnectionOptions, connect } from 'node:tls';
import { promisify } from 'node:util';
import { Authority, eventually, requirePeer } from '@fairlead/testkit';
import { type Running, scratch, start } from './running.ts';

let made: Authority | undefined;
after(() => made?.[Symbol.dispose]());

const portOf = (address: string) => Number(address.slice(address.lastIndexOf(':') + 1));
const packet = (command: number, payload: string) => {
  const body = Buffer.from(payload);
  const head = Buffer.from([0x54, 0x50, 0, command, 0, 0, 0, 0]);
  head.writeUInt32BE(body.length, 4);
  return Buffer.concat([head, body]);
};

async function service(t: TestContext, yaml: (files: { own: string; ca: string }) => string) {
  made ??= new Authority();
  const { dir, remove } = scratch();
  const { cert, key } = made.issue('fairlead', 'IP:127.0.0.1,DNS:localhost');
  for (const [from, to] of [
    [cert, 'own.pem'],
    [key, 'own.key'],
    [made.ca.cert, 'ca.pem'],
  ] as const)
    copyFileSync(from, join(dir, to));
  writeFileSync(join(dir, 'fairlead.yaml'), yaml({ own: 'cert: own.pem, key: own.key', ca: 'ca: ca.pem' }));
  const running = await start(dir);
  t.after(async () => {
    await running.service.close();
    remove();
  });
  const { addresses } = running.service;
  const dial = (listener: string, options: ConnectionOptions = {}) => {
    const at = addresses.listeners[listener] as string;
    const socket = connect({
      host: '127.0.0.1',
      port: portOf(at),
      ca: readFileSync(join(dir, 'ca.pem')),
      ...options,
    });
    t.after(() => socket.destroy());
    return socket.on('error', () => {});
  };
  return { running, dir, dial, addresses, authority: made };
}

const pair = ({ cert, key }: { cert: string; key: string }) => ({
  cert: readFileSync(cert),
  key: readFileSync(key),
});
type Pair = ReturnType<typeof pair>;
const codes = ({ service }: Running) => service.gateway.links().flatMap(({ code }) => code ?? []);

describe('listeners.NAME.tls', () => {
  test('carries both protocols with their tokens', async (t) => {
    if (!requirePeer(t, 'openssl')) return;
    const { running, dial, addresses } = await service(
      t,
      ({ own }) => `listeners: {official: {tls: {${own}}}}`,
    );
    assert.match(addresses.listeners.official ?? '', /^tls:\/\/127\.0\.0\.1:\d+$/);
    const silent = connectPlain(portOf(addresses.listeners.official as string), '127.0.0.1');
    t.after(() => silent.destroy());
    await eventually(
      () => running.service.gateway.counters().linksOpened.get('official') === 1,
      'a link whose handshake does not come is counted with the unauthenticated ones',
    );
    const { token } = (await running.call('POST', '/api/v1/devices', { name: 'plc', protocol: 'official' }))
      .json;
    const socket = dial('official');
    socket.write(Buffer.concat([packet(0, token), packet(1, '{"celsius":20}')]));
    await eventually(
      async () => (await running.call('GET', '/api/v1/devices/plc')).json.values?.celsius !== undefined,
      'its value',
    );
  });

  test('knows devices by their certificates, without a token, and refuses others by code', async (t) => {
    if (!requirePeer(t, 'openssl')) return;
    const mutual = (more = '') => `clientCertificates: require${more}`;
    const { running, dial, authority } = await service(
      t,
      ({ own, ca }) => `listeners:
  official: {identity: certificate, tls: {${own}, ${ca}, ${mutual()}}}
  custom: {identity: certificate, tls: {${own}, ${ca}, ${mutual(", device: 'uri:spiffe://plant/{device}'")}}}
`,
    );
    for (const [name, protocol] of [
      ['plc-7', 'official'],
      ['probe-1', 'custom'],
    ])
      assert.equal((await running.call('POST', '/api/v1/devices', { name, protocol })).status, 201);
    const official = dial('official', pair(authority.issue('plc-7', 'DNS:plc-7.test')));
    official.write(packet(1, '{"bar":3}'));
    const custom = dial('custom', pair(authority.issue('sensor', 'URI:spiffe://plant/probe-1')));
    const got = once(custom, 'data');
    await eventually(
      async () =>
        running.service.gateway.presence('probe-1').status === 'online' &&
        (await running.call('GET', '/api/v1/devices/plc-7')).json.values?.bar !== undefined,
      'both are there; the custom one has sent nothing',
    );
    await running.service.gateway.send('probe-1', { kind: 'command', values: { go: 1 } });
    assert.match(String((await got)[0]), /go/);

    const refusals = [
      ['official', 'nobody', 'CERTIFICATE_UNKNOWN'],
      ['official', 'probe-1', 'AUTH_PROTOCOL_MISMATCH'],
      ['custom', 'plc-7', 'CERTIFICATE_UNKNOWN'],
    ] as const;
    for (const [listener, name, code] of refusals) {
      const before = codes(running).length;
      dial(listener, pair(authority.issue(name, `DNS:${name}`)));
      await eventually(() => codes(running).length > before, code);
      assert.equal(codes(running)[0], code);
    }
    const before = codes(running).length;
    dial('official');
    await eventually(() => codes(running).length > before, 'the one without a certificate ends');
    assert.equal(codes(running)[0], 'TLS_CERTIFICATE_MISSING');
    assert.equal(running.service.gateway.presence('plc-7').status, 'online', 'nobody took its place');
  });

  test('a device is known by the certificates that it carries, and by no other with its name', async (t) => {
    if (!requirePeer(t, 'openssl')) return;
    const { running, dial, authority } = await service(
      t,
      ({ own, ca }) =>
        `listeners: {official: {identity: certificate, tls: {${own}, ${ca}, clientCertificates: require}}}`,
    );
    const issued = (name: string) => pair(authority.issue(name, `DNS:${name}`));
    const [first, second, third] = [issued('press'), issued('press'), issued('press')];
    const printOf = ({ cert }: Pair) => `fingerprint:${new X509Certificate(cert).fingerprint256}`;
    const { call } = running;
    const body = { name: 'press', protocol: 'official', certificates: [printOf(first)] };
    assert.equal((await call('POST', '/api/v1/devices', body)).status, 201);
    const other = { name: 'mill', protocol: 'official', certificates: ['cn:spindle'] };
    assert.equal((await call('POST', '/api/v1/devices', other)).status, 201);
    const change = (certificates: readonly string[] | null) =>
      call('PATCH', '/api/v1/devices/press', { certificates });
    const online = (name: string) => running.service.gateway.presence(name).status === 'online';
    const refused = async (certificate: Pair, code: string) => {
      const before = codes(running).length;
      dial('official', certificate);
      await eventually(() => codes(running).length > before, code);
      assert.equal(codes(running)[0], code);
    };

    dial('official', issued('spindle'));
    await eventually(() => online('mill'), 'it is found by what it carries');
    await refused(issued('mill'), 'CERTIFICATE_NOT_CARRIED');
    await refused(second, 'CERTIFICATE_NOT_CARRIED');
    dial('official', first);
    await eventually(() => online('press'), 'with the one that is pinned');

    await change([printOf(first), printOf(second)]);
    assert.ok(online('press'), 'a further one changes nothing');
    dial('official', second);
    await eventually(() => codes(running)[0] === 'SESSION_REPLACED', 'with the next one');
    await change([printOf(second)]);
    await refused(first, 'CERTIFICATE_NOT_CARRIED');
    assert.ok(online('press'));
    const before = codes(running).length;
    await change(['subject:CN=elsewhere']);
    await eventually(() => codes(running).length > before, 'its link ends with its certificate');
    assert.equal(codes(running)[0], 'CERTIFICATE_NOT_CARRIED');

    const { subject } = new X509Certificate(third.cert);
    await change([`subject:${subject.replaceAll('\n', ',')}`]);
    dial('official', third);
    await eventually(() => online('press'), 'by the subject');
    assert.equal((await change([`subject:${subject}`])).status, 400, 'it is one line');
    assert.equal((await change(['cn:spindle'])).json.code, 'CERTIFICATE_TAKEN');
    await change(null);
    dial('official', first);
    await eventually(() => codes(running)[0] === 'SESSION_REPLACED', 'its name is enough again');
  });

  test('the frames of a profile and the certificate must agree', async (t) => {
    if (!requirePeer(t, 'openssl')) return;
    const imei = '863586038760942';
    const { running, dial, authority } = await service(
      t,
      ({ own, ca }) =>
        `listeners: {trackers: {listen: "127.0.0.1:0", profiles: [gt06], identity: certificate, tls: {${own}, ${ca}, clientCertificates: require}}}`,
    );
    const body = { name: 'truck', profile: 'gt06', identity: imei };
    assert.equal((await running.call('POST', '/api/v1/devices', body)).status, 201);
    const login = Buffer.from('787811010863586038760942a0010000010aa4000d0a', 'hex');
    dial('trackers', pair(authority.issue('thief', 'DNS:thief'))).write(login);
    await eventually(() => codes(running)[0] === 'CERTIFICATE_OTHER_DEVICE', 'it is refused');
    for (const name of [imei, 'truck']) {
      const socket = dial('trackers', pair(authority.issue(name, `DNS:${name}`)));
      socket.write(login);
      const [reply] = await once(socket, 'data');
      assert.equal(reply.toString('hex'), '78780501010a7ed70d0a', name);
    }
    await running.call('DELETE', '/api/v1/devices/truck');
    dial('trackers', pair(authority.issue(imei, `DNS:${imei}`))).write(login);
    await eventually(
      () => running.service.gateway.inbox().length === 1,
      'it waits, as nobody has registered it',
    );
    const registered = { ...body, certificates: ['cn:elsewhere'] };
    assert.equal((await running.call('POST', '/api/v1/devices', registered)).status, 201);
    await eventually(() => codes(running)[0] === 'CERTIFICATE_NOT_CARRIED', 'its certificate is another one');
  });

  test('checks addresses and rates, and shows each refusal', async (t) => {
    const { running, addresses } = await service(
      t,
      () => `listeners:
  official: {deny: [127.0.0.0/8]}
  custom: {limits: {acceptRatePerAddress: {perSecond: 0.001, burst: 2}}, proxy: {trusted: [10.0.0.0/8]}}
`,
    );
    const flood = async (listener: string, count: number) => {
      for (let i = 0; i < count; i++) {
        const socket = connectPlain(portOf(addresses.listeners[listener] as string), '127.0.0.1').on(
          'error',
          () => {},
        );
        t.after(() => socket.destroy());
        await once(socket, 'connect');
      }
    };
    await flood('official', 1);
    await flood('custom', 3);
    await eventually(() => codes(running).length === 2, 'both refusals');
    assert.deepEqual(codes(running).sort(), ['ADDRESS_DENIED', 'ADDRESS_RATE_EXCEEDED']);
    const reason = running.service.gateway
      .links()
      .find(({ code }) => code === 'ADDRESS_RATE_EXCEEDED')?.reason;
    assert.match(reason ?? '', /127\.0\.0\.1 opens links faster than 0\.001 per second/);
    const metrics = (await running.call('GET', '/metrics')).json;
    assert.match(metrics, /fairlead_links_closed_total\{listener="custom",code="ADDRESS_RATE_EXCEEDED"\} 1/);
  });
});

describe('TLS of the other ports', () => {
  test('the cookie of a session stays on TLS and on this host', async (t) => {
    if (!requirePeer(t, 'openssl')) return;
    const { running, dir, addresses } = await service(t, ({ own }) => `http: {tls: {${own}}}\n`);
    const ca = readFileSync(join(dir, 'ca.pem'));
    const port = portOf(addresses.http);
    const ask = (method: string, path: string, headers: Record<string, string>, body = '') =>
      new Promise<IncomingMessage>((resolve, reject) => {
        const asked = request({ host: '127.0.0.1', port, method, path, headers, ca, agent: false });
        asked.on('error', reject).on('response', (answer) => resolve(answer.resume()));
        asked.end(body);
      });
    const code = running.service.signInPath?.split('=')[1];
    const json = { 'content-type': 'application/json' };
    const { statusCode, headers } = await ask('POST', '/api/v1/sessions', json, JSON.stringify({ code }));
    const [set = ''] = headers['set-cookie'] ?? [];
    assert.equal(statusCode, 201);
    assert.match(
      set,
      new RegExp(`^__Host-fairlead-${port}=[\\w-]{32}; Path=/; HttpOnly; SameSite=Strict; .*; Secure$`),
    );
    const cookie = set.split(';')[0] as string;
    assert.equal((await ask('GET', '/api/v1/devices', { cookie })).statusCode, 200);
  });

  test('the HTTP API and the embedded broker; all certificates are renewed without a restart', async (t) => {
    if (!requirePeer(t, 'openssl') || !requirePeer(t, 'mosquitto_pub')) return;
    const { running, dir, addresses, authority, dial } = await service(
      t,
      ({ own }) => `http: {tls: {${own}}}
bus: {embedded: {tls: {${own}}}}
listeners: {official: {tls: {${own}}}}
`,
    );
    const ca = readFileSync(join(dir, 'ca.pem'));
    const health = () =>
      new Promise<{ status: number | undefined; name: string | undefined }>((resolve, reject) => {
        const asked = request({
          host: '127.0.0.1',
          port: portOf(addresses.http),
          path: '/healthz',
          ca,
          agent: false,
        });
        asked.on('error', reject).on('response', (response) => {
          const { socket } = response as unknown as {
            socket: { getPeerCertificate(): { subject: { CN: string } } };
          };
          resolve({ status: response.statusCode, name: socket.getPeerCertificate().subject.CN });
          response.resume();
        });
        asked.end();
      });
    assert.deepEqual(await health(), { status: 200, name: 'fairlead' });
    await assert.rejects(fetch(`http://${addresses.http}/healthz`), 'plain HTTP');
    const mqtt = ['-h', '127.0.0.1', '-p', String(portOf(addresses.mqtt as string))];
    const publish = ['-t', 'devices/none/set', '-m', '{}', '-q', '1'];
    const run = promisify(execFile);
    await run('mosquitto_pub', [...mqtt, '--cafile', join(dir, 'ca.pem'), ...publish], { timeout: 10_000 });
    await assert.rejects(run('mosquitto_pub', [...mqtt, ...publish], { timeout: 10_000 }), 'plain MQTT');
    await eventually(
      () => running.logged.some((line) => line.includes('TLS_PLAIN_TEXT')),
      'the log names it',
    );

    assert.deepEqual((await running.service.reload()).map(({ port, changed }) => [port, changed]).sort(), [
      ['bus.embedded', false],
      ['http', false],
      ['listeners.official', false],
    ]);
    const next = authority.issue('renewed', 'IP:127.0.0.1');
    copyFileSync(next.cert, join(dir, 'own.pem'));
    const failed = await running.service.reload();
    assert.deepEqual(new Set(failed.map(({ error }) => error?.code)), new Set(['TLS_MATERIAL_INVALID']));
    assert.equal((await health()).name, 'fairlead', 'the earlier one stays');
    copyFileSync(next.key, join(dir, 'own.key'));
    assert.ok((await running.service.reload()).every(({ changed }) => changed));
    assert.equal((await health()).name, 'renewed');
    for (const port of [portOf(addresses.mqtt as string), portOf(addresses.listeners.official as string)]) {
      const socket = dial('official', { port });
      await once(socket, 'secureConnect');
      assert.match(socket.getPeerX509Certificate()?.subject ?? '', /CN=renewed/);
    }
  });
});
