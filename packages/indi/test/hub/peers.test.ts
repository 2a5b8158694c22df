/** The hub with other people's programs: C++ drivers, indiserver, indi_getprop. */
import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { eventually, freePort, peerEnvironment, requirePeer } from '@fairlead/testkit';
import { blobData, connectIndi, type DriverCommand, type Hub, type IndiClient } from '../../src/index.ts';
import { descendants, fixture, hubOf, RawClient } from './world.ts';

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

async function indiserver(...args: string[]): Promise<AsyncDisposable & { port: number }> {
  for (let attempt = 0; ; attempt++) {
    const port = await freePort();
    const folder = await mkdtemp(join(home, 'server-'));
    const child: ChildProcess = spawn(
      'indiserver',
      ['-p', String(port), '-u', join(folder, 'socket'), ...args],
      {
        env: { ...peerEnvironment(), HOME: home },
        stdio: 'ignore',
      },
    );
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    const stop = async () => {
      const pids = descendants(child.pid as number);
      child.kill('SIGKILL');
      for (const pid of pids) {
        try {
          process.kill(pid, 'SIGKILL');
        } catch {}
      }
      await exited;
    };
    try {
      await eventually(async () => {
        if (child.exitCode !== null) throw new Error('indiserver ended');
        using probe = new RawClient(`127.0.0.1:${port}`);
        await new Promise<void>((resolve) => {
          probe.socket.once('connect', resolve).once('close', resolve);
        });
        return probe.socket.remotePort === port;
      }, 'indiserver listens');
      return { port, [Symbol.asyncDispose]: stop };
    } catch (error) {
      await stop();
      if (attempt === 3) throw error;
    }
  }
}

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
    const driver = descendants(pid).find((id) => descendants(id).length === 0) as number;
    process.kill(driver, 'SIGKILL');
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
    await using server = await indiserver(`Alpha@127.0.0.1:${portOf(hub)}`);
    const { stdout } = await run('indi_getprop', ['-p', String(server.port), 'Alpha.NUMBER.VALUE']);
    assert.equal(stdout, 'Alpha.NUMBER.VALUE=1\n');
    await using client = connectIndi(`127.0.0.1:${server.port}`);
    await client.waitFor('Alpha', 'NUMBER');
    await client.set('Alpha', 'NUMBER', { VALUE: 17 });
    assert.equal(client.property('Alpha', 'NUMBER')?.elements.get('VALUE')?.value, 17);
  });

  it('is chained to by the hub, with its BLOBs', async (t) => {
    if (!requirePeer(t, 'indiserver') || !requirePeer(t, 'indi_simulator_ccd')) return;
    await using server = await indiserver('indi_simulator_ccd');
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

  it('that is chained to and dies takes its devices with it, and the hub lives on', async (t) => {
    if (!requirePeer(t, 'indiserver') || !requirePeer(t, 'indi_lx200basic')) return;
    const server = await indiserver('indi_lx200basic');
    await using hub = await hubOf({ run: { a: fixture('Alpha') }, chain: [`@127.0.0.1:${server.port}`] });
    await using client = connectIndi(hub.address as string);
    await client.waitFor('LX200 Basic', 'CONNECTION');
    await server[Symbol.asyncDispose]();
    await eventually(() => client.property('LX200 Basic', 'CONNECTION') === undefined, 'its device is gone');
    await client.waitFor('Alpha', 'NUMBER');
    await client.set('Alpha', 'NUMBER', { VALUE: 3 });
  });
});
