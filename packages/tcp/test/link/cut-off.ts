/** Run in a network of its own: a server whose client's address vanishes. Prints how the session ended. */
import { execFileSync } from 'node:child_process';
import net from 'node:net';
import { line, serve } from '../../src/index.ts';

const server = await serve<string>('10.9.9.1:0', {
  codec: line(),
  frames: (session) => {
    execFileSync('ip', ['addr', 'del', '10.9.9.2/32', 'dev', 'lo']);
    session.send('nobody hears this');
  },
  closed: (_session, cause) => {
    console.log(cause.code);
    process.exit();
  },
});
const { port } = server.endpoint as { port: number };
const client = net.connect({ host: '10.9.9.1', port, localAddress: '10.9.9.2' });
client.on('error', () => {});
client.write('hello\n');
