import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { describe, it } from 'node:test';
import { codePage } from '@fairlead/tcp';
import { FakeClock, freePort, settled } from '@fairlead/testkit';
import { type ConnectionDefinition, parseConnection } from '../../src/connection/schema.ts';
import { compileTree } from '../../src/rules/compile.ts';
import { demoTask } from '../../src/rules/demo.ts';
import { parseRules } from '../../src/rules/parse.ts';
import type { RuleDefinition } from '../../src/rules/schema.ts';
import { runTask, type TaskOptions } from '../../src/task/run-task.ts';

import { listenPeer } from '../live/peer.ts';

const run = (
  port: number,
  rules: readonly (RuleDefinition | 'receive')[],
  connection: ConnectionDefinition = {},
  others: Partial<TaskOptions> = {},
) =>
  runTask({
    tree: compileTree(rules, 'task'),
    connection: parseConnection({ address: '127.0.0.1', port, timeout: 5, ...connection }),
    codePages: codePage,
    ...others,
  });

const texts = (record: { output: readonly { type: string; text: string }[] }) =>
  record.output.filter(({ type }) => type !== 'info').map(({ type, text }) => `${type} ${text}`);

describe('a task', () => {
  it('runs the demo against a listener', async () => {
    let count = 0;
    await using peer = await listenPeer((socket) =>
      socket.on('data', (bytes) => {
        if (bytes.toString() !== 'Handshake') socket.end();
        else socket.write(++count === 3 ? 'Heartbeat' : 'Wait');
      }),
    );
    const record = await runTask({
      tree: parseRules(demoTask, 'task').tree,
      connection: parseConnection({ port: peer.port }),
      codePages: codePage,
    });
    assert.equal(record.result, 'success');
    assert.deepEqual(record.messages, [{ key: 'INSTRUCTION', text: 'Some instruction' }]);
    assert.deepEqual(texts(record).slice(-3), [
      'sent Handshake',
      'received Heartbeat',
      'sent Some instruction',
    ]);
    assert.ok(record.duration < 5_000);
  });

  it('logs sent and received messages only when the connection says so', async () => {
    await using peer = await listenPeer((socket) => socket.on('data', () => socket.write('b')));
    const rules: RuleDefinition[] = [{ send: 'a' }, { receive: null, exit: 'success' }];
    assert.deepEqual(texts(await run(peer.port, rules, { logSent: false })), ['received b']);
    assert.deepEqual(texts(await run(peer.port, rules, { logReceived: false })), ['sent a']);
  });

  it('decodes as it arrives, statefully across reads', async () => {
    await using peer = await listenPeer((socket) => {
      const bytes = Buffer.from('Grüße €');
      let at = 0;
      // One byte at a time, each once the one before has left.
      const next = (): void => {
        if (at < bytes.length) socket.write(bytes.subarray(at, ++at), () => setImmediate(next));
        else socket.end();
      };
      socket.setNoDelay(true);
      next();
    });
    const record = await run(peer.port, [{ receive: null, iterations: 'forever' }]);
    assert.equal(record.result, 'success');
    const heard = record.output.filter(({ type }) => type === 'received');
    assert.equal(heard.map(({ text }) => text).join(''), 'Grüße €');
    assert.equal(heard.map(({ hex }) => hex).join(''), Buffer.from('Grüße €').toString('hex'));
  });

  it('takes any framing', async () => {
    await using peer = await listenPeer((socket) => socket.write('one\ntwo\n'));
    const rules: RuleDefinition[] = [
      { receive: null, key: 'A' },
      { receive: null, key: 'B', exit: 'success' },
    ];
    const { messages } = await run(peer.port, rules, { framing: 'line' });
    assert.deepEqual(messages, [
      { key: 'A', text: 'one' },
      { key: 'B', text: 'two' },
    ]);
  });

  it('sends bytes and variables', async () => {
    const heard: Buffer[] = [];
    await using peer = await listenPeer((socket) => {
      socket.on('data', (bytes: Buffer) => heard.push(bytes)).on('end', () => socket.end());
    });
    await run(
      peer.port,
      [{ send: { hex: '02 ff' } }, { send: '{{var.order}}\\r\\n\\x03' }],
      {},
      {
        variables: new Map([['order', '4711']]),
      },
    );
    assert.equal(Buffer.concat(heard).toString('latin1'), '\x02\xff4711\r\n\x03');
  });
});

