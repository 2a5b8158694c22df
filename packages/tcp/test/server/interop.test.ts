import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { eventually, freePort, peerEnvironment, requirePeer } from '@fairlead/testkit';
import { connect, serve } from '../../src/index.ts';
import { text } from '../text-codec.ts';

const run = (program: string, ...args: string[]) => {
  const child = spawn(program, args, { env: peerEnvironment(), stdio: ['pipe', 'pipe', 'ignore'] });
  let said = '';
  child.stdout.on('data', (chunk) => {
    said += chunk;
  });
  return { child, said: () => said };
};

async function echo() {
  const closed: string[] = [];
  const server = await serve<string>('127.0.0.1:0', {
    codec: text,
    frames: (session, batch) => {
      for (const frame of batch) session.send(`re ${frame}`);
    },
    closed: (_session, cause) => closed.push(cause.code),
  });
  return { server, port: String((server.endpoint as { port: number }).port), closed };
}

describe('with programs of others', () => {
  it('nc asks, ends its side, and gets all answers', async (t) => {
    if (!requirePeer(t, 'nc')) return;
    const { server, port, closed } = await echo();
    const { child, said } = run('nc', '-N', '127.0.0.1', port);
    child.stdin.end('one\ntwo\n');
    await once(child, 'exit');
    assert.equal(said(), 're one\nre two\n');
    await eventually(() => closed.length === 1, 'the session ends');
    assert.deepEqual(closed, ['PEER_CLOSED']);
    await server.close();
  });

  it('nc listens, late, and a client finds it', async (t) => {
    if (!requirePeer(t, 'nc')) return;
    const port = await freePort();
    const client = connect<string>(`127.0.0.1:${port}`, {
      codec: text,
      reconnect: { min: 20, max: 100 },
    });
    const asked = client.request('there?');
    const { child, said } = run('nc', '-l', '127.0.0.1', String(port));
    await eventually(() => said() === 'there?\n', 'the request');
    child.stdin.write('yes\n');
    assert.equal(await asked, 'yes');
    await client.close();
    child.kill();
  });

  it('socat carries both ways, and its sudden end shows', async (t) => {
    if (!requirePeer(t, 'socat')) return;
    const { server, port, closed } = await echo();
    const { child, said } = run('socat', '-', `TCP:127.0.0.1:${port}`);
    child.stdin.write('x\n');
    await eventually(() => said() === 're x\n', 'the answer');
    server.broadcast('to all');
    await eventually(() => said().endsWith('to all\n'), 'the broadcast');
    child.kill('SIGKILL');
    await eventually(() => closed.length === 1, 'the session ends');
    assert.match(closed[0] ?? '', /^PEER_(CLOSED|RESET)$/);
    await server.close();
  });
});
