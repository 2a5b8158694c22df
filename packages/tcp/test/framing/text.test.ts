import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { codecSuite } from '@fairlead/testkit';
import { ByteSink, Deframer, framingFromSpec, json, length, line, text } from '../../src/index.ts';

codecSuite('text(length) in utf-16be', text(length({ bytes: 2 }), { encoding: 'utf-16be' }), [
  { hex: '0004 0048 0069', frames: [{ text: 'Hi' }] },
  { hex: '0000', frames: [{ text: '' }] },
  { note: 'half of a pair', hex: '0002 d83d', frames: [{ text: '\ufffd' }] },
]);

codecSuite(
  'text(length) in gbk, strict',
  text(length({ bytes: 1 }), { encoding: 'gbk', onInvalid: 'strict' }),
  [
    { hex: '04 c4e3bac3', frames: [{ text: '你好' }] },
    { hex: '01 41 02 ffff', frames: [{ text: 'A' }], error: 'TEXT_INVALID' },
  ],
);

codecSuite('line in windows-1252', line({ encoding: 'Windows-1252', max: 4 }), [
  { hex: '80 35 0a e9 0d 0a', frames: [{ text: '€5' }, { text: 'é' }] },
  { note: 'too long', hex: '4141414141', frames: [], error: 'FRAME_TOO_LARGE' },
]);

codecSuite(
  'line in windows-1252, bytes that it does not have',
  line({ encoding: 'Windows-1252' }),
  [{ hex: '41 81 0a', frames: [{ text: 'A\ufffd' }] }],
  { message: false },
);

codecSuite('line in gbk, strict', line({ encoding: 'gbk', onInvalid: 'strict' }), [
  { hex: 'c4e3bac3 0d0a', frames: [{ text: '你好' }] },
  { hex: '410a ff0a', frames: [{ text: 'A' }], error: 'TEXT_INVALID' },
]);

for (const onInvalid of ['strict', 'replace'] as const)
  codecSuite(`line in utf-8, ${onInvalid}`, line({ onInvalid }), [
    { hex: 'c3a9 0a', frames: [{ text: 'é' }] },
    onInvalid === 'strict'
      ? { hex: 'c30a', frames: [], error: 'TEXT_INVALID' }
      : { hex: 'c30a', frames: [{ text: '\ufffd' }] },
  ]);

codecSuite('line in utf-16le', line({ encoding: 'utf-16le', max: 6 }), [
  { hex: '4100 0a00 4200 0d00 0a00 0a00', frames: [{ text: 'A' }, { text: 'B' }, { text: '' }] },
  { note: 'U+0A00 and U+000D00 between', hex: '000a 0a00', frames: [{ text: '\u0a00' }] },
  { note: '0a 00 across two characters', hex: '410a 0042 0a00', frames: [{ text: '\u0a41\u4200' }] },
  { note: 'too long', hex: '4100 4100 4100 4100', frames: [], error: 'FRAME_TOO_LARGE' },
  { note: 'cut off', hex: '4100 0a00 0a', frames: [{ text: 'A' }], error: 'FRAME_TRUNCATED' },
]);

codecSuite('line in utf-32be, sent with CR LF', line({ encoding: 'utf-32be', terminator: '\r\n' }), [
  { hex: '0001f600 0000000d 0000000a', frames: [{ text: '😀' }] },
  { note: 'unaligned', hex: '00000a00 00000a41 0000000a', frames: [{ text: '\u0a00\u0a41' }] },
]);

codecSuite('line in cp037, sent with NEL', line({ encoding: 'cp037', terminator: '\u0085' }), [
  {
    note: 'NEL, LF, CR LF, CR NEL',
    hex: 'c1 15 c2 25 c3 0d25 c4 0d15',
    frames: [...'ABCD'].map((text) => ({ text })),
  },
  { note: '0a is no line end', hex: 'c1 0a c2 15', frames: [{ text: 'A\u008eB' }] },
]);

describe('what is sent', () => {
  const sent = (codec: ReturnType<typeof line>, message: string): string => {
    const sink = new ByteSink();
    codec.encoder().encode(message, sink);
    return Buffer.concat(sink.flush()).toString('hex');
  };

  it('has the line end of its encoding', () => {
    assert.equal(sent(line({ encoding: 'utf-16be', terminator: '\r\n' }), 'A'), '0041000d000a');
    assert.equal(sent(line({ encoding: 'cp500' }), '[1]'), '4af15a25');
    assert.equal(sent(line({ encoding: 'cp500', terminator: '\u0085' }), 'A'), 'c115');
  });

  it('is never something else than was meant, whatever becomes of received bytes', () => {
    const refused: [ReturnType<typeof line>, string, RegExp][] = [
      [
        line({ encoding: 'windows-1251', onInvalid: 'replace' }),
        'é',
        /character "é" \(U\+00E9\) at 0 does not exist in windows-1251/,
      ],
      [line({ encoding: 'cp037' }), 'a\u0085', /line feed/],
      [line({ encoding: 'utf-16le' }), 'a\nb', /line feed/],
      [line({ encoding: 'gbk' }), 'a\r', /ends with a CR/],
      [text(length({ bytes: 2 }), { encoding: 'ascii' }), 'ü', /does not exist in ascii/],
      [text(length({ bytes: 2 })), 1 as unknown as string, /expected text, got number/],
    ];
    for (const [codec, message, reason] of refused)
      assert.throws(() => sent(codec, message), { code: 'MESSAGE_NOT_ENCODABLE', message: reason });
  });
});

describe('line', () => {
  it('takes a byte order mark off', () => {
    for (const [encoding, hex] of [
      ['utf-8', 'efbbbf410a'],
      ['utf-16le', 'fffe41000a00'],
    ] as const)
      assert.deepEqual(new Deframer(line({ encoding }).decoder(), 'line').push(Buffer.from(hex, 'hex')), [
        'A',
      ]);
  });

  it('refuses an encoding whose line ends cannot be found, and NEL where there is none', () => {
    assert.throws(() => line({ encoding: 'utf-16' }), {
      code: 'OPTION_INVALID',
      message: /utf-16le or utf-16be/,
    });
    assert.throws(() => line({ terminator: '\u0085' }), { code: 'OPTION_INVALID', message: /EBCDIC/ });
    assert.throws(() => line({ encoding: 'utf-88' }), { code: 'CODE_PAGE_UNKNOWN', message: /"utf-8"/ });
  });
});

it('text() passes on what frames end with: silence, the close, and values of JSON inside', () => {
  const inner = framingFromSpec({ rules: [{ kind: 'length', size: 1 }] });
  const codec = json<{ a: string }>(text(inner, { encoding: 'windows-1252' }));
  const sink = new ByteSink();
  codec.encoder().encode({ a: '€' }, sink);
  const bytes = Buffer.concat(sink.flush());
  assert.equal(bytes.toString('latin1'), '\u0009{"a":"\u0080"}');
  assert.deepEqual(new Deframer(codec.decoder(), codec.name).push(bytes), [{ a: '€' }]);

  const ending = text({
    name: 'silent',
    decoder: () => ({
      idleMs: 5,
      decode: (window) => window.short(window.length + 1),
      end: (window) => window.take(window.length),
      idle: (window) => window.take(window.length),
    }),
    encoder: inner.encoder,
  });
  const deframer = new Deframer(ending.decoder(), ending.name);
  assert.equal(deframer.idleMs, 5);
  deframer.push(Buffer.from('a'));
  assert.deepEqual(deframer.idle(), ['a']);
  deframer.push(Buffer.from('b'));
  assert.deepEqual(deframer.end(), ['b']);
});
