import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { codecSuite } from '@fairlead/testkit';
import { ByteSink, ByteWindow, Deframer, delimited } from '../../src/index.ts';

codecSuite(
  'delimited by one byte',
  delimited({ delimiter: '#', max: 4 }),
  [
    { hex: '616223 23 6323', frames: [{ hex: '6162' }, { hex: '' }, { hex: '63' }] },
    { note: 'as long as allowed', hex: '6162636423', frames: [{ hex: '61626364' }] },
    { note: 'one too many', hex: '616263646523', frames: [], error: 'FRAME_TOO_LARGE' },
    { note: 'never ended', hex: '6162636465', frames: [], error: 'FRAME_TOO_LARGE' },
    { note: 'cut off', hex: '6162', frames: [], error: 'FRAME_TRUNCATED' },
  ],
  { exact: true },
);

codecSuite(
  'delimited by a sequence that begins like itself',
  delimited({ delimiter: { hex: '0d 0d 0a' }, max: 5 }),
  [
    { hex: '61 0d0d0a', frames: [{ hex: '61' }] },
    { note: 'false starts', hex: '0d61 0d0a 0d0d0a', frames: [{ hex: '0d610d0a' }] },
    { note: 'one more than needed', hex: '0d 0d0d0a', frames: [{ hex: '0d' }] },
    { note: 'one too many', hex: '616161616161 0d0d0a', frames: [], error: 'FRAME_TOO_LARGE' },
  ],
  { exact: true },
);

codecSuite(
  'delimited, whole',
  delimited({ delimiter: Buffer.from('\r\n'), strip: false, max: 6 }),
  [
    { hex: '61620d0a', frames: [{ hex: '61620d0a' }] },
    { hex: '616263640d0a', frames: [{ hex: '616263640d0a' }] },
    { hex: '61626364650d0a', frames: [], error: 'FRAME_TOO_LARGE' },
  ],
  { exact: true },
);

codecSuite(
  'delimited, the limit below the delimiter',
  delimited({ delimiter: 'abc', strip: false, max: 2 }),
  [
    { hex: '78', frames: [], error: 'FRAME_TRUNCATED' },
    { hex: '7879', frames: [], error: 'FRAME_TOO_LARGE' },
  ],
);

describe('delimited', () => {
  it('refuses to send what holds the delimiter', () => {
    const refuses = (strip: boolean, text: string, reason: RegExp): void =>
      assert.throws(() => delimited({ delimiter: '\r\r', strip }).encoder().encode(text, new ByteSink()), {
        code: 'MESSAGE_NOT_ENCODABLE',
        message: reason,
      });
    refuses(true, 'a\r\rb', /at 1/);
    refuses(true, 'ab\r', /at 2/);
    refuses(false, 'ab', /must end/);
    refuses(false, '\r\rab\r\r', /at 0/);
  });

  it('wants a delimiter', () => {
    assert.throws(() => delimited({} as never), { code: 'OPTION_INVALID' });
    assert.throws(() => delimited({ delimiter: '' }), { code: 'OPTION_INVALID' });
    assert.throws(() => delimited({ delimiter: { hex: '0' } }), { code: 'OPTION_INVALID' });
  });

  it('looks at each byte once, however the bytes come', () => {
    const searches: number[] = [];
    class Watched extends ByteWindow {
      override indexOf(value: number | Uint8Array, from = 0): number {
        searches.push(this.length - from);
        return super.indexOf(value, from);
      }
    }
    const decoder = delimited({ delimiter: '\r\n' }).decoder();
    const window = new Watched();
    window.bytes = Buffer.alloc(10_000, 0x61);
    for (let end = 1; end < 10_000; end++) {
      window.end = end;
      if (window.length >= window.needed) decoder.decode(window);
    }
    assert.ok(Math.max(...searches) <= 2, `a search over ${Math.max(...searches)} bytes`);
  });

  it('takes a large frame in small chunks', () => {
    const deframer = new Deframer(delimited({ delimiter: '\n' }).decoder(), 'delimited');
    for (let i = 0; i < 1000; i++) assert.deepEqual(deframer.push(Buffer.alloc(1000, 0x61)), []);
    assert.equal(deframer.push(Buffer.from('\n'))[0]?.length, 1_000_000);
  });
});
