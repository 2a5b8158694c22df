/** An idle connection whose cable is pulled: nothing was written, so the system probes it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, namespace } from '@fairlead/testkit';
import { line, readSocketTable, type Session, serve } from '../../src/index.ts';

const CLIENT = `
const [port, host] = process.argv.slice(1);
require('node:net').connect(+port, host).on('error', () => {}).resume().write('hello\\n');`;

test('probes without an answer stand in the table of sockets, and go when it answers', async (t) => {
  await using far = namespace(t);
  if (far === undefined) return;
  const sessions: Session<string, string, void>[] = [];
  await using server = await serve<string>(`${far.here}:0`, {
    codec: line(),
    keepAlive: '1s',
    frames: (session) => void sessions.push(session),
  });
  const { port } = server.endpoint as { port: number };
  far.run(process.execPath, '-e', CLIENT, String(port), far.here);
  await eventually(() => sessions.length === 1, 'the client has sent a line');
  const [session] = sessions as [Session<string, string, void>];
  const trouble = async () => session.trouble(await readSocketTable());
  assert.equal(await trouble(), undefined);
  far.pull();
  await eventually(async () => (await trouble()) !== undefined, 'probes are unanswered');
  const { unacknowledged, probes = 0 } = (await trouble()) ?? {};
  assert.equal(unacknowledged, 0);
  assert.ok(probes >= 2, `${probes} probes`);
  far.plug();
  await eventually(async () => (await trouble()) === undefined, 'probes are answered again');
  assert.equal(session.state, 'open');
});
