/** A device that is not there yet when a client connects it. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { coreErrors, systemClock } from '@fairlead/core';
import type { Dial } from '@fairlead/tcp';
import { dialTcp } from '@fairlead/tcp/internal';
import { freePort } from '@fairlead/testkit';
import { DefaultDevice, DriverBench } from '../../src/index.ts';
import { device, Meter, portOf } from './meter.ts';

/** A hundred times as fast as the real one. */
const quick = {
  now: () => systemClock.now(),
  monotonic: () => systemClock.monotonic() * 100,
  after: (ms: number, run: () => void) => systemClock.after(ms / 100, run),
  clear: systemClock.clear.bind(systemClock),
};

/** Refuses so many times, then lets through. */
function refusing(times: number): { dial: Dial; readonly dialled: number } {
  let dialled = 0;
  const dial: Dial = (endpoint, options) => {
    dialled++;
    if (dialled <= times) return Promise.reject(coreErrors.error('CONNECT_REFUSED', { endpoint: 'there' }));
    return dialTcp(endpoint, options);
  };
  return {
    dial,
    get dialled() {
      return dialled;
    },
  };
}

async function connecting(meter: Meter, port: number): Promise<DriverBench> {
  const bench = await DriverBench.start(meter, { clock: quick });
  bench.want('DEVICE_ADDRESS', { ADDRESS: '127.0.0.1', PORT: String(port) });
  bench.want('CONNECTION', { CONNECT: true });
  return bench;
}

describe('connecting a device that is not there yet', () => {
  it('tries again, as the properties that clients see say', async () => {
    await using server = await device();
    const { dial } = refusing(2);
    const meter = new Meter({ dial, retry: {}, requestTimeout: '20s' });
    await using bench = await connecting(meter, portOf(server));
    await bench.reaches('CONNECTION', 'Ok');
    assert.deepEqual(
      bench.vector('CONNECTION_RETRY')?.members.map(({ name, value }) => [name, value]),
      [
        ['ATTEMPTS', 3],
        ['DELAY', 2],
      ],
    );
    assert.match(bench.words, /Attempt 1 of 3: Failed to connect to .* The next one is in 2 s\./);
    const states = bench.said.flatMap((one) =>
      one.tag === 'setSwitchVector' && one.name === 'CONNECTION' ? [one.state] : [],
    );
    assert.deepEqual(states, ['Busy', 'Ok']);
  });

  it('ends with Alert after the last attempt', async () => {
    const all = refusing(Number.POSITIVE_INFINITY);
    const meter = new Meter({ dial: all.dial, retry: { attempts: 4, delay: '1s' } });
    await using bench = await connecting(meter, await freePort());
    await bench.reaches('CONNECTION', 'Alert');
    assert.equal(all.dialled, 4);
    assert.equal(bench.value('CONNECTION', 'DISCONNECT'), true);
  });

  it('goes on without end where a client wants that, and stops when it disconnects', async () => {
    const all = refusing(Number.POSITIVE_INFINITY);
    await using bench = await DriverBench.start(new Meter({ dial: all.dial }), { clock: quick });
    bench.want('CONNECTION_RETRY', { ATTEMPTS: 0, DELAY: 1 });
    await bench.reaches('CONNECTION_RETRY', 'Ok');
    bench.want('DEVICE_ADDRESS', { ADDRESS: '127.0.0.1', PORT: '4001' });
    bench.want('CONNECTION', { CONNECT: true });
    await bench.has(() => all.dialled > 10, 'many attempts');
    assert.equal(bench.state('CONNECTION'), 'Busy');
    bench.want('CONNECTION', { DISCONNECT: true });
    await bench.reaches('CONNECTION', 'Idle');
    await bench.has(() => /is offline/.test(bench.words), 'the end');
    const { dialled } = all;
    bench.want('CONNECTION_RETRY', { ATTEMPTS: 1 });
    await bench.has(() => bench.value('CONNECTION_RETRY', 'ATTEMPTS') === 1, 'one attempt');
    bench.want('CONNECTION', { CONNECT: true });
    await bench.reaches('CONNECTION', 'Alert');
    assert.equal(all.dialled, dialled + 1);
    assert.ok((bench.words.match(/Attempt \d+:/g)?.length ?? 0) <= 5, 'it is told now and then');
  });

  it('ends at once where another attempt cannot help', async () => {
    const all = refusing(0);
    await using bench = await DriverBench.start(new Meter({ dial: all.dial, retry: {} }), { clock: quick });
    bench.want('CONNECTION', { CONNECT: true });
    await bench.reaches('CONNECTION', 'Alert');
    assert.match(bench.words, /the address is empty/);
    assert.doesNotMatch(bench.words, /Attempt/);
  });

  it('tries again where a driver connects without a plugin, too', async () => {
    let attempts = 0;
    class Bare extends DefaultDevice {
      override onConnect(): boolean {
        return ++attempts === 3;
      }
    }
    await using bench = await DriverBench.start(new Bare('Bare'), { clock: quick });
    bench.want('CONNECTION', { CONNECT: true });
    await bench.reaches('CONNECTION', 'Ok');
    assert.equal(attempts, 3);
  });

  it('ends with the driver', async () => {
    const all = refusing(Number.POSITIVE_INFINITY);
    const meter = new Meter({ dial: all.dial, retry: { attempts: 0, delay: '1h' } });
    const bench = await connecting(meter, 9);
    await bench.has(() => all.dialled === 1, 'an attempt');
    await bench.stop();
    await bench[Symbol.asyncDispose]();
    assert.equal(all.dialled, 1);
  });
});
