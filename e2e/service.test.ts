import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { eventually, fault } from '@fairlead/testkit';
import { type Json, publish } from './running.ts';
import { attributes, auth, peersFor, world } from './world.ts';

describe('the service', () => {
  fault(
    {
      name: 'A script does not end, or takes all memory',
      where: 'script',
      happens: 'It is stopped, its frames are refused, and every other device goes on.',
      code: 'SCRIPT_TIMEOUT',
    },
    async (t) => {
      if (!peersFor(t)) return;
      const { service, subscriber, dial } = await world(t, 'embedded');
      const bombs: Record<string, string> = {
        loop: 'export function uplink() { for (;;); }',
        memory: 'export function uplink() { return { values: { n: new Array(2 ** 28).fill(1.5).length } }; }',
        bigint: 'export function uplink() { let n = 3n; for (;;) n *= n; }',
      };
      const good = join(service.folder, 'good.js');
      await writeFile(
        good,
        'export function uplink(bytes) { return { values: { n: Number(String.fromCharCode(...bytes)) } }; }',
      );
      const goodToken = await service.add(
        'good',
        '--protocol',
        'custom',
        '--framing',
        'line',
        '--uplink',
        good,
      );
      const plainToken = await service.add('plain');
      const [scripted, plain] = [await dial('custom'), await dial('official')];
      scripted.send(`${goodToken}\n`);
      plain.send(auth(plainToken));
      let n = 0;
      for (const [name, source] of Object.entries(bombs)) {
        const file = join(service.folder, `${name}.js`);
        await writeFile(file, source);
        const token = await service.add(name, '--protocol', 'custom', '--framing', 'line', '--uplink', file);
        const bomb = await dial('custom');
        bomb.send(`${token}\nboom\n`);
        for (let i = 0; i < 20; i++) {
          scripted.send(`${++n}\n`);
          plain.send(attributes({ n }));
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
        const refusals = async () =>
          (await service.cli('link', 'ls')).json.find((link: Json) => link.device === name).refusals;
        await eventually(
          async () => Object.keys(await refusals()).some((code) => code.startsWith('SCRIPT_')),
          `${name} ends with a code`,
          20_000,
        );
        assert.equal(bomb.closed, false, 'the link of the guilty one lives on');
      }
      await subscriber.see(`devices/good/attributes {"n":${n}}`);
      const whole = Array.from({ length: n }, (_, i) => `{"n":${i + 1}}`);
      assert.deepEqual(subscriber.on('devices/good/attributes'), whole);
      assert.deepEqual(subscriber.on('devices/plain/attributes'), whole);
    },
  );

  it('runs a script of the platform unchanged', async (t) => {
    if (!peersFor(t)) return;
    const { service, subscriber, dial } = await world(t, 'embedded');
    const file = join(service.folder, 'platform.js');
    await writeFile(
      file,
      'function encodeInp(msg, topic) {\n  var text = "";\n  for (var i = 0; i < msg.length; i++) text += String.fromCharCode(msg[i]);\n  return JSON.stringify({ raw: text, size: msg.length });\n}\n',
    );
    const token = await service.add(
      'legacy',
      '--protocol',
      'custom',
      '--framing',
      'line',
      '--uplink',
      file,
      '--downlink',
      file,
    );
    const device = await dial('custom');
    device.send(`${token}\r\nhello\n`);
    await subscriber.see('devices/legacy/attributes {"raw":"hello","size":5}');
    assert.equal((await service.cli('device', 'send', 'legacy', '{"a":1}', '--wait', '5s')).code, 0);
    await eventually(() => device.received.length > 0, 'the downlink');
    assert.equal(device.received.toString(), '{"raw":"{\\"a\\":1}","size":7}\n');
  });

  it('keeps anonymous programs from speaking for devices', async (t) => {
    if (!peersFor(t)) return;
    const { port, subscriber, service, dial } = await world(t, 'embedded');
    await publish(port, 'devices/sensor/attributes', '{"forged":1}');
    const token = await service.add('sensor');
    (await dial('official')).send(Buffer.concat([auth(token), attributes({ real: 1 })]));
    await subscriber.see('devices/sensor/attributes {"real":1}');
    assert.deepEqual(subscriber.on('devices/sensor/attributes'), ['{"real":1}']);
  });

  it('explains each closed link: code in the log, in the metric, in link inspect', async (t) => {
    if (!peersFor(t)) return;
    const { service, dial } = await world(t, 'embedded');
    const token = await service.add('sensor');
    const cases: [string, Buffer][] = [
      ['AUTH_TOKEN_UNKNOWN', auth('fl_00000000000000000000000000000000')],
      ['AUTH_REQUIRED', attributes({ a: 1 })],
      ['HTTP_REFUSED', Buffer.from('GET / HTTP/1.0\r\n\r\n')],
      ['FRAME_MAGIC_MISMATCH', Buffer.from('no packet\r\n')],
      [
        'FRAME_TOO_LARGE',
        Buffer.concat([auth(token), Buffer.from([0x54, 0x50, 0, 1, 0xff, 0xff, 0xff, 0xff])]),
      ],
    ];
    for (const [code, bytes] of cases) {
      const device = await dial('official');
      device.send(bytes);
      await eventually(() => device.closed, `${code} closes the link`);
      const { json: links } = await service.cli('link', 'ls');
      const link = links.find((one: Json) => one.code === code);
      assert.ok(link, `${code} in link ls`);
      const { json } = await service.cli('link', 'inspect', link.id);
      assert.equal(json.code, code);
      assert.ok(service.log.includes(`"${code}"`), `${code} in the log`);
      assert.equal(
        await service.metric(`fairlead_links_closed_total{listener="official",code="${code}"}`),
        1,
      );
    }
    assert.ok(!service.log.includes(token), 'no token in the log');
  });

  it('says in one line why it cannot start', async (t) => {
    if (!peersFor(t)) return;
    const { service } = await world(t, 'embedded');
    const taken = `127.0.0.1:${service.ports.http}`;
    const { code, stderr } = await service.cli(
      'serve',
      '--data',
      join(service.folder, 'other'),
      '--http',
      taken,
      '--mqtt',
      '127.0.0.1:0',
      '--official',
      '127.0.0.1:0',
      '--custom',
      '127.0.0.1:0',
    );
    assert.notEqual(code, 0);
    assert.match(stderr, /PORT_IN_USE/);
    assert.doesNotMatch(stderr, /\n\s+at /);
    const locked = await service.cli(
      'serve',
      '--data',
      service.folder,
      '--http',
      '127.0.0.1:0',
      '--mqtt',
      '127.0.0.1:0',
      '--official',
      '127.0.0.1:0',
      '--custom',
      '127.0.0.1:0',
    );
    assert.notEqual(locked.code, 0);
    assert.match(locked.stderr, /STORE_LOCKED/);
  });
});
