import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { codePage, type Dial } from '@fairlead/tcp';
import { dialEndpoint } from '@fairlead/tcp/internal';
import { FakeClock, settled } from '@fairlead/testkit';
import { type ConnectionDefinition, listenEndpointOf, parseConnection } from '../../src/connection/schema.ts';
import { compileTree } from '../../src/rules/compile.ts';
import { runTask } from '../../src/task/run-task.ts';
import { startTrigger } from '../../src/trigger/trigger.ts';
import { listenPeer } from '../live/peer.ts';

const refused = (fields: ConnectionDefinition, words: RegExp) =>
  assert.throws(() => parseConnection(fields), { code: 'DEFINITION_INVALID', message: words });

describe('a connection', () => {
  it('defaults: this machine, port 9090, a minute, UTF-8, as it arrives, no bound of clients, both logs', () => {
    const {
      address,
      port,
      timeout,
      codePage: page,
      framing,
      maxClients,
      logSent,
      logReceived,
      onInvalid,
    } = parseConnection({});
    assert.deepEqual(
      { address, port, timeout, page, framing, maxClients, logSent, logReceived, onInvalid },
      {
        address: '127.0.0.1',
        port: 9090,
        timeout: 60_000,
        page: 'utf-8',
        framing: 'as-it-arrives',
        maxClients: 1_000,
        logSent: true,
        logReceived: true,
        onInvalid: 'replace',
      },
    );
  });

  it('timeout: seconds, or a duration; 0 is without limit', () => {
    for (const [timeout, ms] of [
      [10, 10_000],
      [0.5, 500],
      ['500ms', 500],
      ['2m', 120_000],
      [0, 0],
    ] as const)
      assert.equal(parseConnection({ timeout }).timeout, ms);
    refused({ timeout: -1 }, /seconds to wait; 0 means without limit/);
    refused({ timeout: 'soon' }, /not a time to wait/);
  });

  it('maximum number of clients: a thousand by default; 0 or empty is unbounded', () => {
    for (const [maxClients, most] of [
      [0, 0],
      [null, 0],
      [undefined, 1_000],
      [5, 5],
    ] as const)
      assert.equal(parseConnection({ maxClients }).maxClients, most);
    refused({ maxClients: -1 }, /maxClients/);
    refused({ maxClients: 1.5 }, /maxClients/);
  });

  it('port: a whole number up to 65535', () => {
    for (const port of [-1, 65_536, 1.5, '9090' as never]) refused({ port }, /Option "port"/);
  });

  it('a listener takes addresses of this machine, and refuses a name with the reason', () => {
    for (const [address, host] of [
      ['0.0.0.0', '0.0.0.0'],
      ['::', '::'],
      ['localhost', '127.0.0.1'],
    ] as const)
      assert.equal(listenEndpointOf(parseConnection({ address })).host, host);
    assert.throws(() => listenEndpointOf(parseConnection({ address: 'plc-7.local' })), {
      code: 'ADDRESS_NOT_LISTENABLE',
      message: /"plc-7\.local": it is a name, and a name may belong to several machines/,
    });
  });

  it('a misspelt field has the nearest', () => refused({ adress: 'x' } as never, /Did you mean "address"\?/));

  it('a trigger with TLS needs a certificate', async () => {
    const starting = startTrigger({
      name: 't',
      tree: compileTree(['receive']),
      connection: parseConnection({ port: 0, tls: true }),
      codePages: codePage,
    });
    await assert.rejects(starting, { code: 'DEFINITION_INVALID', message: /needs tls\.cert and tls\.key/ });
  });
});

describe('addresses', () => {
  it('IPv6: a trigger listens there, a task reaches it', async () => {
    const tree = compileTree([{ receive: null, rules: [{ send: 'got {{message}}' }] }]);
    const connection = parseConnection({ address: '::1', port: 0 });
    await using trigger = await startTrigger({ name: 't', tree, connection, codePages: codePage });
    assert.match(trigger.address, /^\[::1\]:\d+$/);
    const port = Number(trigger.address.split(':').at(-1));
    const record = await runTask({
      tree: compileTree([{ send: 'a' }, { receive: null, key: 'A', exit: 'success' }]),
      connection: parseConnection({ address: '::1', port }),
      codePages: codePage,
    });
    assert.deepEqual([record.peer, record.messages], [`[::1]:${port}`, [{ key: 'A', text: 'got a' }]]);
  });

  it('a DNS name, of a task', async () => {
    await using peer = await listenPeer((socket) => socket.end('hello'));
    const record = await runTask({
      tree: compileTree([{ receive: 0 }]),
      connection: parseConnection({ address: 'localhost', port: peer.port }),
      codePages: codePage,
    });
    assert.deepEqual([record.result, record.peer], ['success', `localhost:${peer.port}`]);
  });
});

describe('links of a connection', () => {
  it('connect timeout, attempts and the wait between them are what it says', async () => {
    const clock = new FakeClock();
    let attempts = 0;
    const dial: Dial = (_endpoint, { signal }) => {
      attempts++;
      return new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
    };
    const connection = parseConnection({ connectTimeout: '3s', reconnect: { attempts: 2, delay: '5s' } });
    const running = runTask({ tree: compileTree([]), connection, codePages: codePage, clock, dial });
    await settled();
    for (const ms of [3_000, 5_000, 3_000, 5_000, 3_000]) await clock.advance(ms);
    const record = await running;
    assert.deepEqual([record.code, attempts, record.duration], ['CONNECT_TIMEOUT', 3, 19_000]);
  });

  it('keep-alive is handed to the socket', async () => {
    await using peer = await listenPeer((socket) => socket.end());
    const seen: unknown[] = [];
    for (const keepAlive of ['30s', false, undefined] as const) {
      const dial: Dial = (endpoint, options) => {
        seen.push(options.keepAlive);
        return dialEndpoint(endpoint, options);
      };
      const connection = parseConnection({ port: peer.port, keepAlive });
      await runTask({ tree: compileTree([]), connection, codePages: codePage, dial });
    }
    assert.deepEqual(seen.slice(0, 2), [30_000, false]);
    assert.notEqual(seen[2], false);
  });
});
