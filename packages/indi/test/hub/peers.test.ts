/** The hub with other people's programs: C++ drivers, indiserver, indi_getprop. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { eventually, freePort, requirePeer } from '@fairlead/testkit';
import { blobData, connectIndi, type DriverCommand, type Hub, type IndiClient } from '../../src/index.ts';
import { indiserver, launcher } from './real-server.ts';
import { fixture, hubOf, RawClient } from './world.ts';

const run = promisify(execFile);
const MOUNT = 'Telescope Simulator';
const CAMERA = 'CCD Simulator';

/** Drivers of a test keep their configuration apart from the user's. */
let home = '';
before(async () => {
  home = await mkdtemp(join(tmpdir(), 'fairlead-indi-'));
});
after(() => rm(home, { recursive: true, force: true }));

const cpp = (program: string): DriverCommand => ({ command: [program], env: { HOME: home } });

async function connected(client: IndiClient, device: string): Promise<void> {
  await client.waitFor(device, 'CONNECTION');
  await client.set(device, 'CONNECTION', { CONNECT: true });
}

const portOf = (hub: Hub) => String(hub.address).split(':')[1] as string;

describe('real C++ drivers under the hub', () => {
  it('a mount slews, seen by our client and by indi_getprop', async (t) => {
    if (!requirePeer(t, 'indi_simulator_telescope') || !requirePeer(t, 'indi_getprop')) return;
    await using hub = await hubOf({ run: { mount: cpp('indi_simulator_telescope') } });
    await using client = connectIndi(hub.address as string);
    await connected(client, MOUNT);
    const { stdout } = await run('indi_getprop', ['-p', portOf(hub), `${MOUNT}.CONNECTION.CONNECT`]);
    assert.equal(stdout, `${MOUNT}.CONNECTION.CONNECT=On\n`);
    await client.waitFor(MOUNT, 'EQUATORIAL_EOD_COORD');
    await run('indi_setprop', ['-p', portOf(hub), `${MOUNT}.TELESCOPE_PARK.UNPARK=On`]);
    await client.waitFor(MOUNT, 'TELESCOPE_PARK', {
      when: ({ elements }) => elements.get('UNPARK')?.value === true,
    });
    client.send(MOUNT, 'EQUATORIAL_EOD_COORD', { RA: '5:30:00', DEC: 80 });
    await client.waitFor(MOUNT, 'EQUATORIAL_EOD_COORD', { when: ({ state }) => state === 'Busy' });
  });

  it('a camera sends its picture inline', async (t) => {
    if (!requirePeer(t, 'indi_simulator_ccd')) return;
    await using hub = await hubOf({ run: { camera: cpp('indi_simulator_ccd') } });
    await using client = connectIndi(hub.address as string);
    await connected(client, CAMERA);
    client.enableBlob('Also', CAMERA);
    await client.waitFor(CAMERA, 'CCD_EXPOSURE');
    const picture = client.waitFor(CAMERA, 'CCD1', {
      when: ({ elements }) => elements.get('CCD1')?.value !== undefined,
    });
    client.send(CAMERA, 'CCD_EXPOSURE', { CCD_EXPOSURE_VALUE: 0.1 });
    const blob = (await picture).elements.get('CCD1')?.value;
    assert.ok(typeof blob === 'object');
    const data = blobData('CCD1', blob);
    assert.ok(data.length > 1_000_000);
    assert.match(data.toString('latin1', 0, 30), /^SIMPLE {2}= +T/);
  });

  it('one that is killed comes back; the others do not notice', async (t) => {
    if (!requirePeer(t, 'indi_simulator_telescope') || !requirePeer(t, 'indi_lx200basic')) return;
    await using hub = await hubOf({
      run: { mount: cpp('indi_simulator_telescope'), lx200: cpp('indi_lx200basic') },
    });
    await using client = connectIndi(hub.address as string);
    await Promise.all([client.waitFor(MOUNT, 'CONNECTION'), client.waitFor('LX200 Basic', 'CONNECTION')]);
    const pid = hub.drivers()[1]?.pid as number;
    let gone = false;
    client.on('change', (change) => {
      gone ||= change.kind === 'removed' && change.device === 'LX200 Basic';
    });
    process.kill(pid, 'SIGKILL');
    await eventually(() => gone, 'its properties are gone');
    await client.waitFor('LX200 Basic', 'CONNECTION');
    assert.equal(hub.drivers()[0]?.restarts, 0);
    assert.notEqual(client.property(MOUNT, 'CONNECTION'), undefined);
  });

  it('no version of getProperties kills one', async (t) => {
    if (!requirePeer(t, 'indi_lx200basic')) return;
    await using hub = await hubOf({ run: { lx200: cpp('indi_lx200basic') } });
    using client = new RawClient(hub.address as string);
    for (const xml of [
      '<getProperties/>',
      '<getProperties version="1.8"/>',
      '<getProperties version="1.7"/>',
    ]) {
      const seen = client.count("name='CONNECTION'");
      client.send(xml);
      await eventually(() => client.count("name='CONNECTION'") > seen, 'it defines');
    }
    assert.equal(hub.drivers()[0]?.restarts, 0);
  });
});

