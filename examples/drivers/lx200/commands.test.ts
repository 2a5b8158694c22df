/** The same wishes to our driver and to INDI's own, each with a simulated mount: the same commands reach the mounts. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { eventually, requirePeer } from '@fairlead/testkit';
import { IndiServer } from '../indi-server.ts';
import { Mount, simulateMount } from './simulator.ts';

/** What is only asked. */
const QUESTIONS = new Set(['GR', 'GD', 'D', 'GT']);
const WISHES: readonly (readonly [wish: string, ...commands: string[]])[] = [
  ['GEOGRAPHIC_COORD.LAT=40.5;LONG=289.25;ELEV=100', 'Sg070*45', 'St+40*30'],
  ['TIME_UTC.UTC=2026-06-30T02:00:00;OFFSET=-3.5', 'SG+3.5', 'SL22:30:00', 'SC06/29/26'],
  ['EQUATORIAL_EOD_COORD.RA=6.1;DEC=44', 'Sr06:06:00', 'Sd+44*00:00', 'MS'],
  ['TELESCOPE_TRACK_MODE.TRACK_LUNAR=On', 'TL'],
  ['TELESCOPE_TRACK_MODE.TRACK_SOLAR=On', 'TS'],
  ['TELESCOPE_SLEW_RATE.1x=On', 'RG'],
  ['TELESCOPE_SLEW_RATE.4x=On', 'RS'],
  ['TELESCOPE_TIMED_GUIDE_NS.TIMED_GUIDE_N=300;TIMED_GUIDE_S=0', 'Mgn0300'],
  ['TELESCOPE_TIMED_GUIDE_WE.TIMED_GUIDE_W=0;TIMED_GUIDE_E=250', 'Mge0250'],
  ['TELESCOPE_MOTION_WE.MOTION_WEST=On', 'Mw'],
  ['TELESCOPE_MOTION_WE.MOTION_WEST=Off', 'Qw'],
  ['TELESCOPE_MOTION_NS.MOTION_SOUTH=On', 'Ms'],
  ['TELESCOPE_MOTION_NS.MOTION_SOUTH=Off', 'Qs'],
  ['ON_COORD_SET.SYNC=On'],
  ['EQUATORIAL_EOD_COORD.RA=6.2;DEC=44.5', 'Sr06:12:00', 'Sd+44*30:00', 'CM'],
  ['TELESCOPE_ABORT_MOTION.ABORT=On', 'Q'],
];

describe('LX200 beside indi_lx200classic', () => {
  it('sends the same commands for the same wishes', async (t) => {
    if (!requirePeer(t, 'indi_lx200classic')) return;
    const drivers = {
      'LX200 Mount': fileURLToPath(new URL('driver.ts', import.meta.url)),
      'LX200 Classic': 'indi_lx200classic',
    };
    await using server = await IndiServer.start(Object.values(drivers));
    const ok = async (expression: string): Promise<void> => {
      const { code } = await server.until(expression);
      assert.equal(code, 0, `${expression}\n${server.log()}`);
    };
    const run = async (device: string): Promise<void> => {
      const mount = new Mount();
      await using mounted = await simulateMount('tcp://127.0.0.1:0', mount);
      const port = mounted.address.split(':').at(-1);
      const told = (): string[] =>
        mount.heard
          .filter((command) => !QUESTIONS.has(command))
          .map((command) => command.replace(/^(SG.)0/, '$1'));
      await server.set(`${device}.CONNECTION_MODE.CONNECTION_TCP=On`);
      await ok(`"${device}.DEVICE_ADDRESS._STATE">=0`);
      await server.set(`${device}.DEVICE_ADDRESS.ADDRESS=127.0.0.1;PORT=${port}`);
      await ok(`"${device}.DEVICE_ADDRESS._STATE"==1`);
      await server.set(`${device}.CONNECTION.CONNECT=On`);
      await ok(`"${device}.EQUATORIAL_EOD_COORD.DEC">44.9`);
      if (device === 'LX200 Classic') {
        await ok(`"${device}.Use Pulse Cmd._STATE">=0`);
        await server.set(`${device}.Use Pulse Cmd.On=On`);
        await ok(`"${device}.Use Pulse Cmd._STATE"==1`);
      }
      for (const [wish, ...commands] of WISHES) {
        mount.heard.length = 0;
        assert.equal((await server.set(`${device}.${wish}`)).code, 0, wish);
        await eventually(() => told().length >= commands.length, `${device}: ${wish}: ${commands}`);
        assert.deepEqual(told(), commands, `${device}: ${wish}`);
        if (wish.startsWith('EQUATORIAL')) await ok(`"${device}.EQUATORIAL_EOD_COORD._STATE"==1`);
        if (wish.startsWith('ON_COORD_SET')) await ok(`"${device}.ON_COORD_SET.SYNC"==1`);
        // A pulse is to be over before the mount is moved by hand.
        const guide = /^TELESCOPE_TIMED_GUIDE_../.exec(wish)?.[0];
        if (guide !== undefined) await ok(`"${device}.${guide}._STATE"==0`);
      }
    };
    await Promise.all(Object.keys(drivers).map(run));
  });
});
