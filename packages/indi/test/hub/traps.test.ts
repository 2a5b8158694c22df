import assert from 'node:assert/strict';
import { createServer, type Server, type Socket } from 'node:net';
import { describe, it } from 'node:test';
import { eventually } from '@fairlead/testkit';
import { createHub } from '../../src/index.ts';
import { echo, fixture, hubOf, number, RawClient, recorder } from './world.ts';

const blob = (device: string, size: number, format = '.bin') =>
  `<setBLOBVector device="${device}" name="PICTURE" state="Ok"><oneBLOB name="IMAGE" size="${size}" format="${format}">` +
  `${Buffer.alloc(size, 1).toString('base64')}</oneBLOB></setBLOBVector>`;

describe('traps of INDI: a client', () => {
  for (const bad of [
    '<getProperties/>',
    '<getProperties version="2.0"/>',
    '<getProperties version="9"/>',
    '<getProperties version="x" device="Alpha"/>',
  ])
    it(`cannot kill a driver with ${bad}`, async () => {
      await using hub = await hubOf({ run: { a: fixture('Alpha') } });
      using client = new RawClient(hub.address as string);
      await eventually(() => hub.drivers()[0]?.devices.length === 1, 'the driver runs');
      client.send(bad);
      await client.sees('<defNumberVector');
      await client.roundTrip('Alpha');
      assert.equal(hub.drivers()[0]?.restarts, 0);
    });

  const ends: readonly (readonly [what: string, xml: string, code: string])[] = [
    ['broken XML', '<getProperties version="1.7"></oops>', 'XML_UNBALANCED'],
    ['no XML at all', '<<<<', 'XML_SYNTAX'],
    ['an endless stream without an element', 'x'.repeat(70_000), 'XML_NO_ELEMENT'],
    [
      'a BLOB without a size',
      "<newBLOBVector device='Alpha' name='P'><oneBLOB name='B' format='.x'>AAAA</oneBLOB></newBLOBVector>",
      'BLOB_INVALID',
    ],
    [
      "a BLOB of size 'abc'",
      "<newBLOBVector device='Alpha' name='P'><oneBLOB name='B' size='abc' format='.x'>AAAA</oneBLOB></newBLOBVector>",
      'BLOB_INVALID',
    ],
    [
      'a BLOB of a negative size',
      "<newBLOBVector device='Alpha' name='P'><oneBLOB name='B' size='-1' format='.x'>AAAA</oneBLOB></newBLOBVector>",
      'BLOB_INVALID',
    ],
    [
      'a BLOB that is not in the stream',
      "<newBLOBVector device='Alpha' name='P'><oneBLOB name='B' size='3' format='.x' attached='true'/></newBLOBVector>",
      'BLOB_ATTACHED',
    ],
    ['an enableBLOB that is no XML', "<enableBLOB device='Alpha'>&nothing;<</enableBLOB>", 'XML_SYNTAX'],
  ];
  for (const [what, xml, code] of ends)
    it(`with ${what} ends with ${code}, and others live`, async () => {
      const log = recorder();
      await using hub = await hubOf({ run: { a: fixture('Alpha') }, log });
      using good = await new RawClient(hub.address as string).greet();
      using bad = await new RawClient(hub.address as string).greet();
      bad.send(xml);
      await eventually(() => bad.closed, 'the client was closed');
      await good.roundTrip('Alpha');
      assert.ok(log.code(code), `the log has ${JSON.stringify(log.lines)}`);
    });

  it('that writes a policy in lower case, for no device or with another word is not closed', async () => {
    await using hub = await hubOf({ run: { a: fixture('Alpha') } });
    for (const enable of [
      '<enableBLOB device="Alpha">also</enableBLOB>',
      '<enableBLOB device="Alpha">\n ALSO \n</enableBLOB>',
      '<enableBLOB>Also</enableBLOB>',
      '<enableBLOB name="PICTURE">only</enableBLOB>',
    ]) {
      using client = await new RawClient(hub.address as string).greet();
      client.send(`${enable}<enableBLOB device="Alpha">Sometimes</enableBLOB>`);
      await client.sees('enableBLOB: &quot;Sometimes&quot; is not Never, Also or Only');
      client.send(echo('Alpha', blob('Alpha', 30)));
      await client.sees('<setBLOBVector');
    }
  });

  it('that never ends a tag is cut off at the limit', async () => {
    const log = recorder();
    await using hub = await hubOf({ run: { a: fixture('Alpha') }, log });
    using good = await new RawClient(hub.address as string).greet();
    using bad = new RawClient(hub.address as string);
    bad.send('<newTextVector device="Alpha" name="ECHO"><oneText name="XML">');
    const megabyte = 'y'.repeat(2 ** 20);
    const more = () => {
      if (!bad.socket.destroyed && bad.socket.bytesWritten < 2 ** 30) bad.socket.write(megabyte, more);
    };
    more();
    await eventually(() => bad.closed, 'the client was closed');
    assert.ok(bad.socket.bytesWritten < 2 ** 26);
    assert.ok(log.code('ELEMENT_TOO_LARGE'));
    await good.roundTrip('Alpha');
  });

  it('that asks for too many devices by name ends', async () => {
    const log = recorder();
    await using hub = await hubOf({ log });
    using client = new RawClient(hub.address as string);
    for (let i = 0; i < 4_100; i++) client.send(`<getProperties version='1.7' device='D${i}'/>`);
    await eventually(() => client.closed, 'the client was closed');
    assert.ok(log.code('TOO_MANY_SUBSCRIPTIONS'));
  });
});

