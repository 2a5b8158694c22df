/** What strangers can make the hub keep, each alone and all together. */
import assert from 'node:assert/strict';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { describe, it } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { eventually } from '@fairlead/testkit';
import { HeadingReader } from '../../src/hub/heading.ts';
import { Interest } from '../../src/hub/interest.ts';
import { indiLimits, RawElement } from '../../src/index.ts';
import { echo, fixture, hubOf, number, RawClient, recorder } from './world.ts';

const MiB = 2 ** 20;
const get = (device: string, name = 'X') =>
  `<getProperties version="1.7" device="${device}" name="${name}"/>`;

describe('names that clients ask for', () => {
  it('of 500 KB fill no memory: the client is closed', async () => {
    const log = recorder();
    await using hub = await hubOf({ run: { a: fixture('Alpha') }, log });
    for (const xml of [
      get('D'.repeat(500_000)),
      get('D', 'N'.repeat(500_000)),
      `<newTextVector device="Alpha" name="${'N'.repeat(300)}"/>`,
      `<enableBLOB device="${'D'.repeat(300)}">Also</enableBLOB>`,
    ]) {
      using client = new RawClient(hub.address as string);
      client.send(xml);
      await eventually(() => client.closed, 'it is closed');
    }
    assert.equal(log.lines.filter(({ fields }) => fields.code === 'INDI_NAME_TOO_LONG').length, 4);
  });

  it('of a driver are dropped, and the driver lives', async () => {
    const log = recorder();
    await using hub = await hubOf({ run: { a: fixture('Alpha') }, log });
    using client = await new RawClient(hub.address as string).greet();
    client.send(echo('Alpha', `<setTextVector device="Alpha" name="${'N'.repeat(300)}"/>`));
    await client.roundTrip('Alpha');
    assert.equal(client.count('NNN'), 0);
    assert.deepEqual([log.code('INDI_NAME_TOO_LONG'), hub.drivers()[0]?.restarts], [true, 0]);
  });

  it('have a bound in bytes for each', async () => {
    const log = recorder();
    await using hub = await hubOf({ log });
    using client = new RawClient(hub.address as string);
    for (let i = 0; i < 4_000; i++) client.send(get(`${i}`.padEnd(256, 'd'), `${i}`.padEnd(256, 'n')));
    await eventually(() => client.closed, 'it is closed');
    assert.ok(log.code('SUBSCRIPTIONS_TOO_LARGE'));
  });

  it('have a bound for all clients: the one with most is closed, the others are served', async () => {
    const log = recorder();
    await using hub = await hubOf({ run: { a: fixture('Alpha') }, log, limits: { clientsNames: 100_000 } });
    const clients = Array.from({ length: 4 }, () => new RawClient(hub.address as string));
    const [largest, ...others] = clients as [RawClient, ...RawClient[]];
    const ask = async (client: RawClient, count: number) => {
      for (let i = 0; i < count; i++) client.send(get(`D${i}`.padEnd(100, 'x')));
      client.send('<pingRequest uid="asked"/>');
      await client.sees('asked');
    };
    await ask(largest, 120);
    for (const other of others.slice(0, 2)) await ask(other, 60);
    await ask(others[2] as RawClient, 60);
    await eventually(() => largest.closed, 'the one with most is closed');
    for (const other of others) {
      other.send('<pingRequest uid="served"/>');
      await other.sees('served');
      other.socket.destroy();
    }
    assert.equal(log.lines.filter(({ fields }) => fields.code === 'HUB_FULL').length, 1);
    await eventually(() => hub.clients().length === 0, 'all are gone');
    using next = new RawClient(hub.address as string);
    await ask(next, 200);
  });

  it('keep nothing of the elements that they stood in', () => {
    setFlagsFromString('--expose-gc');
    const gc = runInNewContext('gc') as () => void;
    const reader = new HeadingReader();
    const interest = new Interest();
    const subscribe = (i: number) => {
      const head = `<getProperties device="A device ${i} with a name" filler="${'x'.repeat(60_000)}" name="A property ${i}"/>`;
      const { device, name } = reader.read(new RawElement(Buffer.from(head), 'getProperties', head.length));
      interest.subscribe(device, name);
    };
    subscribe(0);
    gc();
    const before = process.memoryUsage().heapUsed;
    for (let i = 1; i < 1_000; i++) subscribe(i);
    gc();
    const kept = process.memoryUsage().heapUsed - before;
    assert.ok(kept < 5 * MiB, `${kept} bytes are kept`);
  });
});

describe('elements that clients begin and do not end', () => {
  it('have a bound for all clients, BLOBs too: the one with most is closed, and its memory is free', async () => {
    const log = recorder();
    await using hub = await hubOf({ run: { a: fixture('Alpha') }, log, limits: { clientsInput: 4 * MiB } });
    using good = await new RawClient(hub.address as string).greet();
    const begin = (size: number, tag = 'BLOB') => {
      const client = new RawClient(hub.address as string);
      client.send(`<new${tag}Vector device="Alpha" name="P"><one${tag} name="B" size="9" format=".x">`);
      client.send('A'.repeat(size));
      return client;
    };
    const full = () => log.lines.filter(({ fields }) => fields.code === 'HUB_FULL').length;
    const largest = begin(2 * MiB);
    const others = [begin(MiB), begin(MiB / 2, 'Text'), begin(MiB)];
    await eventually(() => largest.closed, 'the one with most is closed');
    assert.ok(others.every(({ closed }) => !closed));
    await good.roundTrip('Alpha');
    for (let round = 2; round < 5; round++) {
      const next = begin(4 * MiB);
      await eventually(() => full() === round, 'the next one is closed');
      await eventually(() => next.closed, 'it is closed');
    }
    for (const other of others) other.socket.destroy();
    await good.roundTrip('Alpha');
  });
});