describe('bad peers: each has an outcome', () => {
  const receive: RuleDefinition[] = [{ receive: null }];

  it('refuses', async () => {
    const record = await run(await freePort(), receive);
    assert.deepEqual([record.result, record.code], ['failure', 'CONNECT_REFUSED']);
  });

  it('is not there yet, and the task tries again', async () => {
    const port = await freePort();
    const record = await run(port, receive, { reconnect: { attempts: 2, delay: 1 } });
    assert.equal(record.output.filter(({ code }) => code === 'CONNECT_REFUSED').length, 3);
  });

  it('is silent', async () => {
    await using peer = await listenPeer((socket) => socket.on('end', () => socket.end()));
    const record = await run(peer.port, [{ receive: '20ms' }]);
    assert.deepEqual([record.result, record.reason, record.code], ['failure', 'timeout', 'RECEIVE_TIMEOUT']);
  });

  it('closes', async () => {
    await using peer = await listenPeer((socket) => socket.end());
    assert.equal((await run(peer.port, receive)).code, 'PEER_LEFT');
    assert.equal((await run(peer.port, [{ receive: 0 }])).result, 'success');
  });

  it('resets', async () => {
    await using peer = await listenPeer((socket) => socket.once('data', () => socket.resetAndDestroy()));
    const record = await run(peer.port, [{ send: 'x' }, { receive: null }]);
    assert.deepEqual([record.result, record.code], ['failure', 'PEER_RESET']);
  });

  it('floods: what is not asked for stays unread', async () => {
    await using peer = await listenPeer((socket) => {
      const more = (): void => {
        while (!socket.destroyed && socket.write('x'.repeat(65_536)));
      };
      socket.on('drain', more);
      more();
    });
    const record = await run(peer.port, [{ receive: null, iterations: 3 }], { maxMessage: 100 });
    assert.equal(record.result, 'success');
    assert.equal(texts(record).length, 3);
  });

  it('sends a megabyte where a word was expected', async () => {
    await using peer = await listenPeer((socket) => socket.write('x'.repeat(1_000_000)));
    const framed = await run(peer.port, receive, { framing: 'line:1000' });
    assert.equal(framed.code, 'FRAME_TOO_LARGE');
    const check: RuleDefinition = { check: 'otherwise', group: 1, exit: 'failure' };
    const unframed = await run(peer.port, [
      { receive: null, rules: [{ check: { equal: 'OK' }, group: 1 }, check] },
    ]);
    assert.equal(unframed.code, 'EXIT_FAILURE');
    assert.ok(JSON.stringify(unframed).length < 20_000);
  });

  it('never reads', async () => {
    await using peer = await listenPeer((socket) => socket.pause());
    const record = await run(peer.port, [{ send: 'x'.repeat(60_000), iterations: 'forever' }], {
      timeout: '100ms',
    });
    assert.deepEqual([record.result, record.code], ['failure', 'SEND_TIMEOUT']);
  });

  it('leaves half a character behind', async () => {
    await using peer = await listenPeer((socket) => socket.end(Buffer.from([0x41, 0xe2, 0x82])));
    const rules: RuleDefinition[] = [{ receive: null, iterations: 'forever' }];
    const replaced = await run(peer.port, rules);
    assert.deepEqual(texts(replaced), ['received A', 'received \ufffd']);
    const strict = await run(peer.port, rules, { onInvalid: 'strict' });
    assert.equal(strict.result, 'failure');
  });
});

describe('a tree that never ends', () => {
  it('is stopped by a person, in the middle of any wait', async () => {
    const sockets: Socket[] = [];
    await using peer = await listenPeer((socket) => void sockets.push(socket.resume()));
    for (const rules of [
      [{ receive: 0 }],
      [{ send: 'x', delayBefore: '1h' }],
      [{ send: 'x', iterations: 'forever' }],
      [{ send: '', iterations: 'forever' }],
    ] satisfies RuleDefinition[][]) {
      const stop = new AbortController();
      const running = run(
        peer.port,
        rules,
        {},
        {
          signal: stop.signal,
          watch: ({ text }) => text === 'Connected' && setImmediate(() => stop.abort('Anna stopped it')),
        },
      );
      const record = await running;
      assert.deepEqual([record.result, record.code], ['stopped', 'RUN_STOPPED']);
      assert.match(record.error ?? '', /Anna stopped it/);
    }
  });

  it('is stopped by the maximum of iterations', async () => {
    await using peer = await listenPeer((socket) => socket.resume().on('end', () => socket.end()));
    const record = await run(peer.port, [{ send: 'x', iterations: 'forever' }], {}, { maxIterations: 10 });
    assert.equal(texts(record).length, 10);
  });
});

it('delays are timers of the clock', async () => {
  const clock = new FakeClock();
  await using peer = await listenPeer((socket) => socket.resume().on('end', () => socket.end()));
  let done = false;
  const running = run(peer.port, [{ send: 'x', delayBefore: '1h', delayAfter: '1h' }], {}, { clock }).then(
    (record) => {
      done = true;
      return record;
    },
  );
  while (clock.next !== 3_600_000) await settled();
  await clock.advance(3_600_000);
  while (clock.next !== 3_600_000) await settled();
  assert.equal(done, false);
  await clock.advance(3_600_000);
  assert.equal((await running).duration, 7_200_000);
});

it('a code page that does not exist fails before anything is sent', async () => {
  const record = await run(1, [], { codePage: 'utf-9' });
  assert.deepEqual([record.result, record.code], ['failure', 'CODE_PAGE_UNKNOWN']);
});

it('a text that cannot be encoded: strict fails, replace sends another character', async () => {
  const heard: Buffer[] = [];
  await using peer = await listenPeer((socket) => {
    socket.on('data', (bytes: Buffer) => heard.push(bytes)).on('end', () => socket.end());
  });
  const rules: RuleDefinition[] = [{ send: 'Preis: 5 €, 猫' }];
  const strict = await run(peer.port, rules, { codePage: 'windows-1252', onInvalid: 'strict' });
  assert.deepEqual([strict.result, strict.code], ['failure', 'TEXT_NOT_ENCODABLE']);
  assert.equal(heard.length, 0);
  await run(peer.port, rules, { codePage: 'windows-1252' });
  assert.equal(Buffer.concat(heard).toString('latin1'), 'Preis: 5 \x80, ?');
});

it('bytes that are not valid: strict fails, replace goes on', async () => {
  await using peer = await listenPeer((socket) => void socket.end(Buffer.from([0x41, 0xff, 0x42])));
  const rules: RuleDefinition[] = [{ receive: null, iterations: 'forever' }];
  assert.equal((await run(peer.port, rules, { onInvalid: 'strict' })).code, 'TEXT_INVALID');
  assert.deepEqual(texts(await run(peer.port, rules)), ['received A\ufffdB']);
});
