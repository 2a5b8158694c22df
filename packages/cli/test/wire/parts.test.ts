import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { codePage } from '@fairlead/tcp';
import fc from 'fast-check';
import { Expectation } from '../../src/wire/expectation.ts';
import { hexDump } from '../../src/wire/hex-dump.ts';
import { HexText } from '../../src/wire/hex-text.ts';
import { inputMessages } from '../../src/wire/input.ts';
import { literalBytes } from '../../src/wire/literal.ts';
import { TestTerminal } from '../support/terminal.ts';

const cutAt = (bytes: Buffer, sizes: readonly number[]): Buffer[] => {
  const pieces: Buffer[] = [];
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = Math.max(1, sizes[i % sizes.length] ?? 1);
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return pieces;
};
const sizes = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1 });

describe('literals of the command line', () => {
  const good: [string, string, Parameters<typeof literalBytes>[1]?][] = [
    ['PING', '50494e47'],
    ['a\\r\\n\\t\\0\\\\', '610d0a09005c'],
    ['\\xff\\x00é', 'ff00c3a9'],
    ['hex:0D 0a:ff', '0d0aff'],
    ['a\\nb\\r\\n', '610d0a620d0a', { crlf: true }],
    ['A\\n', '41000a00', { page: codePage('utf-16le') }],
    ['A\\x41', 'c141', { page: codePage('cp037') }],
  ];
  for (const [text, hex, options] of good)
    it(text, () => assert.equal(literalBytes(text, options).toString('hex'), hex));
  for (const text of ['a\\q', 'end\\', '\\x4', 'hex:', 'hex:abc', 'hex:zz'])
    it(`refuses ${text}`, () => assert.throws(() => literalBytes(text), { code: 'USAGE_INVALID' }));
});

it('a hex dump is what hexdump -C shows', () => {
  assert.deepEqual(hexDump(Buffer.from('PING\r\n\0\xff   abcdefgh', 'latin1'), 0x20), [
    '00000020  50 49 4e 47 0d 0a 00 ff  20 20 20 61 62 63 64 65  |PING....   abcde|',
    '00000030  66 67 68                                          |fgh|',
  ]);
  assert.deepEqual(hexDump(Buffer.alloc(0)), []);
});

it('hexadecimal text gives the same bytes however it is cut', () => {
  fc.assert(
    fc.property(fc.uint8Array(), sizes, (bytes, cuts) => {
      const text = Buffer.from(
        Buffer.from(bytes)
          .toString('hex')
          .replaceAll(/(.{6})/g, '$1 \n'),
      );
      const digits = new HexText();
      const read = cutAt(text, cuts).map((piece) => digits.write(piece));
      digits.end();
      assert.deepEqual(Buffer.concat(read), Buffer.from(bytes));
    }),
  );
  const digits = new HexText();
  digits.write('00 0');
  assert.throws(() => digits.end(), { code: 'HEX_INVALID', message: /half a byte/ });
  assert.throws(() => digits.write('1g'), { code: 'HEX_INVALID', message: /found "g" at 5/ });
});

it('what is expected is found wherever the stream is cut, in frames only within one', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(1, 2), { maxLength: 30 }), sizes, (units, cuts) => {
      const wanted = Buffer.from([1, 2, 1]);
      const bytes = Buffer.from(units);
      const expectation = new Expectation(wanted, true);
      const met = cutAt(bytes, cuts).some((piece) => expectation.meets(piece));
      assert.equal(met, bytes.includes(wanted));
    }),
  );
  const framed = new Expectation(Buffer.from('ab'), false);
  assert.deepEqual(
    ['a', 'b', 'xaby'].map((frame) => framed.meets(Buffer.from(frame))),
    [false, false, true],
  );
});

describe('stdin', () => {
  const messages = async (pieces: readonly Buffer[], options: Parameters<typeof inputMessages>[1]) => {
    const stdin = (async function* () {
      yield* pieces;
    })();
    return Array.fromAsync(inputMessages(new TestTerminal({}, stdin), options));
  };

  it('is sent as it is', async () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    const sent = await messages(cutAt(bytes, [7]), { framed: false, crlf: false });
    assert.deepEqual(Buffer.concat(sent), bytes);
  });

  it('with --crlf has CR LF where it had LF or CR LF, however it is cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('a', '\n', '\r'), { maxLength: 12 }),
        sizes,
        async (parts, cuts) => {
          const text = parts.join('');
          const sent = await messages(cutAt(Buffer.from(text), cuts), { framed: false, crlf: true });
          assert.equal(Buffer.concat(sent).toString(), text.replaceAll(/\r?\n/g, '\r\n'));
        },
      ),
    );
  });

  it('is encoded, across split characters', async () => {
    const pieces = cutAt(Buffer.from('a€b'), [2]);
    const sent = await messages(pieces, { framed: false, crlf: false, page: codePage('windows-1252') });
    assert.equal(Buffer.concat(sent).toString('hex'), '618062');
    const bad = messages([Buffer.from('→')], { framed: false, crlf: false, page: codePage('windows-1252') });
    await assert.rejects(bad, { code: 'TEXT_NOT_ENCODABLE' });
    const cut = messages([Buffer.from('e282', 'hex')], {
      framed: false,
      crlf: false,
      page: codePage('windows-1252'),
    });
    await assert.rejects(cut, { code: 'TEXT_INVALID' });
  });

  it('for frames gives lines, the last with or without an end', async () => {
    for (const text of ['a\r\n\nbc', 'a\n\nbc\n']) {
      const sent = await messages(cutAt(Buffer.from(text), [1]), { framed: true, crlf: false });
      assert.deepEqual(sent.map(String), ['a', '', 'bc'], text);
    }
  });
});
