import assert from 'node:assert/strict';
import { test } from 'node:test';
import { embeddedBroker } from '@fairlead/bus';
import { isFairleadError } from '@fairlead/core';
import { eventually, fault } from '@fairlead/testkit';
import { recordingLog } from '../recording-log.ts';
import { RawClient, subscribePacket } from './raw-client.ts';

/** Bytes of a message of {@link batch} as a packet. */
const PACKET = 1_006;

/** A subscriber and the number of messages that it got. */
async function subscriber(port: number, id: string) {
  const { socket } = await RawClient.connect(port, id);
  let bytes = 0;
  socket.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
  });
  socket.write(subscribePacket(['n']));
  await eventually(() => bytes === SUBACK, 'it is subscribed');
  return { socket, messages: () => (bytes - SUBACK) / PACKET };
}

const SUBACK = 5;

const batch = Array.from({ length: 50 }, () => ({ topic: 'n', payload: Buffer.alloc(1_000, 'x') }));

fault(
  {
    name: 'A subscriber of the embedded broker does not read',
    where: 'broker',
    happens: 'Nobody else is delayed; only its own messages are dropped, and counted.',
  },
  async () => {
    const log = recordingLog();
    const queue = { highWater: '1MiB', limit: '4MiB' } as const;
    await using bus = await embeddedBroker({
      listen: '127.0.0.1:0',
      slowSubscribers: 'drop',
      drainTimeout: '60s',
      queue,
      log,
    });
    const stopped = await subscriber(bus.port as number, 'stopped');
    const other = await subscriber(bus.port as number, 'other');
    stopped.socket.pause();
    for (let n = 0; n < 600; n++) {
      bus.publish(batch);
      // Would wait for up to a minute if the others waited for the stopped one.
      await bus.flushed(AbortSignal.timeout(5_000));
    }
    assert.ok(bus.droppedForClients > 1_000, `${bus.droppedForClients} were dropped`);
    await eventually(() => other.messages() === 600 * 50, 'the other one got everything');
    assert.equal(bus.clients, 2);
    assert.deepEqual(log.codes, ['BUS_CLIENT_LAGGING']);
    const got = 600 * 50 - bus.droppedForClients;
    stopped.socket.resume();
    await eventually(() => stopped.messages() === got, 'it gets what was not dropped');
    stopped.socket.destroy();
    other.socket.destroy();
  },
);

test('hold: all wait for it, and nothing is dropped', async () => {
  const queue = { highWater: '256KiB', limit: '4MiB' } as const;
  await using bus = await embeddedBroker({ listen: '127.0.0.1:0', drainTimeout: '60s', queue });
  const stopped = await subscriber(bus.port as number, 'stopped');
  stopped.socket.pause();
  let sent = 0;
  while (bus.publish(batch)) {
    sent += 50;
    assert.ok(sent < 100_000, 'publish() answers false in the end');
    await new Promise(setImmediate);
  }
  sent += 50;
  await assert.rejects(bus.drained(AbortSignal.timeout(200)), (error) => isFairleadError(error, 'ABORTED'));
  stopped.socket.resume();
  await bus.flushed(AbortSignal.timeout(10_000));
  await eventually(() => stopped.messages() === sent, 'it gets everything');
  assert.equal(bus.droppedForClients, 0);
  stopped.socket.destroy();
});