describe('traps of INDI: BLOBs', () => {
  it('are not sent to who has not asked: the policy is Never at first', async () => {
    await using hub = await hubOf({ run: { a: fixture('Alpha') } });
    using asked = await new RawClient(hub.address as string).greet();
    using not = await new RawClient(hub.address as string).greet();
    asked.send('<enableBLOB device="Alpha">Also</enableBLOB>');
    asked.send(echo('Alpha', blob('Alpha', 30)));
    await asked.sees('</setBLOBVector>');
    await not.roundTrip('Alpha');
    assert.equal(not.count('<setBLOBVector'), 0);
  });

  it('alone go to who said Only', async () => {
    await using hub = await hubOf({ run: { a: fixture('Alpha') } });
    using other = await new RawClient(hub.address as string).greet();
    using only = await new RawClient(hub.address as string).greet();
    only.send('<enableBLOB device="Alpha">Only</enableBLOB><pingRequest uid="a"/>');
    await only.sees('<pingReply');
    const before = only.text;
    await other.roundTrip('Alpha');
    other.send(echo('Alpha', blob('Alpha', 30)));
    await only.sees('</setBLOBVector>');
    assert.match(only.text.slice(before.length), /^\s*<setBLOBVector[\s\S]*<\/setBLOBVector>\s*$/);
  });

  it('go by property where the policy was said with a name', async () => {
    await using hub = await hubOf({ run: { a: fixture('Alpha') } });
    using client = await new RawClient(hub.address as string).greet();
    client.send('<enableBLOB device="Alpha" name="OTHER">Also</enableBLOB>');
    client.send(echo('Alpha', blob('Alpha', 30)));
    await client.roundTrip('Alpha');
    assert.equal(client.count('<setBLOBVector'), 0);
    client.send('<enableBLOB device="Alpha" name="PICTURE">Also</enableBLOB>');
    client.send(echo('Alpha', blob('Alpha', 30)));
    await client.sees('</setBLOBVector>');
  });

  it('asked for before getProperties limit the client to that device', async () => {
    await using hub = await hubOf({ run: { a: fixture('Alpha'), b: fixture('Beta') } });
    using all = await new RawClient(hub.address as string).greet();
    await all.sees('device="Alpha" name="PICTURE"');
    await all.sees('device="Beta" name="PICTURE"');
    using client = new RawClient(hub.address as string);
    client.send('<enableBLOB device="Alpha">Also</enableBLOB><getProperties version="1.7"/>');
    await client.sees('name="PICTURE"');
    await all.roundTrip('Beta');
    await all.roundTrip('Alpha');
    await client.sees('<setNumberVector');
    assert.equal(client.count('Beta'), 0);
  });

  it('of a driver without a size, or of size abc, reach nobody, and the driver lives on', async () => {
    const log = recorder();
    await using hub = await hubOf({ run: { a: fixture('Alpha') }, log });
    using client = await new RawClient(hub.address as string).greet();
    client.send('<enableBLOB device="Alpha">Also</enableBLOB>');
    for (const size of ['', 'size="abc"', 'size="3" attached="true"'])
      client.send(
        echo(
          'Alpha',
          `<setBLOBVector device="Alpha" name="PICTURE"><oneBLOB name="I" ${size} format=".x">AAAA</oneBLOB></setBLOBVector>`,
        ),
      );
    await client.roundTrip('Alpha');
    assert.equal(client.count('<setBLOBVector'), 0);
    assert.ok(log.code('BLOB_INVALID') && log.code('BLOB_ATTACHED'));
    assert.equal(hub.drivers()[0]?.restarts, 0);
  });
});

