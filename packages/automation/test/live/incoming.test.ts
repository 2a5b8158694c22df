import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { codePage, type Reader } from '@fairlead/tcp';
import { parseConnection } from '../../src/connection/schema.ts';
import type { ExchangeEvent } from '../../src/engine/types.ts';
import { Incoming } from '../../src/live/incoming.ts';
import { compileTree } from '../../src/rules/compile.ts';
import { runTask } from '../../src/task/run-task.ts';
import { listenPeer } from './peer.ts';

/** What an exchange is told of these reads, in order. */
function heard(encoding: string, onInvalid: 'strict' | 'replace', reads: readonly string[]): string[] {
  const told: string[] = [];
  const queue = reads.map((hex) => Buffer.from(hex, 'hex'));
  const source = { take: (_reader: Reader<Buffer>) => queue.shift() };
  const incoming = new Incoming(source, codePage(encoding, { onInvalid }), true, () => {});
  for (let event = incoming.next(); event !== undefined; event = incoming.next()) {
    told.push(wordsOf(event));
    if (event.type === 'failed') break;
  }
  return told;
}

const wordsOf = (event: ExchangeEvent): string =>
  event.type === 'received'
    ? `${event.message.text} (${Buffer.from(event.message.bytes).toString('hex')})`
    : event.type === 'failed'
      ? event.error.code
      : event.type;

describe('what comes in, with onInvalid: strict', () => {
  const cases: readonly [name: string, encoding: string, reads: string[], told: string[]][] = [
    ['bytes after the text', 'utf-8', ['4f4bffff'], ['TEXT_INVALID']],
    ['bytes before the text', 'utf-8', ['ffff4f4b'], ['TEXT_INVALID']],
    ['nothing but such bytes', 'utf-8', ['ff'], ['TEXT_INVALID']],
    ['a later read', 'utf-8', ['4f4b', '4f4bff'], ['OK (4f4b)', 'TEXT_INVALID']],
    ['half a character, then no rest of it', 'utf-8', ['4fe282', '4b'], ['O (4fe282)', 'TEXT_INVALID']],
    ['a table with a gap', 'windows-1252', ['4f4b81'], ['TEXT_INVALID']],
    ['several bytes a character', 'shift_jis', ['4f4bfdfd'], ['TEXT_INVALID']],
    ['half a surrogate pair', 'utf-16le', ['4f004b0000dc4100'], ['TEXT_INVALID']],
    ['a byte order mark first', 'utf-16', ['feff004f', 'dc000041'], ['O (feff004f)', 'TEXT_INVALID']],
    ['no character of this number', 'utf-32le', ['4f000000ffffffff'], ['TEXT_INVALID']],
    ['a byte beyond ASCII in UTF-7', 'utf-7', ['4f4bff'], ['TEXT_INVALID']],
  ];
  for (const [name, encoding, reads, told] of cases)
    it(`is never a message without its invalid bytes: ${name} (${encoding})`, () => {
      assert.deepEqual(heard(encoding, 'strict', reads), told);
    });

  it('ends a run as a failure, before a check can take the rest for the whole', async () => {
    await using peer = await listenPeer((socket) => socket.end(Buffer.from('4f4bffff', 'hex')));
    const record = await runTask({
      tree: compileTree([{ receive: 5, rules: [{ check: { equal: 'OK' }, exit: 'success' }] }], 'task'),
      connection: parseConnection({ port: peer.port, onInvalid: 'strict' }),
      codePages: codePage,
    });
    assert.deepEqual([record.result, record.code, record.messages], ['failure', 'TEXT_INVALID', []]);
  });

  it('has U+FFFD in their place with onInvalid: replace', () => {
    assert.deepEqual(heard('utf-8', 'replace', ['4f4bffff']), ['OK\ufffd\ufffd (4f4bffff)']);
  });
});
