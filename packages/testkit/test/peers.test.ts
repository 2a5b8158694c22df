import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../src/eventually.ts';
import { freePort, requirePeer, startMosquitto } from '../src/peers.ts';

test('a missing program skips the test, and fails it under CI=true', (t) => {
  const reasons: (string | undefined)[] = [];
  const context = { skip: (reason?: string) => void reasons.push(reason) };
  const before = process.env.CI;
  t.after(() => {
    if (before === undefined) delete process.env.CI;
    else process.env.CI = before;
  });
  delete process.env.CI;
  assert.equal(requirePeer(context, 'no-such-program-here'), false);
  assert.deepEqual(reasons, ['no-such-program-here is not installed']);
  assert.equal(requirePeer(context, 'sh'), true);
  process.env.CI = 'true';
  assert.throws(() => requirePeer(context, 'no-such-program-here'), /missing/);
  assert.equal(requirePeer(context, 'sh'), true);
  assert.equal(reasons.length, 1);
});

test('eventually() says what it waited for', async () => {
  let calls = 0;
  await eventually(() => ++calls === 3, 'three calls');
  await assert.rejects(
    eventually(() => false, 'pigs fly', 10),
    /pigs fly/,
  );
});

test('Mosquitto stops, comes back on its port, and is gone in the end', async (t) => {
  if (!requirePeer(t, 'mosquitto')) return;
  const port = await freePort();
  const mosquitto = await startMosquitto({ port });
  t.after(() => mosquitto.stop());
  assert.equal(mosquitto.url, `mqtt://127.0.0.1:${port}`);
  await mosquitto.stop();
  await mosquitto.restart();
  await assert.rejects(startMosquitto({ port }), /mosquitto did not start/);
  await mosquitto.kill();
  await mosquitto.stop();
  await mosquitto.stop();
});
