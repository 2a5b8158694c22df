import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parseEndpoint } from '@fairlead/core';
import { fixed, line, serve } from '@fairlead/tcp';
import { FakeClock, freePort, MemoryNetwork, settled } from '@fairlead/testkit';
import { type DeviceLink, DriverBench, indiLimits } from '../../src/index.ts';
import { type Answer, device, Meter, portOf, usual } from './meter.ts';

describe('TcpConnection', () => {
  it('shows the properties of INDI, and connects', async () => {
    await using server = await device();
    await using bench = await DriverBench.start(
      new Meter({ defaultHost: '192.168.1.100', defaultPort: 9999 }),
    );
    await bench.has(() => bench.vector('CONNECTION_RETRY') !== undefined, 'definitions');
    assert.deepEqual(
      bench.said.map((message) => ('name' in message ? message.name : message.tag)).slice(-6),
      'CONFIG_PROCESS CONNECTION_MODE DEVICE_ADDRESS CONNECTION_TYPE DEVICE_LAN_SEARCH CONNECTION_RETRY'.split(
        ' ',
      ),
    );
    assert.equal((bench.vector('DRIVER_INFO') as { group?: string }).group, 'Connection');
    assert.equal(bench.value('DEVICE_ADDRESS', 'ADDRESS'), '192.168.1.100');
    assert.equal(bench.value('DEVICE_ADDRESS', 'PORT'), '9999');
    await bench.connect(portOf(server));
    await bench.reaches('READING', 'Ok');
    assert.equal(bench.value('READING', 'VALUE'), 42);
    assert.ok(
      bench.said.some(
        (message) =>
          message.tag === 'setSwitchVector' && message.name === 'CONNECTION' && message.state === 'Busy',
      ),
      'Busy before Ok',
    );
    bench.want('CONNECTION', { DISCONNECT: true });
    await bench.has(() => bench.vector('READING') === undefined, 'READING is gone');
    assert.equal(bench.state('CONNECTION'), 'Idle');
  });

  it('saves the address that worked', async () => {
    await using server = await device();
    await using bench = await DriverBench.start(new Meter());
    await bench.connect(portOf(server));
    const file = join(bench.folder, '.indi', 'Meter_config.xml');
    let text = '';
    await bench.has(() => {
      readFile(file, 'utf8').then(
        (read) => (text = read),
        () => undefined,
      );
      return text.includes(String(portOf(server)));
    }, 'the file');
    await bench.stop();
    await using again = await DriverBench.start(new Meter({ defaultHost: 'elsewhere' }), {
      folder: bench.folder,
    });
    await again.has(() => again.value('DEVICE_ADDRESS', 'ADDRESS') === '127.0.0.1', 'the address');
  });

  const failures: [string, Answer | 'refuse', RegExp][] = [
    ['nobody listens', 'refuse', /Failed to connect to 127.0.0.1:\d+: Nothing listens at .*firewall/],
    ['says nothing', () => undefined, /No answer from .* to "ID\?" within 200 ms.*device is on/],
    ['is another device', () => 'TOASTER', /is not the expected one/],
    [
      'answers garbage without end',
      (_, session) => void session.forward(Buffer.alloc(2_000, 'x')),
      /2000 bytes exceeds the limit of 1024/,
    ],
    ['drops in the middle', (_, session) => void session.destroy(), /peer reset the link|Closed by the peer/],
  ];
  for (const [what, answer, words] of failures) {
    it(`says so in words when what is there ${what}, and lives on`, async () => {
      await using server = await device(answer === 'refuse' ? usual : answer);
      const port = answer === 'refuse' ? await freePort() : portOf(server);
      await using bench = await DriverBench.start(new Meter());
      bench.want('DEVICE_ADDRESS', { ADDRESS: '127.0.0.1', PORT: String(port) });
      bench.want('CONNECTION', { CONNECT: true });
      await bench.reaches('CONNECTION', 'Alert');
      assert.equal(bench.value('CONNECTION', 'CONNECT'), false);
      assert.equal(bench.value('CONNECTION', 'DISCONNECT'), true);
      assert.match(bench.words, words);
      await using good = await device();
      await bench.connect(portOf(good));
    });
  }

  it('says so in words when the address is none', async () => {
    await using bench = await DriverBench.start(new Meter());
    bench.want('CONNECTION', { CONNECT: true });
    await bench.reaches('CONNECTION', 'Alert');
    assert.match(bench.words, /the address is empty/);
    bench.want('DEVICE_ADDRESS', { PORT: '70000', ADDRESS: '127.0.0.1' });
    await bench.reaches('DEVICE_ADDRESS', 'Alert');
    assert.match(bench.words, /"70000" is not a number from 1 to 65535/);
    bench.want('DEVICE_ADDRESS', { PORT: '1', ADDRESS: 'no-such-host.invalid' });
    bench.want('CONNECTION', { CONNECT: true });
    await bench.has(() => /no-such-host.invalid:1: /.test(bench.words), 'the name');
  });

  it('gives up connecting when the client no longer wants it', async () => {
    await using server = await device(() => undefined);
    await using bench = await DriverBench.start(new Meter({ requestTimeout: '1h', handshakeTimeout: '1h' }));
    bench.want('DEVICE_ADDRESS', { ADDRESS: '127.0.0.1', PORT: String(portOf(server)) });
    bench.want('CONNECTION', { CONNECT: true });
    await bench.reaches('CONNECTION', 'Busy');
    await bench.has(() => server.sessions.size === 1, 'a link');
    bench.want('CONNECTION', { DISCONNECT: true });
    await bench.reaches('CONNECTION', 'Idle');
    await bench.has(() => server.sessions.size === 0, 'no link');
  });

  it('never takes a late answer for that of another command', async () => {
    const late: (() => void)[] = [];
    await using server = await device((command, session) => {
      if (command !== 'SLOW?') return usual(command, session);
      late.push(() => session.send('late'));
      return undefined;
    });
    const meter = new Meter({ reconnect: { min: 0, max: 0 } });
    meter.polling = false;
    await using bench = await DriverBench.start(meter);
    await bench.connect(portOf(server));
    bench.want('SEND', { TEXT: 'SLOW?' });
    await bench.has(
      () => bench.state('SEND') === 'Alert' || bench.state('CONNECTION') === 'Busy',
      'a timeout',
    );
    for (const send of late) send();
    await bench.has(
      () => bench.said.some(({ tag }) => tag === 'message') && /is open again/.test(bench.words),
      'a new link',
    );
    await bench.reaches('CONNECTION', 'Ok');
    bench.want('SEND', { TEXT: 'NEXT?' });
    await bench.has(() => bench.value('SEND', 'TEXT') === 're NEXT?', 'the answer');
    assert.match(bench.words, /No answer from .* to "SLOW\?"/);
    assert.doesNotMatch(bench.raw.map(String).join(''), />late</);
  });

  it('connects again when the link is lost: Busy, then Ok, and the properties say so', async () => {
    const clock = new FakeClock();
    const network = new MemoryNetwork();
    const server = await serve<string>('tcp://10.0.0.1:4001', {
      codec: line(),
      listen: network.listen,
      clock,
      frames: (session, batch) =>
        void batch.map((command) => session.send(usual(command, session as never) as string)),
    });
    await using _server = server;
    let away = false;
    const dial: typeof network.dial = (...args) =>
      away ? Promise.reject(new Error('the cable is pulled')) : network.dial(...args);
    const meter = new Meter({ dial, reconnect: { min: 1_000, max: 8_000 } });
    await using bench = await DriverBench.start(meter, { clock, random: () => 0.999 });
    bench.want('DEVICE_ADDRESS', { ADDRESS: '10.0.0.1', PORT: '4001' });
    bench.want('CONNECTION', { CONNECT: true });
    await bench.reaches('CONNECTION', 'Ok');
    await clock.advance(1);
    await bench.reaches('READING', 'Ok');
    away = true;
    network.last?.[1].reset();
    await bench.reaches('CONNECTION', 'Busy');
    await bench.reaches('READING', 'Alert');
    assert.equal(bench.value('CONNECTION', 'CONNECT'), true);
    assert.match(bench.words, /is lost: .*Reconnecting/);
    await clock.advance(1_000);
    await bench.has(() => /Attempt 1: .*the cable is pulled/.test(bench.words), 'an attempt');
    assert.equal(bench.state('CONNECTION'), 'Busy');
    away = false;
    await clock.advance(2_000);
    await bench.reaches('CONNECTION', 'Ok');
    await clock.advance(1);
    await bench.reaches('READING', 'Ok');
    assert.match(bench.words, /is open again after 2 attempts/);
  });

  it('waits longer between attempts, tells of few of them, and stops when told to', async () => {
    const clock = new FakeClock();
    const network = new MemoryNetwork();
    const server = await serve<string>('tcp://10.0.0.1:4001', {
      codec: line(),
      listen: network.listen,
      clock,
      frames: (session, batch) =>
        void batch.map((command) => session.send(usual(command, session as never) as string)),
    });
    const meter = new Meter({ dial: network.dial, reconnect: { min: 1_000, max: 8_000 } });
    await using bench = await DriverBench.start(meter, { clock, random: () => 0.999 });
    bench.want('DEVICE_ADDRESS', { ADDRESS: '10.0.0.1', PORT: '4001' });
    bench.want('CONNECTION', { CONNECT: true });
    await bench.reaches('CONNECTION', 'Ok');
    await server.close();
    await bench.reaches('CONNECTION', 'Busy');
    await settled();
    const before = network.dials;
    await clock.advance(120_000);
    const attempts = network.dials - before;
    assert.ok(attempts >= 12 && attempts <= 24, `${attempts} attempts`);
    const told = bench.words.match(/Attempt \d+/g) ?? [];
    assert.ok(told.length >= 3 && told.length <= 5, told.join());
    bench.want('CONNECTION', { DISCONNECT: true });
    await bench.reaches('CONNECTION', 'Idle');
    await settled();
    assert.equal(clock.pending, 0);
    await clock.advance(120_000);
    assert.equal(network.dials - before, attempts);
  });

  it('sends commands one at a time, each with the framing of its answer', async () => {
    const seen: string[] = [];
    await using server = await device((command, session) => {
      seen.push(command);
      if (command === 'BIT?') session.forward(Buffer.from('1'));
      else if (command !== 'QUIET') return usual(command, session);
      return undefined;
    });
    const meter = new Meter();
    meter.polling = false;
    await using bench = await DriverBench.start(meter);
    await bench.connect(portOf(server));
    const link: DeviceLink = meter.link;
    const digit = { ...line(), name: 'digit', decoder: () => textOf(fixed(1).decoder()) };
    const answers = await Promise.all([
      link.request('A'),
      link.request('BIT?', { reply: digit }),
      link.send('QUIET'),
      link.request('B'),
    ]);
    assert.deepEqual(answers, ['re A', '1', undefined, 're B']);
    assert.deepEqual(seen, ['ID?', 'A', 'BIT?', 'QUIET', 'B']);
  });

  it('keeps what nobody asked for apart, and gives up waiting when asked to', async () => {
    await using server = await device((command, session) => {
      if (command === 'A') session.send('EVENT');
      return usual(command, session);
    });
    const meter = new Meter();
    meter.polling = false;
    await using bench = await DriverBench.start(meter);
    await bench.connect(portOf(server));
    const { link } = meter;
    assert.equal(await link.request('A', { match: (frame) => frame.startsWith('re') }), 're A');
    assert.equal(await link.receive(), 'EVENT');
    await assert.rejects(link.receive({ timeout: 1 }), { code: 'REPLY_TIMEOUT' });
    const controller = new AbortController();
    const waiting = link.receive({ signal: controller.signal });
    const asked = link.request('B', { signal: controller.signal });
    controller.abort();
    await assert.rejects(waiting, { code: 'ABORTED' });
    await assert.rejects(asked, { code: 'ABORTED' });
    assert.equal(await link.request('C'), 're C', 'the answer to B was awaited all the same');
    const { requests } = indiLimits.values;
    const many = Array.from({ length: requests + 2 }, () => link.request('D'));
    const results = await Promise.allSettled(many);
    assert.equal(results.filter(({ status }) => status === 'rejected').length, 1);
    assert.equal((results.at(-1) as PromiseRejectedResult).reason.code, 'INDI_COMMANDS_FULL');
    bench.want('CONNECTION', { DISCONNECT: true });
    await bench.reaches('CONNECTION', 'Idle');
    assert.throws(() => meter.link, { code: 'INDI_NOT_CONNECTED' });
    await assert.rejects(async () => link.request('E'), { code: 'DISCONNECTED' });
  });

  it('reaches IPv6 addresses and names', async () => {
    await using server = await device(usual, 'tcp://[::1]:0');
    const { port } = parseEndpoint(server.address) as { port: number };
    await using bench = await DriverBench.start(new Meter());
    for (const host of ['::1', '[::1]']) {
      await bench.connect(port, host);
      bench.want('CONNECTION', { DISCONNECT: true });
      await bench.reaches('CONNECTION', 'Idle');
    }
    await using other = await device(usual, 'tcp://localhost:0');
    await bench.connect((parseEndpoint(other.address) as { port: number }).port, 'localhost');
  });

  it('speaks UDP as well', async () => {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    socket.on('message', (text, { port, address }) => {
      for (const command of text.toString().trim().split('\n'))
        socket.send(`${usual(command, undefined as never)}\n`, port, address);
    });
    const meter = new Meter({ reconnect: { min: 0, max: 0 } });
    await using bench = await DriverBench.start(meter);
    bench.want('CONNECTION_TYPE', { UDP: true });
    await bench.connect(socket.address().port);
    await bench.reaches('READING', 'Ok');
    await new Promise<void>((resolve) => socket.close(() => resolve()));
    bench.want('SEND', { TEXT: 'anyone?' });
    await bench.reaches('CONNECTION', 'Busy');
  });

  it('runs the handshake alone in simulation', async () => {
    const meter = new Meter({ simulator: (command) => usual(command, undefined as never) });
    await using bench = await DriverBench.start(meter);
    bench.want('SIMULATION', { ENABLE: true });
    bench.want('CONNECTION', { CONNECT: true });
    await bench.reaches('CONNECTION', 'Ok');
    await bench.reaches('READING', 'Ok');
    bench.want('SIMULATION', { DISABLE: true });
    await bench.reaches('SIMULATION', 'Alert');
    await using none = await DriverBench.start(new Meter());
    none.want('SIMULATION', { ENABLE: true });
    none.want('CONNECTION', { CONNECT: true });
    await none.reaches('CONNECTION', 'Alert');
    assert.match(none.words, /does not simulate/);
  });

  it('finds the device in the networks of this machine, and only there', async () => {
    const here = {
      address: '127.0.0.2',
      netmask: '255.255.255.248',
      family: 'IPv4',
      internal: false,
      mac: '',
      cidr: null,
    } as const;
    const six = {
      ...here,
      address: '2001:db8::7',
      netmask: 'ffff:ffff:ffff:ffff::',
      family: 'IPv6',
      scopeid: 0,
    } as const;
    await using server = await device(usual, 'tcp://127.0.0.5:0');
    const port = portOf(server);
    await using _other = await device(() => 'TOASTER', `tcp://127.0.0.4:${port}`);
    // From an IPv6 literal, too: the device may have an address of either kind.
    for (const before of ['127.0.0.1', '::1']) {
      const meter = new Meter({ interfaces: () => ({ eth0: [here, six] }) });
      await using bench = await DriverBench.start(meter);
      bench.want('DEVICE_ADDRESS', { ADDRESS: before, PORT: String(port) });
      bench.want('DEVICE_LAN_SEARCH', { INDI_ENABLED: true });
      bench.want('CONNECTION', { CONNECT: true });
      await bench.reaches('CONNECTION', 'Ok');
      assert.equal(bench.value('DEVICE_ADDRESS', 'ADDRESS'), '127.0.0.5');
      assert.match(bench.words, /Searching 5 addresses/);
      assert.match(bench.words, /5 of 5|4 of 5|of 5 addresses tried/);
      assert.match(bench.words, /IPv6 networks cannot be searched/);
    }
  });
});

function textOf(decoder: { decode(window: never): Buffer | undefined }): {
  decode(window: never): string | undefined;
} {
  return { decode: (window) => decoder.decode(window)?.toString() };
}
