/** Real sockets over a cable that is pulled: the system acknowledges nothing any more, and tells nobody. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type Endpoint, systemClock } from '@fairlead/core';
import { readSocketTable } from '@fairlead/tcp';
import { dialTcp, listenTcp } from '@fairlead/tcp/internal';
import { eventually, fault, MemoryNetwork, type Namespace, namespace } from '@fairlead/testkit';
import { auth, world } from '../harness.ts';

/** Connects `count` devices that read, or do not, and says when. */
const DEVICES = `
const [port, host, mode, ...tokens] = process.argv.slice(1);
for (const token of tokens) {
  const socket = require('node:net').connect(+port, host, () => socket.write(Buffer.from(token, 'hex')));
  socket.on('error', () => {});
  if (mode === 'deaf') socket.pause(); else socket.resume();
}
setInterval(() => {}, 60_000); // a socket that is not read keeps no process alive`;

/** A device that is dialled: it takes what comes, and never answers. */
const SERVER = `
const server = require('node:net').createServer((socket) => socket.on('error', () => {}).resume());
server.listen(0, process.argv[1], () => console.log(server.address().port));`;

const portOf = (endpoint: Endpoint) => ('port' in endpoint ? endpoint.port : undefined);
const node = (far: Namespace, script: string, ...args: string[]) =>
  far.run(process.execPath, '-e', script, ...args);

fault(
  {
    name: 'The cable of a device is pulled while something is written',
    where: 'network',
    happens: 'The device is suspect within 30 s, and offline within 75 s.',
    code: 'WRITE_UNANSWERED',
  },
  async (t) => {
    await using far = namespace(t);
    if (far === undefined) return;
    const names = ['pulled', 'deaf', 'idle'];
    const server = node(far, SERVER, far.there);
    const [port] = (await once(server.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
    const endpoint = `tcp://${far.there}:${String(port).trim()}`;
    const profile = { id: 'p', uplink: 'meter' };
    const dialled = { name: 'dialled', protocol: 'profile', endpoint, profile };
    const memory = new MemoryNetwork(); // for the listeners of every world
    const made = await world([...[...names, 'near'].map((name) => ({ name, token: name })), dialled], {
      listen: (endpoint, ...rest) => (portOf(endpoint) === 0 ? listenTcp : memory.listen)(endpoint, ...rest),
      dial: dialTcp,
      clock: systemClock,
      liveness: { suspect: 600, dead: 2_500, sockets: readSocketTable },
    });
    await using gateway = made.gateway;
    const listener = await gateway.listen('cable', 'official', `${far.here}:0`);
    made.scripts.sources.meter = { downlink: () => [Buffer.from('x')] };
    gateway.dial();
    const at = [listener.address.split(':').at(-1) as string, far.here];
    const tokens = (...of: string[]) => of.map((name) => auth(name).toString('hex'));
    node(far, DEVICES, ...at, 'reads', ...tokens('pulled', 'idle'));
    node(far, DEVICES, ...at, 'deaf', ...tokens('deaf'));
    await eventually(() => gateway.counters().online === 4, 'all are online');
    const state = (name: string) => gateway.presence(name).state;
    const command = (name: string, text = 'x') =>
      gateway.send(name, { kind: 'command', values: { text } }, { wait: 5_000 });

    // A device that does not read is slow, and not dead: its system answers.
    const fill = async (): Promise<never> => {
      for (;;)
        await gateway.send('deaf', { kind: 'command', values: { text: 'x'.repeat(100_000) } }, { wait: 300 });
    };
    await assert.rejects(fill(), { code: 'DOWNLINK_TIMEOUT' });
    await command('pulled');
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    assert.deepEqual(['pulled', 'deaf', 'idle', 'dialled'].map(state), ['live', 'live', 'live', 'live']);
    gateway.kill(gateway.presence('deaf').link ?? '');

    far.pull();
    const pulled = performance.now();
    assert.equal((await command('pulled')).status, 'written', 'the system has taken the bytes');
    await eventually(() => state('pulled') === 'suspect', 'the device is suspect');
    assert.ok(performance.now() - pulled < 5_000);
    far.plug();
    await eventually(() => state('pulled') === 'live', 'the device is live again', 20_000);
    assert.equal(gateway.presence('pulled').status, 'online');

    far.pull();
    for (const name of ['pulled', 'dialled']) await command(name);
    const offline = (name: string) => gateway.presence(name).status === 'offline';
    await eventually(() => offline('pulled') && offline('dialled'), 'both are offline', 20_000);
    for (const name of ['pulled', 'dialled'])
      assert.equal(gateway.links().find(({ device }) => device === name)?.code, 'WRITE_UNANSWERED');
    assert.equal(gateway.presence('idle').status, 'online', 'nothing was written to it');
    far.plug(); // so that the other links close in good order
  },
  { timeout: 50_000 },
);
