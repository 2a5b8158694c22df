/** Simulated devices, with other people's programs that dial them. */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { connect, line } from '@fairlead/tcp';
import { eventually, freePort, peerEnvironment, requirePeer } from '@fairlead/testkit';
import { run } from '../../src/run.ts';
import { TestTerminal } from '../support/terminal.ts';

/** Starts a simulation that ends with the test. Resolves with its port. */
async function simulate(t: TestContext, profile: string, ...more: string[]): Promise<string> {
  const port = String(await freePort());
  const terminal = new TestTerminal();
  const status = run(['sim', profile, '--port', port, '--no-register', ...more], terminal);
  t.after(async () => {
    terminal.interrupt('SIGINT');
    assert.equal(await status, 0, terminal.stderr);
  });
  await terminal.until(({ stderr }) => stderr.includes('Ctrl-C ends'));
  return port;
}

const mbpoll = async (port: string, ...argv: string[]): Promise<string> => {
  const args = ['-m', 'tcp', '-p', port, '-a', '1', '-1', ...argv];
  const { stdout } = await promisify(execFile)('mbpoll', args, { env: peerEnvironment() });
  return stdout;
};

test('mbpoll reads and writes a simulated Modbus device', async (t) => {
  if (!requirePeer(t, 'mbpoll')) return;
  const port = await simulate(t, 'modbus_tcp');
  const read = await mbpoll(port, '-r', '1', '-c', '4', '127.0.0.1');
  assert.equal([...read.matchAll(/^\[[1-4]\]:\s+\d+/gm)].length, 4, read);
  assert.match(await mbpoll(port, '-r', '7', '127.0.0.1', '1234', '77'), /Written 2 references/);
  const back = await mbpoll(port, '-r', '7', '-c', '2', '127.0.0.1');
  assert.match(back, /^\[7\]:\s+1234\n\[8\]:\s+77$/m);
  assert.match(await mbpoll(port, '-t', '0', '-r', '1', '-c', '3', '127.0.0.1'), /^\[3\]:\s+[01]$/m);
});

test('gpsd reads positions of a simulated receiver', async (t) => {
  if (!requirePeer(t, 'gpsd')) return;
  const port = await simulate(t, 'nmea0183', '--rate', '20');
  const own = await freePort();
  const gpsd = spawn('gpsd', ['-N', '-n', '-S', String(own), `tcp://127.0.0.1:${port}`], {
    env: peerEnvironment(),
    stdio: 'ignore',
  });
  t.after(async () => {
    if (gpsd.exitCode !== null || gpsd.signalCode !== null) return;
    gpsd.kill('SIGKILL');
    await once(gpsd, 'close');
  });
  const reports: { class: string; lat?: number; lon?: number }[] = [];
  await using client = connect(`tcp://127.0.0.1:${own}`, {
    codec: line(),
    reconnect: { min: '100ms', max: '100ms' },
    handshake: (link) => void link.send('?WATCH={"enable":true,"json":true}'),
    frames: (batch) => {
      for (const text of batch) reports.push(JSON.parse(text));
    },
  });
  await eventually(
    () => reports.some((report) => report.class === 'TPV' && report.lat !== undefined),
    'a position from gpsd',
    20_000,
  );
  assert.ok(client.state === 'ready');
});
