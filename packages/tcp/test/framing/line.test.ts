import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { codecSuite } from '@fairlead/testkit';
import { ByteSink, Deframer, line } from '../../src/index.ts';

const utf8 = (text: string): string => Buffer.from(text).toString('hex');

codecSuite('line', line({ max: 8 }), [
  { note: 'LF', hex: utf8('one\ntwo\n'), frames: [{ text: 'one' }, { text: 'two' }] },
  { note: 'CR LF', hex: utf8('one\r\ntwo\r\n'), frames: [{ text: 'one' }, { text: 'two' }] },
  { note: 'empty lines', hex: utf8('\n\r\n\n'), frames: [{ text: '' }, { text: '' }, { text: '' }] },
  { note: 'a CR inside stays', hex: utf8('a\rb\r\n'), frames: [{ text: 'a\rb' }] },
  { note: 'multibyte', hex: utf8('äö€\n'), frames: [{ text: 'äö€' }] },
  {
    note: 'as long as allowed',
    hex: utf8('12345678\r\n12345678\n'),
    frames: [{ text: '12345678' }, { text: '12345678' }],
  },
  { note: 'one too many', hex: utf8('a\n123456789\n'), frames: [{ text: 'a' }], error: 'FRAME_TOO_LARGE' },
  { note: 'never ended', hex: utf8('123456789'), frames: [], error: 'FRAME_TOO_LARGE' },
  { note: 'CR after the limit, but no LF', hex: utf8('12345678\rx'), frames: [], error: 'FRAME_TOO_LARGE' },
  { note: 'cut off', hex: utf8('one\ntw'), frames: [{ text: 'one' }], error: 'FRAME_TRUNCATED' },
]);

codecSuite('line in latin1, sent with CR LF', line({ encoding: 'latin1', terminator: '\r\n' }), [
  { hex: 'e4f60d0a', frames: [{ text: 'äö' }] },
  { hex: '610d0d0a', frames: [{ text: 'a\r' }] },
]);

describe('line', () => {
  const refuses = (options: Parameters<typeof line>[0], message: unknown, reason: RegExp): void => {
    const sink = new ByteSink();
    assert.throws(
      () =>
        line(options)
          .encoder()
          .encode(message as string, sink),
      {
        code: 'MESSAGE_NOT_ENCODABLE',
        message: reason,
      },
    );
    assert.equal(sink.length, 0);
  };

  it('refuses to send what would be received as something else', () => {
    refuses({}, 'a\nb', /line feed/);
    refuses({}, 'a\r', /ends with a CR/);
    refuses({}, '\ud800', /surrogate/);
    refuses({ encoding: 'latin1' }, 'a€', /"€" at 1 is not in latin1/);
    refuses({}, Buffer.from('a'), /expected text/);
  });

  it('names the nearest option for a misspelt one', () => {
    assert.throws(() => line({ maxx: 1 } as object), { code: 'OPTION_UNKNOWN', message: /"max"/ });
    assert.throws(() => line({ max: 0 }), { code: 'OPTION_INVALID', message: /at least one byte/ });
  });

  it('shows invalid UTF-8 as replacement characters', () => {
    assert.deepEqual(new Deframer(line().decoder(), 'line').push(Buffer.from('ff610a', 'hex')), ['\ufffda']);
  });
});
