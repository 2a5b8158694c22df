/** Our LX200 driver under the real indiserver, read with `indi_getprop` and `indi_eval`, while its mount disconnects and returns. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { connectIndi } from '@fairlead/indi';
import { cable, eventually, requirePeer } from '@fairlead/testkit';
import { IndiServer } from '../examples/drivers/indi-server.ts';
import { Mount, simulateMount } from '../examples/drivers/lx200/simulator.ts';

const DRIVER = fileURLToPath(new URL('../examples/drivers/lx200/driver.ts', import.meta.url));
/** The numbers of states in `indi_eval`. */
const OK = '==1';
const BUSY = '==2';
const ALERT = '==3';
const FINE = '<3';

describe('under the real indiserver', () => {
  it('a mount whose cable is pulled and put back comes back by itself', async (t) => {
    if (!requirePeer(t, 'indiserver') || !requirePeer(t, 'indi_eval')) return;
    const mount = new Mount();
    const simulator = await simulateMount('tcp://127.0.0.1:0', mount);
    await using _simulator = { [Symbol.asyncDispose]: () => simulator.close() };
    await using wire = await cable(Number(simulator.address.split(':').at(-1)));
    await using server = await IndiServer.start([DRIVER]);
    const device = (await server.get('*.CONNECTION.CONNECT')).output.split('.')[0] as string;
    await using client = connectIndi(`127.0.0.1:${server.port}`);
    const said: string[] = [];
    client.on('change', (change) => {
      if (change.kind === 'message') said.push(change.text);
    });
    const reaches = async (property: string, state: string) => {
      const { code, output } = await server.until(`"${device}.${property}._STATE"${state}`, 15);
      assert.equal(code, 0, `${property} ${output} ${said.join(' ')} ${server.log()}`);
    };
    await server.set(`${device}.CONNECTION_MODE.CONNECTION_TCP=On`);
    await server.until(`"${device}.DEVICE_ADDRESS._STATE">=0`);
    await server.set(`${device}.DEVICE_ADDRESS.ADDRESS=127.0.0.1;PORT=${wire.port}`);
    await server.set(`${device}.POLLING_PERIOD.PERIOD_MS=50`);
    await server.set(`${device}.CONNECTION.CONNECT=On`);
    await reaches('CONNECTION', OK);
    await eventually(
      async () => /=45$/m.test((await server.get(`${device}.EQUATORIAL_EOD_COORD.DEC`)).output),
      'the position',
    );

    wire.pull();
    await reaches('CONNECTION', BUSY);
    await reaches('EQUATORIAL_EOD_COORD', ALERT);
    const lost = said.length;
    assert.ok(lost > 0, 'it is told in words');
    wire.plug();
    await reaches('CONNECTION', OK);
    await reaches('EQUATORIAL_EOD_COORD', FINE);
    await eventually(() => said.length > lost, 'that it is back is told too');
    assert.doesNotMatch(server.log(), /restart/);
  });
});
