import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { it } from 'node:test';
import { eventually } from '@fairlead/testkit';

/** As a child: serves until told to let its sessions go. */
async function child(): Promise<void> {
  const { line, serve } = await import('../../src/index.ts');
  const server = await serve<string>('127.0.0.1:0', {
    codec: line(),
    frames: (session, batch) => {
      for (const text of batch) session.send(`re ${text}`);
    },
  });
  process.on('message', () => {
    for (const session of server.sessions) session.destroy();
  });
  process.send?.((server.endpoint as { port: number }).port);
}

async function test(): Promise<void> {
  const script = `ulimit -n 60; exec "$0" --conditions=fairlead-source "${import.meta.filename}" child`;
  const program = spawn('sh', ['-c', script, process.execPath], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const [port] = (await once(program, 'message')) as [number];
  const sockets = Array.from({ length: 100 }, () =>
    net
      .connect(port, '127.0.0.1')
      .on('error', () => {})
      .resume(),
  );
  const inside = sockets[0] as net.Socket;
  await eventually(
    () => sockets.filter((socket) => socket.destroyed).length > 30,
    'those beyond are turned away',
  );
  const asked = once(inside.resume(), 'data');
  inside.write('there?\n');
  assert.equal(String((await asked)[0]), 're there?\n', 'those inside live on');
  program.send('free');
  await eventually(() => sockets.every((socket) => socket.destroyed), 'the sessions go');
  const next = net.connect(port, '127.0.0.1');
  const answer = once(next, 'data');
  next.write('and now?\n');
  assert.equal(String((await answer)[0]), 're and now?\n', 'others are let in again');
  next.destroy();
  assert.equal(program.exitCode, null);
  program.kill();
  await once(program, 'exit');
}

if (process.argv[2] === 'child') await child();
else it('a server out of file descriptors turns peers away, and goes on when there are some again', test);