describe('a client that does not read', () => {
  it('stalls nobody, loses BLOBs of streams first, and is closed at the bound', async () => {
    const log = recorder();
    await using hub = await hubOf({
      run: { a: fixture('Alpha') },
      log,
      limits: { clientQueue: 4 * 2 ** 20, streamQueue: 2 ** 20 },
    });
    using good = await new RawClient(hub.address as string).greet();
    using slow = await new RawClient(hub.address as string).greet();
    slow.send('<enableBLOB device="Alpha">Also</enableBLOB>');
    good.send('<enableBLOB device="Alpha">Also</enableBLOB><pingRequest uid="1"/>');
    await good.sees('<pingReply');
    await slow.roundTrip('Alpha');
    slow.socket.pause();
    const waiting = () => hub.clients().find(({ queued }) => queued > 0);
    for (let i = 0; i < 400 && (waiting()?.dropped ?? 0) === 0; i++) {
      const before = good.bytes;
      good.send(echo('Alpha', blob('Alpha', 200_000, '.stream_jpg')));
      await eventually(() => good.bytes >= before + 260_000, 'who reads gets each picture');
    }
    assert.ok((waiting()?.dropped ?? 0) > 0, 'pictures were dropped');
    assert.ok((waiting()?.queued ?? 0) < 2 * 2 ** 20);
    for (let i = 0; i < 60 && !log.code('PEER_TOO_SLOW'); i++) {
      const before = good.bytes;
      good.send(echo('Alpha', blob('Alpha', 200_000)));
      await eventually(() => good.bytes >= before + 260_000, 'who reads gets each picture');
    }
    assert.ok(log.code('PEER_TOO_SLOW'));
    await good.roundTrip('Alpha');
  });
});

