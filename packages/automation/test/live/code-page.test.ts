/** A task with each code page whose line ends are not those of ASCII, against a peer that speaks it byte for byte. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { codePage } from '@fairlead/tcp';
import { connectionMistakes } from '../../src/connection/mistakes.ts';
import { type ConnectionDefinition, parseConnection } from '../../src/connection/schema.ts';
import { compileTree } from '../../src/rules/compile.ts';
import type { RuleDefinition } from '../../src/rules/schema.ts';
import { runTask } from '../../src/task/run-task.ts';
import { startTrigger } from '../../src/trigger/trigger.ts';
import { Caller, listenPeer } from './peer.ts';

const WIDE = ['utf-16le', 'utf-16be', 'utf-32le', 'utf-32be'];
const EBCDIC = ['cp037', 'cp500', 'cp1140'];
const framingOf = (terminator: string): ConnectionDefinition['framing'] => ({
  rules: [{ kind: 'line', terminator }],
});

describe('framing: line, in the code page of the connection', () => {
  for (const encoding of [...WIDE, ...EBCDIC, 'windows-1252', 'shift_jis'])
    for (const terminator of EBCDIC.includes(encoding) ? ['\n', '\r\n', '\u0085'] : ['\n', '\r\n'])
      it(`is understood and sent by a task: ${encoding}, ${JSON.stringify(terminator)}`, async () => {
        const page = codePage(encoding);
        const heard: Buffer[] = [];
        const question = page.encode(`WEIGHT?${terminator}`);
        await using peer = await listenPeer((socket) =>
          socket
            .on('end', () => socket.end())
            .on('data', (bytes: Buffer) => {
              heard.push(bytes);
              if (Buffer.concat(heard).length < question.length) return;
              socket.write(page.encode(`12.5${terminator}ready${terminator}`));
            }),
        );
        const rules: RuleDefinition[] = [
          { send: 'WEIGHT?', rules: [{ receive: 5, key: 'A' }] },
          { receive: 5, key: 'B', exit: 'success' },
        ];
        const record = await runTask({
          tree: compileTree(rules, 'task'),
          connection: parseConnection({
            port: peer.port,
            codePage: encoding,
            onInvalid: 'strict',
            framing: framingOf(terminator),
          }),
          codePages: codePage,
        });
        assert.deepEqual(record.messages, [
          { key: 'A', text: '12.5' },
          { key: 'B', text: 'ready' },
        ]);
        assert.deepEqual(Buffer.concat(heard), question);
      });

  it('is understood and sent by a trigger', async () => {
    const page = codePage('cp037');
    await using trigger = await startTrigger({
      name: 'door',
      tree: compileTree([{ receive: 5, rules: [{ check: { equal: 'hi' }, rules: [{ send: 'ho' }] }] }]),
      connection: parseConnection({ port: 0, codePage: 'cp037', framing: 'line' }),
      codePages: codePage,
    });
    await using caller = new Caller(Number(trigger.address.split(':')[1]));
    caller.say(page.encode('hi\u0085'));
    await caller.hear(page.encode('ho\n').toString('latin1'));
  });

  it('is refused by its line where no line end can be found, and an unknown code page once', () => {
    const mistakes = (fields: object) => connectionMistakes(fields, false).map(({ path }) => path[0]);
    assert.deepEqual(mistakes({ framing: 'line', codePage: 'utf-16' }), ['framing']);
    assert.deepEqual(mistakes({ framing: 'json', codePage: 'cp037' }), ['framing']);
    assert.deepEqual(mistakes({ framing: 'line', codePage: 'klingon' }), ['codePage']);
    assert.deepEqual(mistakes({ framing: framingOf('\u0085'), codePage: 'utf-8' }), ['framing']);
    assert.deepEqual(mistakes({ framing: framingOf('\u0085'), codePage: 'cp500' }), []);
  });

  it('keeps a character whole that raw pieces cut', async () => {
    await using peer = await listenPeer((socket) => socket.end(Buffer.from('€€€')));
    const record = await runTask({
      tree: compileTree([{ receive: null, iterations: 'forever' }], 'task'),
      connection: parseConnection({ port: peer.port, framing: 'raw:4' }),
      codePages: codePage,
    });
    const texts = record.output.filter(({ type }) => type === 'received').map(({ text }) => text);
    assert.equal(texts.join(''), '€€€');
  });
});
