import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { connect, raw, serve } from '../../src/index.ts';

const PROBED = '02';
const JIFFIES = 100;

/** Seconds until the system sends its next keep-alive probe, for the socket with these two ports. */
function nextProbe(local: number, remote: number): number | undefined {
  const port = (number: number) => number.toString(16).toUpperCase().padStart(4, '0');
  for (const line of readFileSync('/proc/net/tcp', 'utf8').split('\n')) {
    const [, from = '', to = '', , , timer = ''] = line.trim().split(/\s+/);
    const [kind, when = ''] = timer.split(':');
    if (from.endsWith(`:${port(local)}`) && to.endsWith(`:${port(remote)}`) && kind === PROBED)
      return Number.parseInt(when, 16) / JIFFIES;
  }
  return undefined;
}

test('probe() has the system ask the peer within a second', {
  skip: process.platform !== 'linux',
}, async () => {
  await using server = await serve('tcp://127.0.0.1:0', { codec: raw() });
  await using client = connect(server.address, { codec: raw() });
  await client.ready();
  const [session] = server.sessions;
  assert.ok(session);
  const [local, remote] = [session.local, session.remote].map((address) => Number(address.split(':').pop()));
  const before = nextProbe(local as number, remote as number) ?? 0;
  assert.ok(before > 50, `the next probe is due in ${before} s`);
  session.probe();
  const after = nextProbe(local as number, remote as number) ?? 0;
  assert.ok(after > 0 && after <= 1.1, `the next probe is due in ${after} s`);
});