describe('a real indiserver', () => {
  it('chained to the hub serves our drivers', async (t) => {
    if (!requirePeer(t, 'indiserver') || !requirePeer(t, 'indi_getprop')) return;
    await using hub = await hubOf({ run: { a: fixture('Alpha') } });
    await eventually(() => hub.drivers()[0]?.devices.length === 1, 'the driver runs');
    await using server = await indiserver(home, `Alpha@127.0.0.1:${portOf(hub)}`);
    const { stdout } = await run('indi_getprop', ['-p', String(server.port), 'Alpha.NUMBER.VALUE']);
    assert.equal(stdout, 'Alpha.NUMBER.VALUE=1\n');
    await using client = connectIndi(`127.0.0.1:${server.port}`);
    await client.waitFor('Alpha', 'NUMBER');
    await client.set('Alpha', 'NUMBER', { VALUE: 17 });
    assert.equal(client.property('Alpha', 'NUMBER')?.elements.get('VALUE')?.value, 17);
  });

  it('chained to the hub without naming a device serves all of them, old and new', async (t) => {
    if (!requirePeer(t, 'indiserver')) return;
    await using hub = await hubOf({ run: { a: fixture('Alpha'), b: fixture('Beta') } });
    await eventually(() => hub.drivers()[0]?.devices.length === 1, 'a driver runs');
    await using server = await indiserver(home, `@127.0.0.1:${portOf(hub)}`);
    await using client = connectIndi(`127.0.0.1:${server.port}`);
    await client.waitFor('Alpha', 'NUMBER');
    await client.waitFor('Beta', 'NUMBER');
    await client.set('Beta', 'NUMBER', { VALUE: 17 });
  });

  it('is chained to by the hub, with its BLOBs', async (t) => {
    if (!requirePeer(t, 'indiserver') || !requirePeer(t, 'indi_simulator_ccd')) return;
    await using server = await indiserver(home, 'indi_simulator_ccd');
    await using hub = await hubOf({ chain: [`@127.0.0.1:${server.port}`] });
    await using client = connectIndi(hub.address as string);
    await connected(client, CAMERA);
    client.enableBlob('Also', CAMERA);
    await client.waitFor(CAMERA, 'CCD_EXPOSURE');
    client.send(CAMERA, 'CCD_EXPOSURE', { CCD_EXPOSURE_VALUE: 0.1 });
    const property = await client.waitFor(CAMERA, 'CCD1', {
      when: ({ elements }) => elements.get('CCD1')?.value !== undefined,
    });
    assert.ok(blobData('CCD1', property.elements.get('CCD1')?.value as never).length > 1_000_000);
  });

  it('chained to the hub and the hub to it, both bare, passes nothing round', async (t) => {
    if (!requirePeer(t, 'indiserver') || !requirePeer(t, 'indi_lx200basic')) return;
    const port = await freePort();
    await using hub = await hubOf({ run: { a: fixture('Alpha') }, chain: [`@127.0.0.1:${port}`] });
    await using server = await indiserver(home, 'indi_lx200basic', `@127.0.0.1:${portOf(hub)}`);
    const relay = createServer((near) => {
      const far = connect(server.port, '127.0.0.1');
      const end = () => {
        near.destroy();
        far.destroy();
      };
      for (const socket of [near, far]) socket.on('error', end).on('close', end);
      near.pipe(far).pipe(near);
    }).listen(port, '127.0.0.1');
    try {
      for (const where of [`127.0.0.1:${server.port}`, hub.address as string]) {
        using client = new RawClient(where);
        client.send('<getProperties version="1.7"/>');
        await client.sees('LX200 Basic', 15_000);
        await client.sees('Alpha');
      }
      await eventually(() => hub.drivers()[1]?.warning?.code === 'CHAIN_LOOP', 'it is told');
      const total = () => hub.clients().reduce((sum, { bytesIn }) => sum + bytesIn, 0);
      let [last, same] = [-1, 0];
      await eventually(() => {
        same = total() === last ? same + 1 : 0;
        last = total();
        return same >= 10;
      }, 'nothing goes round');
    } finally {
      relay.close();
    }
  });

  it('passes a large BLOB of our driver on, again and again', async (t) => {
    if (!requirePeer(t, 'indiserver')) return;
    await using server = await indiserver(home, await launcher(home, 'camera.ts'));
    await using client = connectIndi(`127.0.0.1:${server.port}`);
    client.enableBlob('Also', 'Camera');
    await client.waitFor('Camera', 'SHOOT');
    const picture = () => client.property('Camera', 'PICTURE')?.elements.get('IMAGE')?.value;
    for (let n = 1; n <= 3; n++) {
      const before = picture();
      client.send('Camera', 'SHOOT', { NOW: true });
      await eventually(() => picture() !== before, 'a picture');
      const blob = picture();
      assert.equal(blobData('IMAGE', blob as never).toString(), 'pixels'.repeat(200_000));
    }
  });

  it('that is chained to and dies takes its devices with it, and the hub lives on', async (t) => {
    if (!requirePeer(t, 'indiserver') || !requirePeer(t, 'indi_lx200basic')) return;
    const server = await indiserver(home, 'indi_lx200basic');
    await using hub = await hubOf({ run: { a: fixture('Alpha') }, chain: [`@127.0.0.1:${server.port}`] });
    await using client = connectIndi(hub.address as string);
    await client.waitFor('LX200 Basic', 'CONNECTION');
    await server[Symbol.asyncDispose]();
    await eventually(() => client.property('LX200 Basic', 'CONNECTION') === undefined, 'its device is gone');
    await client.waitFor('Alpha', 'NUMBER');
    await client.set('Alpha', 'NUMBER', { VALUE: 3 });
  });
});
