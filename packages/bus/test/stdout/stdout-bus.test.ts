import assert from 'node:assert/strict';
import { PassThrough, Writable } from 'node:stream';
import { test } from 'node:test';
import { stdoutBus } from '@fairlead/bus';
import { busSuite, eventually } from '@fairlead/testkit';
import { Arrivals } from '../arrivals.ts';
import { recordingLog } from '../recording-log.ts';

busSuite('stdout', async () => {
  const stream = new PassThrough();
  const arrivals = new Arrivals();
  let rest = '';
  stream.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString('latin1')).split('\n');
    rest = lines.pop() as string;
    for (const line of lines) arrivals.arrived(JSON.parse(Buffer.from(line, 'latin1').toString()));
  });
  const queue = { highWater: '64KiB', limit: '1MiB' } as const;
  return { bus: stdoutBus({ stream, queue, maxPayload: '64KiB' }), arrivals: arrivals.subscribe };
});

test('is down for good when its reader is gone, and the process lives on', async () => {
  const stream = new Writable({
    write: (_chunk, _encoding, done) => done(Object.assign(new Error('broken'), { code: 'EPIPE' })),
  });
  const log = recordingLog();
  const bus = stdoutBus({ stream, log, closeGrace: '10ms' });
  bus.publish([{ topic: 't', payload: '1' }]);
  await eventually(() => bus.state === 'down', 'the bus is down');
  assert.equal(bus.cause?.code, 'BUS_OUTPUT_FAILED');
  assert.equal(bus.publish([{ topic: 't', payload: '2' }]), false);
  await bus.close();
  assert.deepEqual(log.codes, ['BUS_OUTPUT_FAILED', 'BUS_UNFLUSHED']);
});

test('a reader that stops holds the bus back, and no more than the queue waits', async () => {
  const stream = new PassThrough({ highWaterMark: 1_024 });
  const bus = stdoutBus({ stream, closeGrace: '10ms', queue: { highWater: '8KiB', limit: '1MiB' } });
  let taken = 0;
  while (bus.publish([{ topic: 't', payload: 'x'.repeat(500) }])) {
    taken++;
    await new Promise(setImmediate);
    assert.ok(taken < 1_000, 'publish() answers false in the end');
  }
  stream.resume();
  await bus.drained(AbortSignal.timeout(5_000));
  await bus.close();
});
