import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { codePage } from '@fairlead/tcp';
import { type ConnectionDefinition, parseConnection } from '../../src/connection/schema.ts';
import { maskedWords } from '../../src/masked-views.ts';
import { compileTree } from '../../src/rules/compile.ts';
import { runTask } from '../../src/task/run-task.ts';
import { startTrigger } from '../../src/trigger/trigger.ts';
import { Caller, listenPeer } from './peer.ts';

/** Why a task that waits half a second ended, when this has come before. */
async function ending(bytes: string | Buffer, fields: ConnectionDefinition = {}): Promise<string> {
  await using peer = await listenPeer((socket) => socket.on('end', () => socket.end()).write(bytes));
  const record = await runTask({
    tree: compileTree([{ receive: '300ms', iterations: 2, name: 'wait' }], 'task'),
    connection: parseConnection({ port: peer.port, ...fields }),
    codePages: codePage,
  });
  return `${record.code} ${record.error}`;
}

describe('a receive that times out after bytes came', () => {
  const start = 'RECEIVE_INCOMPLETE No whole message within 300 ms at the rule "wait": ';
  const cases: readonly [
    name: string,
    bytes: string | Buffer,
    fields: ConnectionDefinition,
    words: string,
  ][] = [
    [
      'a line without its end',
      'one\nOK',
      { framing: 'line' },
      'received 2 bytes, ending with 4f 4b; no line end was received after them.',
    ],
    [
      'a CR alone',
      'OK\r',
      { framing: 'line' },
      'received 3 bytes, ending with 4f 4b 0d; no line end was received after them.',
    ],
    [
      'too few bytes',
      'abcdefg',
      { framing: 'fixed:12' },
      'received 7 bytes, ending with 61 62 63 64 65 66 67; 5 bytes more are missing.',
    ],
    [
      'a length that is not reached',
      Buffer.from('000548', 'hex'),
      { framing: 'length:2' },
      'received 3 bytes, ending with 00 05 48; 4 bytes more are missing.',
    ],
    [
      'many bytes',
      'x'.repeat(100_000),
      { framing: { rules: [{ kind: 'delimiter', end: '03' }] } },
      `received 100000 bytes, ending with ${'78 '.repeat(15)}78; the framing "delimiter" finds no end in them.`,
    ],
    [
      'half a character',
      Buffer.from('e282', 'hex'),
      {},
      'received 2 bytes, ending with e2 82; they are the beginning of a character of utf-8.',
    ],
  ];
  for (const [name, bytes, fields, words] of cases)
    it(`does not say that the peer is silent: ${name}`, async () => {
      assert.equal(await ending(bytes, fields), start + words);
    });

  it('says that it is silent where it is, after whole messages too', async () => {
    assert.match(await ending(''), /^RECEIVE_TIMEOUT /);
    assert.match(await ending('one\n', { framing: 'line' }), /^RECEIVE_TIMEOUT /);
  });

  it('says it of a client of a trigger, too', async () => {
    const ended = Promise.withResolvers<string | undefined>();
    await using trigger = await startTrigger({
      name: 'door',
      tree: compileTree([{ receive: '300ms' }], 'trigger'),
      connection: parseConnection({ port: 0, framing: 'line' }),
      codePages: codePage,
      ended: ({ code }) => ended.resolve(code),
    });
    await using caller = new Caller(Number(trigger.address.split(':')[1]));
    caller.say('OK');
    assert.equal(await ended.promise, 'RECEIVE_INCOMPLETE');
  });

  it('masks the bytes and the rule where nobody asked for secrets', async () => {
    const { error } = { error: await ending('OK', { framing: 'line' }) };
    const shown = maskedWords(error.slice(error.indexOf(' ') + 1));
    assert.equal(
      shown,
      'No whole message within 300 ms at the rule "••••": received 2 bytes, ending with ••••; no line end was received after them.',
    );
  });
});