describe('what clients do not read', () => {
  it('has a bound for all clients, and others are served', async () => {
    const log = recorder();
    await using hub = await hubOf({ run: { a: fixture('Alpha') }, log, limits: { clientsQueue: 4 * MiB } });
    using good = await new RawClient(hub.address as string).greet();
    const slow = Array.from({ length: 4 }, () => new RawClient(hub.address as string));
    for (const client of slow) await client.greet();
    for (const client of slow) client.socket.pause();
    const text = 'x'.repeat(200_000);
    for (let i = 0; i < 200 && !log.code('HUB_FULL'); i++) {
      const before = good.bytes;
      good.send(
        echo(
          'Alpha',
          `<setTextVector device="Alpha" name="ECHO"><oneText name="XML">${text}</oneText></setTextVector>`,
        ),
      );
      await eventually(() => good.bytes >= before + text.length, 'who reads gets all');
    }
    assert.ok(log.code('HUB_FULL'));
    assert.ok(!log.code('PEER_TOO_SLOW'));
    await good.roundTrip('Alpha');
    for (const client of slow) client.socket.destroy();
  });
});

describe('what clients send to a driver that is behind', () => {
  it('has a bound for all clients: the driver is not ended for what they send together', async () => {
    const log = recorder();
    await using hub = await hubOf({
      run: { a: fixture('Alpha') },
      log,
      limits: { driverQueue: MiB },
    });
    using good = await new RawClient(hub.address as string).greet();
    const bad = Array.from({ length: 12 }, () => new RawClient(hub.address as string));
    good.send('<newTextVector device="Alpha" name="NAP"><oneText name="MS">1000</oneText></newTextVector>');
    const request = `<newTextVector device="Alpha" name="NOTHING"><oneText name="X">${'x'.repeat(50_000)}</oneText></newTextVector>`;
    for (const client of bad) for (let i = 0; i < 20; i++) client.send(request);
    await eventually(() => log.code('HUB_FULL'), 'one of them is closed');
    good.send(number('Alpha', 7));
    await good.sees('<oneNumber name="VALUE">7</oneNumber></setNumberVector>');
    assert.deepEqual([log.code('PEER_TOO_SLOW'), hub.drivers()[0]?.restarts], [false, 0]);
    for (const client of bad) client.socket.destroy();
  });

  it('counts although the clients have left', async () => {
    const log = recorder();
    await using hub = await hubOf({ run: { a: fixture('Alpha') }, log, limits: { driverQueue: MiB } });
    using good = await new RawClient(hub.address as string).greet();
    good.send('<newTextVector device="Alpha" name="NAP"><oneText name="MS">2000</oneText></newTextVector>');
    const request = `<newTextVector device="Alpha" name="NOTHING"><oneText name="X">${'x'.repeat(50_000)}</oneText></newTextVector>`;
    for (let i = 0; i < 12; i++) {
      const bad = new RawClient(hub.address as string);
      bad.socket.end(request.repeat(4));
      await eventually(() => bad.closed, 'it has left');
    }
    await good.roundTrip('Alpha');
    assert.deepEqual([log.code('PEER_TOO_SLOW'), hub.drivers()[0]?.restarts], [false, 0]);
  });

  it('is delivered after a client has left in peace', async () => {
    await using hub = await hubOf({ run: { a: fixture('Alpha') } });
    using good = await new RawClient(hub.address as string).greet();
    const brief = new RawClient(hub.address as string);
    brief.send('<newTextVector device="Alpha" name="NAP"><oneText name="MS">300</oneText></newTextVector>');
    brief.socket.end(
      `<newTextVector device="Alpha" name="N"><oneText name="X">${'x'.repeat(indiLimits.values.clientAhead)}</oneText></newTextVector>${number('Alpha', 9)}`,
    );
    await good.sees('<oneNumber name="VALUE">9</oneNumber></setNumberVector>');
  });
});

describe('a server that is chained to and does not read', () => {
  it('is left at the bound, and connected to again', async (t) => {
    const links: Socket[] = [];
    const far = createServer((socket) => {
      links.push(socket);
      socket.on('error', () => {});
      socket.pause();
      // A client of it snoops on our device.
      if (links.length === 1) socket.write('<getProperties version="1.7" device="Alpha"/>');
    });
    await new Promise<void>((resolve) => far.listen(0, '127.0.0.1', resolve));
    t.after(() => {
      for (const link of links) link.destroy();
      far.close();
    });
    const chain = `@127.0.0.1:${(far.address() as AddressInfo).port}`;
    await using hub = await hubOf({
      run: { a: fixture('Alpha') },
      chain: [chain],
      limits: { driverQueue: MiB },
    });
    using good = await new RawClient(hub.address as string).greet();
    await eventually(() => links.length === 1, 'it is connected');
    const text = 'x'.repeat(200_000);
    for (let i = 0; i < 200 && links.length === 1; i++) {
      const before = good.bytes;
      good.send(
        echo(
          'Alpha',
          `<setTextVector device="Alpha" name="ECHO"><oneText name="XML">${text}</oneText></setTextVector>`,
        ),
      );
      await eventually(() => good.bytes >= before + text.length, 'who reads gets all');
    }
    await eventually(() => links.length === 2, 'it is connected to again');
    const status = () => hub.drivers().find(({ kind }) => kind === 'chain');
    await eventually(() => status()?.state === 'running', 'it runs');
    assert.equal(status()?.cause?.code, 'PEER_TOO_SLOW');
  });
});
