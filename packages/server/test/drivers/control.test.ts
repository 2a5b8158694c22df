/** Drivers that come and go while the service runs, and the clients of the INDI port as an operator sees them. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { eventually, type Running, scratch, start } from '../running.ts';

const LAMP = join(import.meta.dirname, 'lamp.ts');
const DRIVERS = '/api/v1/drivers';

async function service(t: TestContext, drivers: object): Promise<Running> {
  const { dir, remove } = scratch();
  t.after(remove);
  writeFileSync(join(dir, 'fairlead.yaml'), JSON.stringify({ drivers }));
  return start(dir);
}

describe('drivers while the service runs', () => {
  it('are added, show their device, and are removed', async (t) => {
    await using running = await service(t, { programs: [process.execPath] });
    const { call } = running;
    const lamp = { name: 'lamp', command: [process.execPath, LAMP] };
    const added = await call('POST', DRIVERS, lamp);
    assert.deepEqual([added.status, added.json.name, added.json.kind], [201, 'lamp', 'driver']);
    await eventually(async () => (await call('GET', `${DRIVERS}/Lamp%201/properties`)).status === 200);
    const again = await call('POST', DRIVERS, lamp);
    assert.deepEqual([again.status, again.json.code], [409, 'DRIVER_NAME_TAKEN']);
    assert.equal((await call('DELETE', `${DRIVERS}/lamp`)).status, 204);
    assert.equal((await call('GET', `${DRIVERS}/Lamp%201/properties`)).status, 404);
    assert.deepEqual((await call('GET', DRIVERS)).json, []);
    const gone = await call('DELETE', `${DRIVERS}/lamp`);
    assert.deepEqual([gone.status, gone.json.code], [404, 'DRIVER_UNKNOWN']);
  });

  it('are servers to chain to, too', async (t) => {
    await using far = await service(t, {
      listen: '127.0.0.1:0',
      run: { lamp: { command: [process.execPath, LAMP] } },
    });
    await using near = await service(t, { listen: '127.0.0.1:0' });
    const chain = `@${far.service.addresses.indi}`;
    const added = await near.call('POST', DRIVERS, { chain });
    assert.deepEqual([added.status, added.json.name, added.json.kind], [201, chain, 'chain']);
    await eventually(async () => (await near.call('GET', `${DRIVERS}/Lamp%201/properties`)).status === 200);
    assert.equal((await near.call('DELETE', `${DRIVERS}/${encodeURIComponent(chain)}`)).status, 204);
    await eventually(async () => (await near.call('GET', `${DRIVERS}/Lamp%201/properties`)).status === 404);
  });

  it('are no programs but those that the configuration names', async (t) => {
    await using running = await service(t, { programs: ['indi_*', '/srv/driver'] });
    const add = async (program: string) =>
      (await running.call('POST', DRIVERS, { name: 'x', command: [program] })).json.code;
    for (const program of [
      '/bin/sh',
      'sh',
      'indi_/../../bin/sh',
      '/srv/driver2',
      '/srv',
      ' indi_x',
      'INDI_x',
    ])
      assert.equal(await add(program), 'DRIVER_PROGRAM_DENIED', program);
    const driver = await running.call('POST', DRIVERS, { name: 'x', command: ['indi_no_such_driver'] });
    assert.equal(driver.status, 201);
  });

  it('are refused with their mistakes', async (t) => {
    await using running = await service(t, { programs: ['indi_x'] });
    const bad: readonly object[] = [
      {},
      { name: 'x' },
      { name: 'X Y', command: ['indi_x'] },
      { name: 'x', command: [] },
      { name: 'x', command: ['indi_x'], env: { LD_PRELOAD: '/tmp/x' } },
      { name: 'x', command: ['indi_x'], config: 'relative.xml' },
      { chain: 'no at' },
      { chain: '@a', name: 'x', command: ['indi_x'] },
    ];
    for (const body of bad) {
      const { status, json } = await running.call('POST', DRIVERS, body);
      assert.equal(status, 400, JSON.stringify(body));
      assert.match(json.code, /^OPTION_/);
    }
  });

  it('are refused where the configuration has none', async (t) => {
    await using running = await service(t, {});
    const added = await running.call('POST', DRIVERS, { chain: '@127.0.0.1:1' });
    assert.deepEqual([added.status, added.json.code], [409, 'DRIVERS_OFF']);
    assert.equal((await running.call('DELETE', `${DRIVERS}/x`)).json.code, 'DRIVER_UNKNOWN');
    const { json } = await running.call('GET', `${DRIVERS}/clients`);
    assert.deepEqual(json, { connected: [], ended: [], counts: {} });
  });
});

describe('clients of the INDI port', () => {
  it('are listed, and those that were cut off are in the list, the log and the metrics with the reason', async (t) => {
    await using running = await service(t, { listen: '127.0.0.1:0' });
    const { call, logged } = running;
    const [host, port] = (running.service.addresses.indi as string).split(':');
    const dial = (text: string) =>
      connect(Number(port), host)
        .on('error', () => {})
        .end(text);
    const good = connect(Number(port), host);
    t.after(() => good.destroy());
    good.write('<getProperties version="1.7"/>');
    const clients = async () => (await call('GET', `${DRIVERS}/clients`)).json;
    await eventually(async () => (await clients()).connected.length === 1);
    const [client] = (await clients()).connected;
    assert.deepEqual([client.queued, client.bytesIn], [0, 30]);
    dial('<getProperties version="1.7"></oops>');
    dial('POST / HTTP/1.1\r\n\r\n<getProperties version="1.7"/>');
    await eventually(async () => (await clients()).ended.length === 2);
    const { ended, counts } = await clients();
    assert.deepEqual(ended.map(({ code }: { code: string }) => code).sort(), [
      'HTTP_REFUSED',
      'XML_UNBALANCED',
    ]);
    assert.deepEqual(counts, { HTTP_REFUSED: 1, XML_UNBALANCED: 1 });
    assert.match(ended[0].remote, /^127\.0\.0\.1:\d+$/);
    for (const code of ['HTTP_REFUSED', 'XML_UNBALANCED']) {
      assert.ok(
        logged.some((line) => line.includes(code) && /"level":"?(warn|40)/.test(line)),
        code,
      );
      const metrics = (await call('GET', '/metrics')).json;
      assert.ok(metrics.includes(`fairlead_indi_clients_closed_total{code="${code}"} 1\n`), code);
      assert.match(metrics, /fairlead_indi_clients 1\n/);
    }
  });
});
