import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { it } from 'node:test';
import { seeded } from '@fairlead/testkit';
import { world } from './world.ts';

/** Half a day of a server that is away, and half a day of links that are lost: heap in bytes before and after. */
async function aDay(): Promise<void> {
  const { network, clock, serve, connect } = world();
  const client = connect({
    random: seeded(3),
    idle: '1h',
    probe: { every: '20s', send: 'ping', expect: 're ping' },
    handshake: async (link) => void (await link.request('login')),
  });
  client.removeAllListeners('state'); // what the test writes down would grow
  const away = async (connects: number) => {
    for (let i = 0; i < connects; i++) await clock.advance(30_000);
  };
  const lost = async (connects: number) => {
    const server = await serve({ frames: (s, batch) => void batch.map((text) => s.send(`re ${text}`)) });
    for (let i = 0; i < connects; i++) {
      await clock.advance(30_000);
      const asked = client.request('x', { timeout: '10s' }).catch(() => {});
      network.last?.[i % 2]?.reset();
      await clock.advance(13_000);
      await asked;
    }
    await server.destroy();
    await clock.advance(60_000);
  };
  const heap = async () => {
    for (let i = 0; i < 4; i++) {
      (globalThis as { gc?: () => void }).gc?.();
      await new Promise(setImmediate);
    }
    return process.memoryUsage().heapUsed;
  };
  await away(1_440);
  await lost(1_000); // once, so that what is made only once is there
  const [before, timers] = [await heap(), clock.pending];
  await away(1_440);
  await lost(1_000);
  const after = await heap();
  const { attempts, connections } = client.stats();
  console.log(JSON.stringify({ before, after, timers, left: clock.pending, attempts, connections }));
  await client.destroy();
}

if (process.argv[2] === 'child') await aDay();
else
  it('a day of connecting ends with the memory it began with', () => {
    const args = ['--expose-gc', '--conditions=fairlead-source', import.meta.filename, 'child'];
    const { before, after, timers, left, attempts, connections } = JSON.parse(
      execFileSync(process.execPath, args, { encoding: 'utf8' }),
    );
    assert.ok(attempts > 3_000 && connections > 1_000, `${attempts} attempts, ${connections} links`);
    assert.ok(after - before < 200_000, `the heap grew by ${after - before} bytes`);
    assert.equal(left, timers, 'timers');
  });