describe('a client that floods a driver', () => {
  it('is not read while the driver is behind; the driver lives, and others go on', async () => {
    const log = recorder();
    await using hub = await hubOf({
      run: { a: fixture('Alpha'), b: fixture('Beta') },
      log,
      limits: { driverQueue: 2 ** 20 },
    });
    using good = await new RawClient(hub.address as string).greet('<defBLOBVector device="Alpha"');
    await good.sees('<defBLOBVector device="Beta"');
    using bad = new RawClient(hub.address as string);
    const text = 'x'.repeat(10_000);
    const nap = '<newTextVector device="Alpha" name="NAP"><oneText name="MS">1500</oneText></newTextVector>';
    const request = `<newTextVector device="Alpha" name="NOTHING"><oneText name="X">${text}</oneText></newTextVector>`;
    bad.send(nap);
    for (let i = 0; i < 1_000; i++) bad.send(request);
    await eventually(() => log.code('DRIVER_BEHIND'), 'the hub waits');
    // Who asks a little of the same driver is not held up elsewhere.
    good.send(number('Alpha', 7));
    await good.roundTrip('Beta');
    assert.ok(Math.max(...hub.clients().map(({ bytesIn }) => bytesIn)) < 2 ** 20);
    await good.sees('<oneNumber name="VALUE">7</oneNumber></setNumberVector>');
    await eventually(() => hub.clients().some(({ bytesIn }) => bytesIn > 10_000_000), 'it is read again');
    await good.roundTrip('Alpha');
    assert.deepEqual(
      hub.drivers().map(({ restarts }) => restarts),
      [0, 0],
    );
  });

  it('with questions, neither', async () => {
    await using hub = await hubOf({ run: { a: fixture('Alpha') }, limits: { driverQueue: 2 ** 20 } });
    using good = await new RawClient(hub.address as string).greet();
    using bad = new RawClient(hub.address as string);
    bad.send('<newTextVector device="Alpha" name="NAP"><oneText name="MS">1000</oneText></newTextVector>');
    const questions =
      '<getProperties version="1.7" device="Alpha" name="X"/><getProperties version="1.7" device="N"/>';
    for (let i = 0; i < 400; i++) bad.send(questions.repeat(100));
    await good.roundTrip('Alpha');
    assert.equal(hub.drivers()[0]?.restarts, 0);
  });
});

