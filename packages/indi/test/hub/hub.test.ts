import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { eventually } from '@fairlead/testkit';
import {
  type BlobValue,
  blobData,
  connectIndi,
  type DriverCommand,
  type IndiClient,
} from '../../src/index.ts';
import { descendants, echo, fixture, hubOf, number, RawClient, recorder } from './world.ts';

describe('the hub', () => {
  it('serves many drivers to many clients', async () => {
    await using hub = await hubOf({ run: { a: fixture('Alpha'), b: fixture('Beta') } });
    using one = new RawClient(hub.address as string);
    using two = new RawClient(hub.address as string);
    await eventually(
      () => hub.drivers().every(({ devices }) => devices.length === 1),
      'both drivers show devices',
    );
    await Promise.all([one.greet(), two.greet()]);
    await Promise.all([one.sees('device="Beta" name="PICTURE"'), one.sees('device="Alpha" name="PICTURE"')]);
    one.send(number('Beta', 42));
    await two.sees('<oneNumber name="VALUE">42</oneNumber></setNumberVector>');
    assert.equal(hub.driverOf('Beta'), 'b');
    assert.deepEqual(
      hub.drivers().map(({ name, state, devices }) => ({ name, state, devices })),
      [
        { name: 'a', state: 'running', devices: ['Alpha'] },
        { name: 'b', state: 'running', devices: ['Beta'] },
      ],
    );
  });

  it('echoes new* to other subscribers, not to the sender', async () => {
    await using hub = await hubOf({ run: { a: fixture('Alpha') } });
    using one = await new RawClient(hub.address as string).greet();
    using two = await new RawClient(hub.address as string).greet();
    one.send(number('Alpha', 7));
    await Promise.all([one, two].map((client) => client.sees('VALUE">7</oneNumber></setNumberVector>')));
    assert.equal(two.count('<newNumberVector'), 1);
    assert.equal(one.count('<newNumberVector'), 0);
  });

  it('gives a client what it asked for: a device, a property', async () => {
    await using hub = await hubOf({ run: { a: fixture('Alpha'), b: fixture('Beta') } });
    using all = await new RawClient(hub.address as string).greet();
    await all.sees('device="Alpha"');
    await all.sees('device="Beta"');
    using part = new RawClient(hub.address as string);
    part.send('<getProperties version="1.7" device="Alpha" name="NUMBER"/>');
    await part.sees('<defNumberVector');
    await all.roundTrip('Beta');
    await all.roundTrip('Alpha');
    await part.sees('<setNumberVector');
    assert.equal(part.count('Beta'), 0);
    assert.equal(part.count('"PICTURE"'), 0);
  });

  it('answers a ping of a client and one of a driver with the same attributes', async () => {
    await using hub = await hubOf({ run: { a: fixture('Alpha') } });
    using client = await new RawClient(hub.address as string).greet();
    client.send("<pingRequest uid='SetBLOB/1'/>");
    await client.sees("<pingReply uid='SetBLOB/1'/>");
    client.send(echo('Alpha', '<pingRequest uid="SetBLOB/7"/>'));
    await client.sees('ping answered SetBLOB/7');
  });

  it('says in words that nobody serves a device', async () => {
    await using hub = await hubOf({ run: { a: fixture('Alpha') } });
    using client = await new RawClient(hub.address as string).greet();
    client.send(number('Nobody', 1));
    await client.sees('No driver serves the device &quot;Nobody&quot;');
  });

  it('does not know a device whose name no XML can hold', async () => {
    const log = recorder();
    await using hub = await hubOf({ run: { a: fixture('Alpha') }, log });
    using client = await new RawClient(hub.address as string).greet();
    for (const bad of ['Ev\u0019il', 'Ev&#25;il'])
      client.send(
        echo(
          'Alpha',
          `<defTextVector device="${bad}" name="A"><defText name="B">x</defText></defTextVector>`,
        ),
      );
    await eventually(
      () => log.lines.filter(({ fields }) => fields.code === 'XML_SYNTAX').length === 2,
      'told',
    );
    assert.deepEqual(hub.drivers()[0]?.devices, ['Alpha']);
    client.send('<newTextVector device="Alpha" name="EXIT"><oneText name="NOW">x</oneText></newTextVector>');
    await client.sees('<delProperty device="Alpha"');
    await eventually(() => hub.drivers()[0]?.devices.length === 1, 'it is back');
    using other = new RawClient(hub.address as string);
    other.send(number('Ev&#25;il', 1));
    await eventually(() => hub.clients().length === 1, 'a client that says so is let go');
  });

  it('passes removals on and forgets the device', async () => {
    await using hub = await hubOf({ run: { a: fixture('Alpha') } });
    using client = await new RawClient(hub.address as string).greet();
    client.send(echo('Alpha', '<delProperty device="Alpha" name="PICTURE"/>'));
    await client.sees('<delProperty device="Alpha" name="PICTURE"');
    assert.deepEqual(hub.drivers()[0]?.devices, ['Alpha']);
    client.send(echo('Alpha', '<delProperty device="Alpha"/>'));
    await client.sees('<delProperty device="Alpha"/>');
    assert.deepEqual(hub.drivers()[0]?.devices, []);
  });

  it('lets a driver snoop on another', async () => {
    await using hub = await hubOf({ run: { a: fixture('Alpha', 'snoop=Beta'), b: fixture('Beta') } });
    using client = await new RawClient(hub.address as string).greet();
    await client.sees('snooped Beta NUMBER');
    await client.roundTrip('Beta');
    await eventually(() => client.count('snooped Beta NUMBER') >= 2, 'the change was snooped on');
  });

  it('passes what a client says as a server would to drivers that snoop', async () => {
    await using hub = await hubOf({ run: { a: fixture('Alpha', 'snoop=Remote') } });
    using client = await new RawClient(hub.address as string).greet();
    await client.sees('name="PICTURE"');
    using second = await new RawClient(hub.address as string).greet();
    client.send(
      "<setNumberVector device='Remote' name='NUMBER'><oneNumber name='VALUE'>1</oneNumber></setNumberVector>",
    );
    await second.sees('snooped Remote NUMBER');
  });

  it('takes elements with a declaration before each, and forwards them without', async () => {
    await using hub = await hubOf({ run: { a: fixture('Alpha', 'declared') } });
    using client = await new RawClient(hub.address as string).greet();
    await client.roundTrip('Alpha');
    assert.equal(client.count('<?xml'), 0);
  });

  it('passes a large BLOB on whole: to a client, over two more hubs, and within the process', async () => {
    const camera = {
      command: [process.execPath, ...process.execArgv, join(import.meta.dirname, 'camera.ts')],
    } as unknown as DriverCommand;
    await using far = await hubOf({ run: { camera } });
    await using between = await hubOf({ chain: [`@${far.address}`] });
    await using hub = await hubOf({ chain: [`Camera@${between.address}`] });
    await using near = connectIndi(far.address as string);
    await using over = connectIndi(hub.address as string);
    await using local = connectIndi('local:1', { dial: async () => hub.connect() });
    const clients = [near, over, local];
    const pictureOf = (client: IndiClient) =>
      client.property('Camera', 'PICTURE')?.elements.get('IMAGE')?.value;
    for (const client of clients) {
      client.enableBlob('Also', 'Camera');
      await client.waitFor('Camera', 'SHOOT');
    }
    for (let n = 0; n < 3; n++) {
      const before = clients.map(pictureOf);
      over.send('Camera', 'SHOOT', { NOW: true });
      for (const [i, client] of clients.entries()) {
        await eventually(() => pictureOf(client) !== before[i], `picture ${n} for ${i}`);
        const blob = pictureOf(client) as BlobValue;
        assert.equal(blobData('IMAGE', blob).toString(), 'pixels'.repeat(200_000));
      }
    }
  });

  it('lets a driver snoop on BLOBs of another once it says so', async () => {
    await using hub = await hubOf({ run: { a: fixture('Alpha'), b: fixture('Beta') } });
    using client = await new RawClient(hub.address as string).greet('<defBLOBVector device="Alpha"');
    await client.sees('<defBLOBVector device="Beta"');
    const shoot = '<newTextVector device="Beta" name="SHOOT"><oneText name="NOW">x</oneText></newTextVector>';
    client.send(echo('Alpha', '<getProperties version="1.7" device="Beta" name="PICTURE"/>'));
    await client.roundTrip('Alpha');
    client.send(shoot);
    await client.roundTrip('Beta');
    await client.roundTrip('Alpha');
    const before = client.count('snooped Beta PICTURE'); // its definition
    client.send(echo('Alpha', '<enableBLOB device="Beta" name="PICTURE">Also</enableBLOB>'));
    await client.roundTrip('Alpha');
    client.send(shoot);
    await eventually(() => client.count('snooped Beta PICTURE') === before + 1, 'the picture was snooped on');
  });

  it('hands a BLOB to clients in one line, and to drivers as it came', async () => {
    await using hub = await hubOf({ run: { a: fixture('Alpha'), b: fixture('Beta') } });
    using client = await new RawClient(hub.address as string).greet('<defBLOBVector device="Alpha"');
    await client.sees('<defBLOBVector device="Beta"');
    client.send('<enableBLOB device="Beta">Also</enableBLOB>');
    client.send(echo('Alpha', '<enableBLOB device="Beta" name="PICTURE">Also</enableBLOB>'));
    client.send(echo('Alpha', '<getProperties version="1.7" device="Beta" name="PICTURE"/>'));
    await client.roundTrip('Alpha');
    const picture =
      '<oneBLOB name="IMAGE" size="6" enclen="8" format=".x">QUJD\nREVG\n</oneBLOB></setBLOBVector>';
    client.send(echo('Beta', `<setBLOBVector device="Beta" name="PICTURE" state="Ok">${picture}`));
    await client.sees('snooped Beta PICTURE, told enclen');
    await client.sees('>QUJDREVG</oneBLOB>');
    assert.ok(!client.text.slice(client.text.lastIndexOf('<setBLOBVector')).includes('enclen="8"'));
  });

  it('believes nobody but the driver of a device what is said of it', async () => {
    await using hub = await hubOf({ run: { a: fixture('Alpha'), b: fixture('Beta') } });
    using client = await new RawClient(hub.address as string).greet('<defBLOBVector device="Alpha"');
    await client.sees('<defBLOBVector device="Beta"');
    const lies = [
      '<setNumberVector device="Beta" name="NUMBER" state="Alert"><oneNumber name="VALUE">666</oneNumber></setNumberVector>',
      '<delProperty device="Beta"/>',
      '<message device="Beta" message="a lie"/>',
      '<defNumberVector device="Beta" name="LIE" state="Ok" perm="rw"><defNumber name="X" format="%g" min="0" max="0" step="0">0</defNumber></defNumberVector>',
    ];
    client.send(echo('Alpha', lies.join('')) + lies.join(''));
    await client.roundTrip('Alpha');
    await client.roundTrip('Beta');
    assert.doesNotMatch(
      client.text,
      /(?<!&gt;|oneNumber name="VALUE">)666<|message="a lie"|<delProperty|name="LIE"/,
    );
    // What concerns no device at all may be said by any driver of our own.
    client.send(echo('Alpha', '<message message="for everybody"/>'));
    await client.sees('<message message="for everybody"/>');
  });

  it('serves clients within the process without a port', async () => {
    await using hub = await hubOf({ listen: undefined, run: { a: fixture('Alpha') } });
    assert.equal(hub.address, undefined);
    await using client = connectIndi('local:1', { dial: async () => hub.connect() });
    await client.waitFor('Alpha', 'NUMBER');
    const property = await client.set('Alpha', 'NUMBER', { VALUE: 5 });
    assert.equal(property.elements.get('VALUE')?.value, 5);
  });
});

