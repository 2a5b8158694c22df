/** One address opens links as fast as it can: the others notice nothing, and the operator sees it. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { eventually, fault } from '@fairlead/testkit';
import { packet, scratch, start } from './running.ts';

const FLOOD = 2_000;

fault(
  {
    name: 'One address opens links as fast as it can',
    where: 'device',
    happens:
      'Links beyond its rate are closed at once; no device loses its link, and what the log has of others stays.',
    code: 'ADDRESS_RATE_EXCEEDED',
  },
  async (t) => {
    const { dir, remove } = scratch();
    const rate = 'acceptRatePerAddress: {perSecond: 5, burst: 10}';
    const proxy = 'proxy: {trusted: [127.0.0.1]}';
    writeFileSync(join(dir, 'fairlead.yaml'), `listeners: {official: {${proxy}, limits: {${rate}}}}\n`);
    const running = await start(dir);
    t.after(async () => {
      await running.service.close();
      remove();
    });
    const { gateway, addresses } = running.service;
    const port = Number(addresses.listeners.official?.split(':').at(-1));
    const { token } = (await running.call('POST', '/api/v1/devices', { name: 'plc', protocol: 'official' }))
      .json;
    const dial = async (from: string) => {
      const socket = net.connect(port, '127.0.0.1').on('error', () => {});
      t.after(() => socket.destroy());
      await once(socket, 'connect');
      socket.write(`PROXY TCP4 ${from} 192.0.2.1 4711 7653\r\n`);
      return socket;
    };

    const early = await dial('198.51.100.1');
    early.end(packet(0, 9, 'no token'));
    await eventually(
      () => gateway.links().some(({ code }) => code === 'AUTH_REQUIRED'),
      'its end is in the log',
    );
    const device = await dial('198.51.100.7');
    device.write(packet(0, 0, token));
    await eventually(() => gateway.presence('plc').status === 'online', 'the device');

    const ended = () => gateway.counters().linksClosed.get('official ADDRESS_RATE_EXCEEDED') ?? 0;
    for (let at = 0; at < FLOOD; at += 100)
      await Promise.all(Array.from({ length: 100 }, async () => (await dial('203.0.113.66')).resume()));
    const passed = () => gateway.links().filter(({ state }) => state === 'handshaking').length;
    await eventually(() => ended() + passed() >= FLOOD, 'each is counted');
    assert.ok(ended() > FLOOD * 0.8, `${ended()} were refused`);

    device.write(packet(0, 1, '{"still":"here"}'));
    await eventually(
      async () => (await running.call('GET', '/api/v1/devices/plc')).json.values?.still !== undefined,
      'the device is heard',
    );
    const links = gateway.links();
    assert.ok(
      links.some(({ code }) => code === 'AUTH_REQUIRED'),
      'the log of others is still there',
    );
    assert.equal(links.filter(({ code }) => code === 'ADDRESS_RATE_EXCEEDED').length, 100);
    const lines = running.logged.filter((line) => line.includes('ADDRESS_RATE_EXCEEDED'));
    assert.ok(lines.length > 0 && lines.length < 200, `${lines.length} lines`);
  },
);