describe('traps of chaining', () => {
  it('enableBLOB without a device asks a chained server for the BLOBs of its devices', async () => {
    await using far = await hubOf({ run: { b: fixture('Beta') } });
    for (const chain of [`@${far.address}`, `Beta@${far.address}`]) {
      await using near = await hubOf({ chain: [chain] });
      using client = await new RawClient(near.address as string).greet();
      client.send('<enableBLOB>Also</enableBLOB>');
      using shooter = await new RawClient(far.address as string).greet();
      for (let shots = 0; !client.text.includes('<setBLOBVector') && shots < 200; shots++) {
        shooter.send('<newTextVector device="Beta" name="SHOOT"><oneText name="X"/></newTextVector>');
        await shooter.roundTrip('Beta');
      }
      await client.sees('<setBLOBVector');
    }
  });

  it('a chain that fails never ends the hub, and is found when it comes', async () => {
    const log = recorder();
    const held = createServer();
    await new Promise<void>((resolve) => held.listen(0, '127.0.0.1', resolve));
    const { port } = held.address() as { port: number };
    await new Promise((resolve) => held.close(resolve));
    await using hub = await hubOf({
      run: { a: fixture('Alpha') },
      chain: [`@127.0.0.1:${port}`, 'Beta@no-such-host.invalid'],
      log,
    });
    using client = await new RawClient(hub.address as string).greet();
    await client.roundTrip('Alpha');
    await eventually(() => hub.drivers()[1]?.state === 'waiting', 'the chain waits');
    await using _far = await createHub({ listen: `127.0.0.1:${port}`, run: { b: fixture('Beta') } });
    await client.sees('device="Beta" name="PICTURE"');
    await client.roundTrip('Beta');
  });

  it('properties of a chained server go when it is lost and come back with it', async () => {
    const far = await hubOf({ run: { b: fixture('Beta') } });
    const address = far.address as string;
    await using hub = await hubOf({ chain: [`@${address}`] });
    using client = await new RawClient(hub.address as string).greet();
    await far.close();
    await client.sees('<delProperty device="Beta"');
    await using _again = await createHub({ listen: address, run: { b: fixture('Beta') } });
    const before = client.count('<defNumberVector');
    await eventually(() => client.count('<defNumberVector') > before, 'they are back');
    await client.roundTrip('Beta');
  });

  it('a server that asks for the device "*" gets all, as indiserver asks when it is chained', async () => {
    await using hub = await hubOf({ run: { a: fixture('Alpha'), b: fixture('Beta') } });
    using client = new RawClient(hub.address as string);
    client.send('<getProperties device="*" version="1.7"/>');
    for (const device of ['Alpha', 'Beta']) {
      await client.sees(`<defBLOBVector device="${device}"`);
      await client.roundTrip(device);
    }
  });

  it('only the named device is taken from device@host', async () => {
    await using far = await hubOf({ run: { a: fixture('Alpha'), b: fixture('Beta') } });
    await eventually(() => far.drivers().every(({ devices }) => devices.length === 1), 'both run');
    await using hub = await hubOf({ chain: [`Beta@${far.address}`] });
    using client = await new RawClient(hub.address as string).greet();
    await client.roundTrip('Beta');
    assert.equal(client.count('Alpha'), 0);
    assert.deepEqual(hub.drivers()[0]?.devices, ['Beta']);
  });

  it('BLOBs of a chained server come once somebody here wants them, after a reconnection too', async () => {
    const far = await hubOf({ run: { b: fixture('Beta') } });
    const address = far.address as string;
    await using hub = await hubOf({ chain: [`@${address}`] });
    using client = await new RawClient(hub.address as string).greet();
    client.send(echo('Beta', blob('Beta', 30)));
    await client.roundTrip('Beta');
    assert.equal(client.count('<setBLOBVector'), 0);
    client.send('<enableBLOB device="Beta">Also</enableBLOB>');
    client.send(echo('Beta', blob('Beta', 30)));
    await client.sees('</setBLOBVector>');
    await far.close();
    await client.sees('<delProperty device="Beta"');
    await using _again = await createHub({ listen: address, run: { b: fixture('Beta') } });
    const before = client.count('<defNumberVector');
    await eventually(() => client.count('<defNumberVector') > before, 'it is back');
    const pictures = client.count('</setBLOBVector>');
    client.send(echo('Beta', blob('Beta', 30)));
    await eventually(() => client.count('</setBLOBVector>') > pictures, 'a picture comes');
  });

  it('a chain that ends every element wrongly is left and tried again', async () => {
    const sockets = new Set<Socket>();
    const junk: Server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.end('<setNumberVector device="X" name="Y"></setTextVector>');
    });
    await new Promise<void>((resolve) => junk.listen(0, '127.0.0.1', resolve));
    const { port } = junk.address() as { port: number };
    const log = recorder();
    await using hub = await hubOf({ run: { a: fixture('Alpha') }, chain: [`@127.0.0.1:${port}`], log });
    using client = await new RawClient(hub.address as string).greet();
    await eventually(() => (hub.drivers()[1]?.restarts ?? 0) > 1, 'it was tried again');
    await client.roundTrip('Alpha');
    assert.ok(log.code('XML_UNBALANCED'));
    junk.close();
    for (const socket of sockets) socket.destroy();
  });

  it('servers chained in a ring do not pass elements round', async () => {
    const held = createServer();
    await new Promise<void>((resolve) => held.listen(0, '127.0.0.1', resolve));
    const { port } = held.address() as { port: number };
    await new Promise((resolve) => held.close(resolve));
    await using a = await hubOf({ run: { a: fixture('Alpha') }, chain: [`Beta@127.0.0.1:${port}`] });
    await using _b = await createHub({
      listen: `127.0.0.1:${port}`,
      run: { b: fixture('Beta') },
      chain: [`Alpha@${a.address}`],
    });
    using client = new RawClient(a.address as string);
    await client.greet('device="Beta" name="PICTURE"');
    await client.sees('device="Alpha" name="PICTURE"');
    await client.roundTrip('Beta');
    await client.roundTrip('Alpha');
    const before = client.bytes;
    for (let i = 0; i < 10; i++) await client.roundTrip('Alpha');
    assert.ok(client.bytes - before < 10 * 1_000, 'each change comes a few times at most');
  });
});