describe('a driver of the hub', () => {
  it('that dies is started again; clients see its properties go and come back', async () => {
    const log = recorder();
    await using hub = await hubOf({ run: { a: fixture('Alpha'), b: fixture('Beta') }, log });
    using client = await new RawClient(hub.address as string).greet();
    await client.sees('device="Alpha" name="PICTURE"');
    process.kill(hub.drivers()[0]?.pid as number, 'SIGKILL');
    await client.sees('<delProperty device="Alpha"');
    const before = client.count('<defNumberVector device="Alpha"');
    await eventually(() => client.count('<defNumberVector device="Alpha"') > before, 'it is back');
    await client.roundTrip('Alpha');
    assert.equal(hub.drivers()[0]?.restarts, 1);
    assert.ok(log.code('DRIVER_ENDED'));
  });

  it('that exits says with what status', async () => {
    await using hub = await hubOf({ run: { a: fixture('Alpha') } });
    using client = await new RawClient(hub.address as string).greet();
    client.send("<newTextVector device='Alpha' name='EXIT'><oneText name='X'/></newTextVector>");
    await client.sees('<delProperty device="Alpha"');
    assert.match(hub.drivers()[0]?.cause?.message ?? '', /status 3/);
  });

  it('that does not exist never ends the hub', async () => {
    await using hub = await hubOf({
      run: {
        none: { command: ['/no/such/driver'] },
        folder: { command: ['/bin/true'], cwd: '/no/such' },
        a: fixture('Alpha'),
      },
    });
    await eventually(
      () =>
        hub
          .drivers()
          .slice(0, 2)
          .every(({ restarts }) => restarts > 2),
      'they were tried again',
    );
    using client = await new RawClient(hub.address as string).greet();
    await client.roundTrip('Alpha');
    assert.match(hub.drivers()[0]?.cause?.message ?? '', /no such program/);
  });

  it('for which no pipe can be made is tried again, and the hub lives on', async () => {
    const { TMPDIR } = process.env;
    process.env.TMPDIR = '/no/such/folder';
    const restore = () => {
      if (TMPDIR === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = TMPDIR;
    };
    try {
      const [program, ...args] = fixture('Alpha').command;
      const run = { a: { command: ['/bin/sh', '-c', 'exec "$0" "$@"', program, ...args] as const } };
      await using hub = await hubOf({ run });
      assert.match(hub.drivers()[0]?.cause?.message ?? '', /mkfifo: .*No such file/);
      restore();
      using client = await new RawClient(hub.address as string).greet();
      await client.roundTrip('Alpha');
    } finally {
      restore();
    }
  });

  it('exits when its input ends, and is killed where it does not', async () => {
    const hub = await hubOf({
      run: { a: fixture('Alpha'), b: fixture('Beta', 'stubborn') },
      limits: { driverGrace: 100 },
    });
    const pids = hub.drivers().flatMap(({ pid }) => [pid as number, ...descendants(pid as number)]);
    assert.ok(pids.length >= 2);
    await hub.close();
    await hub.close();
    const alive = (pid: number) => {
      try {
        process.kill(pid, 0);
        return true;
      } catch {
        return false;
      }
    };
    await eventually(() => !pids.some(alive), 'no process is left');
  });

  it('that writes what is no INDI is heard again from its next element on', async () => {
    const log = recorder();
    await using hub = await hubOf({ run: { a: fixture('Alpha') }, log });
    using client = await new RawClient(hub.address as string).greet();
    client.send(echo('Alpha', 'printf debugging: a < b & c'));
    await client.roundTrip('Alpha');
    assert.ok(log.code('XML_SYNTAX'));
    client.send(echo('Alpha', '<b>a tag that nobody closes'));
    await client.roundTrip('Alpha');
    assert.ok(log.code('ELEMENT_FOREIGN'));
  });
});
